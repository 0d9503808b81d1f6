"""The ledger and the profit of days on Spark are those of DuckDB, to the last unit."""

from __future__ import annotations

from pathlib import Path

import makers
import pyarrow as pa
import pytest
from makers import START, small_log
from small_logs import Row, random_log, table

from setia.engine.spark import SparkEngine
from setia.ledger import Costs, book
from setia.source import Log
from setia.timeline import date_of
from setia.value import ValueSettings, prepare_log

pytestmark = pytest.mark.spark


def on_spark(spark: SparkEngine, rows: list[Row]) -> Log:
    log = small_log(makers.engine(), rows)
    return Log(**{**vars(log), "lines": spark.materialise(spark.adopt(table(rows)), "log")})


def test_the_books_agree(spark: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setia.engine.spark.PIECE_ROWS", 100)
    rows = [
        row | {"unit_cost": None if number % 5 else row["unit_cost"]} for number, row in enumerate(random_log(3, 20))
    ]
    told = "".join(f"{row['customer_id']},{date_of(row['day'] + 3)}\n" for row in rows[:40])
    (tmp_path / "contacts.csv").write_text(f"customer_id,date\n{told}zoe,{date_of(START)}\n")
    costs = Costs(
        goods_rate=0.613,
        category_goods={"k1": 0.4},
        returned_goods=0.5,
        commission_rate=0.03,
        channel_commission={"web": 0.1},
        per_order=1.0007,
        per_line=0.01,
        per_refund=2.0,
        per_contact=0.3,
        contacts=str(tmp_path / "contacts.csv"),
    )
    duck = makers.engine()
    left, right = book(small_log(duck, rows), duck, costs), book(on_spark(spark, rows), spark, costs)
    for by in ("by_month", "by_category", "by_channel", "total", "turned", "contacts", "notes"):
        assert getattr(left, by) == getattr(right, by)
    assert left.months.to_pylist() == right.months.to_pylist()
    value = ValueSettings("profit", costs)
    days = []
    for engine, log in ((duck, small_log(duck, rows)), (spark, on_spark(spark, rows))):
        prepared = prepare_log(log, engine, value)
        pieces = pa.concat_tables(prepared.chunks.map(lambda piece: piece.select(["customer_id", "day", "profit"])))
        names = prepared.ids(pieces["customer_id"]).to_pylist()
        days.append(
            dict(zip(zip(names, pieces["day"].to_pylist(), strict=True), pieces["profit"].to_pylist(), strict=True))
        )
    assert days[0] == days[1]
    assert len(days[0]) > 50
