"""Small random logs for tests, as rows of plain Python, and as frames of each engine."""

from __future__ import annotations

import random
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from setia.engine import DuckEngine as Engine
from setia.features import build, select
from setia.history import Prepared

TYPES = {
    "customer_id": pa.string(),
    "day": pa.int32(),
    "amount": pa.float64(),
    "order_id": pa.string(),
    "product_id": pa.string(),
    "category": pa.string(),
    "quantity": pa.float64(),
    "unit_cost": pa.float64(),
    "discount": pa.float64(),
    "channel": pa.string(),
    "refund_of_day": pa.int32(),
}
ALL = tuple(TYPES)
Row = dict[str, Any]


def random_log(seed: int, customers: int = 12, span: int = 120, start: int = 17_000) -> list[Row]:
    """Rows of customers who come often, seldom or once, with refunds, zero prices and missing products."""
    chance = random.Random(seed)
    rows: list[Row] = []
    for number in range(customers):
        customer, day = f"c{number:02d}", start + chance.randrange(span)
        usual = chance.choice([1, 3, 10, 40])
        bought: list[int] = []
        for order in range(chance.choice([1, 1, 3, 12, 30])):
            if day >= start + span:
                break
            for _ in range(chance.randrange(1, 4)):
                kind = chance.random()
                refund = kind < 0.12
                matched = refund and bool(bought) and kind < 0.08
                amount = -round(chance.uniform(1, 30), 2) if refund else round(chance.expovariate(0.05) + 0.5, 2)
                amount = 0.0 if 0.12 <= kind < 0.18 else amount
                rows.append(
                    {
                        "customer_id": customer,
                        "day": day,
                        "amount": amount,
                        "order_id": f"{customer}-{order}-{chance.randrange(2)}",
                        "product_id": None if chance.random() < 0.05 else f"p{chance.randrange(9)}",
                        "category": None if chance.random() < 0.05 else f"k{chance.randrange(4)}",
                        "quantity": float(chance.randrange(1, 6)) * (-1 if refund else 1),
                        "unit_cost": round(chance.uniform(0.1, 3), 2),
                        "discount": chance.choice([0.0, 0.0, 1.5, -2.0]),
                        "channel": chance.choice(["web", "shop"]),
                        "refund_of_day": chance.choice(bought) if matched else None,
                    }
                )
                if not refund:
                    bought.append(day)
            day += max(1, int(chance.expovariate(1 / usual)))
    chance.shuffle(rows)
    return rows


def table(rows: list[Row], columns: tuple[str, ...] = ALL) -> pa.Table:
    """Return an Arrow table with the columns' own types."""
    return pa.table({name: pa.array([row.get(name) for row in rows], TYPES[name]) for name in columns})


def duckdb_frame(engine: Engine, rows: list[Row], columns: tuple[str, ...] = ALL) -> Any:
    """Return a lazy frame over a table of the engine."""
    engine.connection.register("arriving", table(rows, columns))
    try:
        return engine.materialise(engine.sql("select * from arriving"), "lines")
    finally:
        engine.connection.unregister("arriving")


def frame(engine: Engine, name: str, rows: list[Row], columns: tuple[str, ...] = ALL) -> Any:
    """Return the log as a frame of `duckdb`, `polars` or `pandas`."""
    if name == "duckdb":
        return duckdb_frame(engine, rows, columns)
    if name == "polars":
        import polars as pl

        return nw.from_native(pl.from_arrow(table(rows, columns))).lazy()
    import pandas as pd

    data = table(rows, columns).to_pandas()
    assert isinstance(data, pd.DataFrame)
    return nw.from_native(data).lazy()


def to_rows(built: pa.Table) -> dict[str, dict[str, float | None]]:
    """Return a table by customer, NaN as None."""
    return {
        record["customer_id"]: {
            name: None if value is None or value != value else value
            for name, value in record.items()
            if name not in ("customer_id", "cutoff")
        }
        for record in built.to_pylist()
    }


def features_at(prepared: Prepared, *cutoffs: int) -> list[dict[str, dict[str, float | None]]]:
    """Return every feature by customer, one table a cutoff, all made in one sweep."""
    built = pa.concat_tables(build(prepared, cutoffs, select(prepared.columns)))
    return [to_rows(built.filter(pc.equal(built["cutoff"], cutoff))) for cutoff in cutoffs]
