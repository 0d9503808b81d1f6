"""Every feature and every base scalar, equal on DuckDB, Polars and pandas (Spark joins this list)."""

from __future__ import annotations

import math
from dataclasses import asdict

import pyarrow as pa
import pytest
from small_logs import ALL, Row, features_at, frame, random_log

from setia.engine import connect
from setia.features import build, select
from setia.history import Base, prepare

ENGINES = ("duckdb", "polars", "pandas")
Table = dict[str, dict[str, float | None]]


def computed(name: str, rows: list[Row], columns: tuple[str, ...], cutoff: int) -> tuple[Table, Base]:
    engine = connect()
    try:
        prepared = prepare(frame(engine, name, rows, columns), engine if name == "duckdb" else None)
        return features_at(prepared, cutoff)[0], prepared.bases([cutoff])[cutoff]
    finally:
        engine.close()


def same(left: float | None, right: float | None) -> bool:
    if left is None or right is None:
        return left is None and right is None
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize(
    ("seed", "span", "after", "columns"),
    [(11, 150, 120, ALL), (12, 800, 600, ALL), (13, 90, 60, ("customer_id", "day"))],
)
def test_engines_agree(seed: int, span: int, after: int, columns: tuple[str, ...]) -> None:
    rows = random_log(seed, 20, span)
    cutoff = min(row["day"] for row in rows) + after
    reference, base = computed("duckdb", rows, columns, cutoff)
    for name in ENGINES[1:]:
        table, other = computed(name, rows, columns, cutoff)
        assert table.keys() == reference.keys()
        assert base.waves == other.waves
        scalars = asdict(base)
        scalars.pop("waves")
        for field, value in scalars.items():
            assert same(value, getattr(other, field)), (name, field, value, getattr(other, field))
        wrong = [
            (customer, feature, value, table[customer][feature])
            for customer, values in reference.items()
            for feature, value in values.items()
            if not same(value, table[customer][feature])
        ]
        assert not wrong, (name, wrong[:5])


@pytest.mark.parametrize("name", ENGINES)
def test_built_table_has_the_promised_shape(name: str) -> None:
    rows = random_log(14, 10, 100)
    engine = connect()
    prepared = prepare(frame(engine, name, rows), engine if name == "duckdb" else None)
    features = tuple(reversed(select(prepared.columns)))
    table = pa.concat_tables(build(prepared, [prepared.last_day], features))
    engine.close()
    assert table.column_names == ["customer_id", "cutoff", *(feature.name for feature in features)]
    assert {str(field.type) for field in table.schema if field.name not in ("customer_id", "cutoff")} == {"double"}
    assert len(set(table["customer_id"].to_pylist())) == table.num_rows
