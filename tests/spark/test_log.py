"""A log read on Spark is the log that DuckDB reads: lines, refusals, refunds and refused settings."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from setia.engine import EngineSettings, connect
from setia.engine.spark import SparkEngine
from setia.errors import InputError
from setia.source import ColumnMap, Log, SourceSettings, read, until
from setia.source.spark_log import known_on_spark, read_on_spark
from setia.timeline import day_of

pytestmark = pytest.mark.spark
TODAY = day_of("2024-12-31")


def shop(rows: int = 600, seed: int = 3) -> pa.Table:
    """Lines with refunds of equal money, anonymous customers, stamps with a zone near midnight, and every fault."""
    chance = random.Random(seed)
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    found: dict[str, list[Any]] = {name: [] for name in ("customer", "stamp", "amount", "invoice", "sku", "qty")}
    for _ in range(rows):
        stamp = start + dt.timedelta(minutes=chance.randrange(300 * 24 * 60))
        fault = chance.random()
        stamp = dt.datetime(2031, 1, 1, tzinfo=dt.UTC) if fault < 0.01 else stamp
        stamp = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) if 0.01 < fault < 0.02 else stamp
        sign = -1 if chance.random() < 0.25 else 1
        found["customer"].append(chance.choice([None, "nan", "17850.0", "A1", *(f"c{i}" for i in range(9))]))
        found["stamp"].append(None if 0.02 < fault < 0.03 else stamp)
        found["amount"].append(None if 0.03 < fault < 0.04 else sign * chance.choice([1.0, 2.5, 1.005, 1.01, 0.125]))
        found["invoice"].append(f"i{chance.randrange(200)}")
        found["sku"].append(chance.choice([None, "p1", "p2"]))
        found["qty"].append(chance.randrange(1, 4))
    stamps = pa.array(found.pop("stamp"), pa.timestamp("us", tz="UTC"))
    return pa.table(found).append_column("stamp", stamps)


SETTINGS = SourceSettings(
    columns=ColumnMap(
        customer_id="customer", timestamp="stamp", amount="amount", order_id="invoice", product_id="sku", quantity="qty"
    ),
    timezone="America/New_York",
    currency="USD",
    max_quarantine_share=0.5,
)


def both(settings: SourceSettings, spark: SparkEngine, as_of: int | None = None) -> tuple[Log, Log, Counter, Counter]:
    engine = connect(EngineSettings(threads=1))
    expected = read(settings, engine, as_of=as_of, today=TODAY)
    found = read_on_spark(settings, spark, as_of=as_of, today=TODAY)
    logs = expected, found, rows(engine.arrow(expected.lines)), rows(spark.arrow(found.lines))
    engine.close()
    return logs


def rows(table: pa.Table, without: tuple[str, ...] = ()) -> Counter:
    """Count equal lines; which of two refunds of one day cancels which sale is nobody's business."""
    lines = [tuple(value for name, value in sorted(row.items()) if name not in without) for row in table.to_pylist()]
    return Counter(lines)


def same(expected: Log, found: Log) -> None:
    for name in ("columns", "first_day", "last_day", "n_lines", "n_customers", "currency", "timezone", "name"):
        assert getattr(found, name) == getattr(expected, name), name
    assert found.quarantine.counts == expected.quarantine.counts
    assert found.quarantine.rows == expected.quarantine.rows
    assert found.quarantine.anonymous == expected.quarantine.anonymous
    seen = [(one.reason, one.column) for one in found.quarantine.examples]
    assert seen == [(one.reason, one.column) for one in expected.quarantine.examples]


@pytest.mark.parametrize("as_of", [None, day_of("2024-06-30")])
def test_parquet_with_every_fault(spark: SparkEngine, tmp_path: Path, as_of: int | None) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    table = shop()
    parquet.write_table(table.slice(0, 250), folder / "a.parquet")
    parquet.write_table(table.slice(250), folder / "b.parquet")
    settings = replace(SETTINGS, path=str(folder), quarantine_path=str(tmp_path / "refused.parquet"))
    expected, found, lines, other = both(settings, spark, as_of)
    same(expected, found)
    assert len(expected.quarantine.counts) >= 4
    assert rows_without_order(lines) == rows_without_order(other)
    assert sum(count for line, count in other.items() if line[-1] is not None) > 20
    refused = parquet.read_table(tmp_path / "refused.parquet")
    assert refused.num_rows == sum(count for _, count in found.quarantine.counts)
    assert set(refused["refused_reason"].to_pylist()) == {reason for reason, _ in found.quarantine.counts}


def rows_without_order(lines: Counter) -> Counter:
    """Leave out order and quantity: of equal refunds of one day, only the days of the sales are determined."""
    names = ["amount", "customer_id", "day", "order_id", "product_id", "quantity", "refund_of_day"]
    kept = [place for place, name in enumerate(names) if name not in ("order_id", "quantity")]
    found: Counter = Counter()
    for line, count in lines.items():
        found[tuple(line[place] for place in kept)] += count
    return found


TEXT = """Customer ID;InvoiceDate;Sales;Qty
7.0;31/01/2024 23:59;1.234,50;1
8;01/02/2024;-12,00;2
;02/02/2024;3,00;1
9;30/02/2024;3,00;1
9;05/03/2024;free;1
9;05/03/2024;7,25;1
9;05/03/2024;7,25;1
broken;line
"ten;10";06/03/2024;"1,5";1
"""


@pytest.mark.parametrize("duplicates", ["keep", "drop"])
def test_text_is_read_by_the_same_evidence(spark: SparkEngine, tmp_path: Path, duplicates: str) -> None:
    path = tmp_path / "till.csv"
    path.write_text(TEXT, encoding="utf-8")
    settings = SourceSettings(path=str(path), separator=";", duplicates=duplicates, max_quarantine_share=1.0)
    expected, found, lines, other = both(settings, spark)
    same(expected, found)
    assert lines == other
    assert found.notes == expected.notes
    assert dict(found.quarantine.counts)["broken line"] == 1
    assert ("exact duplicate" in dict(found.quarantine.counts)) == (duplicates == "drop")


def test_a_table_of_the_catalogue_and_a_query(spark: SparkEngine) -> None:
    lines = shop()
    spark.session.createDataFrame(lines).createOrReplaceTempView("till")
    table = replace(SETTINGS, kind="database", table="till")
    log = read_on_spark(table, spark, today=TODAY)
    query = replace(SETTINGS, kind="database", query="select * from till where qty < 3")
    part = read_on_spark(query, spark, today=TODAY)
    assert log.name == "till"
    assert 0 < part.n_lines < log.n_lines
    again = read_on_spark(table, spark, today=TODAY)
    assert again.fingerprint == log.fingerprint != part.fingerprint
    known = known_on_spark(log, log.first_day + 30, spark)
    assert known.last_day == log.first_day + 30
    assert known.n_lines < log.n_lines


def test_a_sample_is_read_here_and_handed_over(spark: SparkEngine) -> None:
    from setia.simulate import World

    settings = SourceSettings(kind="simulated", world=World(customers=40, days=90, acquisition_days=60), currency="EUR")
    engine = connect(EngineSettings(threads=1))
    expected = read(settings, engine)
    found = read_on_spark(settings, spark)
    assert rows(spark.arrow(found.lines)) == rows(engine.arrow(expected.lines))
    cut = until(expected, expected.first_day + 40, engine)
    assert rows(engine.arrow(cut.lines)) == rows(spark.arrow(known_on_spark(found, cut.last_day, spark).lines))
    engine.close()


def test_what_cannot_be_read_is_a_sentence(spark: SparkEngine, tmp_path: Path) -> None:
    parquet.write_table(shop(50), tmp_path / "shop.parquet")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and then nothing")
    mixed = pa.table({"customer_id": ["a", "b"], "date": ["31/01/2024", "01/31/2024"]})
    csv.write_csv(mixed, tmp_path / "mixed.csv")
    wrong = (
        (SourceSettings(), "needs one of source.path"),
        (SourceSettings(path=str(tmp_path / "none.parquet")), "cannot be read by Spark: .*PATH_NOT_FOUND"),
        (SourceSettings(path=str(tmp_path / "bad.parquet")), "cannot be read by Spark"),
        (SourceSettings(kind="database", table="nowhere"), "nowhere cannot be read by Spark: .*NOT_FOUND"),
        (SourceSettings(path=str(tmp_path / "shop.parquet")), "no column that looks like the timestamp"),
        (replace(SETTINGS, path=str(tmp_path / "shop.parquet"), timezone="Mars/City"), "is unknown; use a name"),
        (SourceSettings(path=str(tmp_path / "mixed.csv")), "mixes day-first and month-first"),
        (replace(SETTINGS, path=str(tmp_path / "shop.parquet"), max_quarantine_share=0.0), "break the contract"),
    )
    for settings, said in wrong:
        with pytest.raises(InputError, match=said):
            read_on_spark(settings, spark, today=TODAY)
    with pytest.raises(InputError, match="is after the last day"):
        read_on_spark(replace(SETTINGS, path=str(tmp_path / "shop.parquet")), spark, today=TODAY, as_of=TODAY)
