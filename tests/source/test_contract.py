"""Every way a line may break the contract, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from setia.engine import Engine
from setia.errors import InputError
from setia.source import ColumnMap
from setia.timeline import day_of

from .conftest import lines_of, read_rows, reasons, write_csv

HEAD = ("customer_id", "date", "amount")
GOOD = ("a", "2020-01-05", "10.50")


def test_good_lines_pass_and_are_counted(tmp_path: Path, engine: Engine) -> None:
    log = read_rows(write_csv(tmp_path / "My Log.csv", [HEAD, GOOD, ("b", "2020-02-01", "3")]), engine)
    assert lines_of(log, engine, "customer_id", "day", "amount") == [
        ("a", day_of("2020-01-05"), 10.5),
        ("b", day_of("2020-02-01"), 3.0),
    ]
    assert (log.n_lines, log.n_customers, log.columns, log.name) == (2, 2, ("amount",), "my_log")
    assert (log.first_day, log.last_day) == (day_of("2020-01-05"), day_of("2020-02-01"))
    assert log.quarantine.counts == ()
    assert log.quarantine.rows == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("", "2020-01-05", "1"), "anonymous customer"),
        (("  \u00a0", "2020-01-05", "1"), "anonymous customer"),
        (("nan", "2020-01-05", "1"), "anonymous customer"),
        (("NULL", "2020-01-05", "1"), "anonymous customer"),
        (("None", "2020-01-05", "1"), "anonymous customer"),
        (("NA", "2020-01-05", "1"), "anonymous customer"),
        (("x", "", "1"), "no date"),
        (("x", "yesterday", "1"), "unreadable date"),
        (("x", "2020-02-30", "1"), "unreadable date"),
        (("x", "1900-01-01", "1"), "date before source.earliest"),
        (("x", "1970-01-01", "1"), "date before source.earliest"),
        (("x", "2099-01-01", "1"), "date in the future"),
        (("x", "2026-11-22", "1"), "date in the future"),
        (("x", "2020-01-05", ""), "no amount"),
        (("x", "2020-01-05", "NaN"), "no amount"),
        (("x", "2020-01-05", "null"), "no amount"),
        (("x", "2020-01-05", "inf"), "infinite amount"),
        (("x", "2020-01-05", "-Infinity"), "infinite amount"),
        (("x", "2020-01-05", "twelve"), "unreadable amount"),
        (("x", "2020-01-05", "12.5.1"), "unreadable amount"),
        (("x", "2020-01-05"), "broken line"),
        (("x", "2020-01-05", "1", "2"), "broken line"),
    ],
)
def test_a_broken_row_is_refused_with_its_reason_and_raw_text(
    tmp_path: Path, engine: Engine, row: tuple[str, ...], reason: str
) -> None:
    target = tmp_path / "refused" / "q.parquet"
    log = read_rows(write_csv(tmp_path / "log.csv", [HEAD, GOOD, row]), engine, quarantine_path=str(target))
    assert reasons(log) == {reason: 1}
    assert log.n_lines == 1
    refused = pq.read_table(target).to_pylist()
    assert len(refused) == 1
    assert refused[0]["refused_reason"] == reason
    assert refused[0]["refused_in"].endswith("log.csv")
    if reason == "broken line":
        assert refused[0]["refused_line"] == ",".join(row)
    else:
        assert tuple(refused[0][name] or "" for name in HEAD) == row
    assert not list(target.parent.glob(".*"))


@pytest.mark.parametrize("customer", ["Nan", "Na", "Null Smith", "na", "0", "-1"])
def test_what_may_be_a_name_stays_a_customer(tmp_path: Path, engine: Engine, customer: str) -> None:
    log = read_rows(write_csv(tmp_path / "log.csv", [HEAD, (customer, "2020-01-05", "1")]), engine)
    assert lines_of(log, engine, "customer_id") == [(customer,)]


def test_typed_parquet_is_held_to_the_same_contract(tmp_path: Path, engine: Engine) -> None:
    stamp = pa.array([1577836800, 1577836800, None, -2208988800, 1577836800, 1577836800], pa.timestamp("s"))
    table = pa.table(
        {
            "customer_id": pa.array([17850.0, float("nan"), 1.0, 2.0, 3.0, 4.0]),
            "timestamp": stamp,
            "amount": [1.0, 1.0, 1.0, 1.0, float("inf"), float("nan")],
        }
    )
    pq.write_table(table, tmp_path / "log.parquet")
    log = read_rows(tmp_path / "log.parquet", engine)
    assert lines_of(log, engine, "customer_id", "day") == [("17850", 18262)]
    assert reasons(log) == {
        "anonymous customer": 1,
        "no date": 1,
        "date before source.earliest": 1,
        "infinite amount": 1,
        "no amount": 1,
    }


def test_too_many_refused_rows_stop_the_run_with_examples(tmp_path: Path, engine: Engine) -> None:
    rows = [HEAD, *[GOOD] * 17, ("x", "soon", "1"), ("y", "2020-01-01", "free")]
    target = tmp_path / "q.parquet"
    path = write_csv(tmp_path / "log.csv", rows)
    with pytest.raises(
        InputError, match=r"2 of 19 rows.*10\.5%.*unreadable amount 1 \(such as 'free' in column 'amount'"
    ):
        read_rows(path, engine, max_quarantine_share=0.1, quarantine_path=str(target))
    assert pq.read_table(target).num_rows == 2
    assert read_rows(path, engine, max_quarantine_share=0.11).n_lines == 17


def test_anonymous_rows_do_not_count_towards_the_share(tmp_path: Path, engine: Engine) -> None:
    rows = [HEAD, *[GOOD] * 3, *[("", "2020-01-05", "1")] * 50]
    log = read_rows(write_csv(tmp_path / "log.csv", rows), engine, max_quarantine_share=0.0)
    assert (log.quarantine.anonymous, log.quarantine.rows, log.n_lines) == (50, 53, 3)


def test_exact_duplicates_are_kept_or_dropped(tmp_path: Path, engine: Engine) -> None:
    path = write_csv(tmp_path / "log.csv", [(*HEAD, "till"), *[(*GOOD, "1")] * 3, (*GOOD, "2")])
    assert read_rows(path, engine, duplicates="keep").n_lines == 4
    dropped = read_rows(path, engine, duplicates="drop")
    assert dropped.n_lines == 2  # the line of till 2 differs in a column that nobody mapped
    assert reasons(dropped) == {"exact duplicate": 2}


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_lines_of_overlapping_files_stay_as_often_as_the_fuller_file_has_them(
    tmp_path: Path, engine: Engine, suffix: str
) -> None:
    files = {"one": ["a", "a", "b", "c"], "two": ["a", "b", "b", "b", "d"]}
    for name, customers in files.items():
        rows = [(customer, "2020-01-05", "1") for customer in customers]
        if suffix == "csv":
            write_csv(tmp_path / f"{name}.csv", [HEAD, *rows])
        else:
            pq.write_table(
                pa.table(dict(zip(HEAD, zip(*rows, strict=True), strict=True))), tmp_path / f"{name}.parquet"
            )
    log = read_rows(tmp_path, engine)
    assert [row[0] for row in lines_of(log, engine, "customer_id")] == ["a", "a", "b", "b", "b", "c", "d"]
    assert reasons(log) == {"repeated in another file": 2}
    both = read_rows(tmp_path, engine, duplicates="drop")
    assert [row[0] for row in lines_of(both, engine, "customer_id")] == ["a", "b", "c", "d"]
    assert both.quarantine.refused == 0


def test_ids_of_mixed_types_are_one_customer_and_zeros_in_front_stay(tmp_path: Path, engine: Engine) -> None:
    rows = [(who, "2020-01-05", "1") for who in ("17850", "17850.0", " 17850 ", "00123", "123", "A.0")]
    log = read_rows(write_csv(tmp_path / "log.csv", [HEAD, *rows]), engine)
    assert [row[0] for row in lines_of(log, engine, "customer_id")] == [
        "00123",
        "123",
        "17850",
        "17850",
        "17850",
        "A.0",
    ]


def test_ids_that_are_numbers_in_one_file_and_text_in_another(tmp_path: Path, engine: Engine) -> None:
    for name, ids in {"a": [17850, 2], "b": [17850.0, 3.0], "c": ["17850", "00123"]}.items():
        table = pa.table({"customer_id": ids, "date": ["2020-01-05", "2020-01-06"], "amount": [1.0, ord(name) * 1.0]})
        pq.write_table(table, tmp_path / f"{name}.parquet")
    log = read_rows(tmp_path, engine)
    assert {row[0] for row in lines_of(log, engine, "customer_id")} == {"17850", "2", "3", "00123"}


def test_refunds_and_free_lines_stay(tmp_path: Path, engine: Engine) -> None:
    rows = [HEAD, GOOD, ("a", "2020-01-06", "-10.50"), ("a", "2020-01-07", "0")]
    log = read_rows(write_csv(tmp_path / "log.csv", rows), engine)
    assert [row[0] for row in lines_of(log, engine, "amount")] == [-10.5, 0.0, 10.5]


def test_as_of_drops_later_lines_without_holding_them_against_the_source(tmp_path: Path, engine: Engine) -> None:
    rows = [HEAD, GOOD, ("b", "2020-03-01", "broken"), ("", "2020-03-02", "1"), ("c", "2020-03-03", "5")]
    path = write_csv(tmp_path / "log.csv", rows)
    log = read_rows(path, engine, as_of=day_of("2020-02-29"), max_quarantine_share=0.0)
    assert (log.n_lines, log.quarantine.rows, log.quarantine.counts) == (1, 1, ())


def test_a_quiet_day_of_as_of_is_still_the_last_day_that_is_known(tmp_path: Path, engine: Engine) -> None:
    rows = [("customer_id", "timestamp"), ("a", "2020-01-01"), ("b", "2020-01-03"), ("a", "2020-01-09")]
    log = read_rows(write_csv(tmp_path / "log.csv", rows), engine, as_of=day_of("2020-01-05"))
    assert log.last_day == day_of("2020-01-05")
    assert log.n_lines == 2


def test_later_lines_cannot_change_how_earlier_ones_are_read(tmp_path: Path, engine: Engine) -> None:
    rows = [HEAD, ("a", "2020-01-01", "1.5"), *[("b", "2020-06-01", "1.234,50")] * 500]
    log = read_rows(write_csv(tmp_path / "log.csv", rows, sep="\t"), engine, as_of=day_of("2020-01-02"))
    assert lines_of(log, engine, "amount") == [(1.5,)]


def test_as_of_outside_the_log(tmp_path: Path, engine: Engine) -> None:
    path = write_csv(tmp_path / "log.csv", [HEAD, GOOD])
    with pytest.raises(
        InputError, match=r"as_of=2020-01-06 is after the last day of .*, 2020-01-05; set as_of=2020-01-05"
    ):
        read_rows(path, engine, as_of=day_of("2020-01-06"))
    with pytest.raises(InputError, match="before the first day"):
        read_rows(path, engine, as_of=day_of("2020-01-04"))


def test_a_log_of_one_customer_is_a_log(tmp_path: Path, engine: Engine) -> None:
    assert read_rows(write_csv(tmp_path / "log.csv", [HEAD, GOOD]), engine).n_customers == 1


def test_nothing_left_says_why(tmp_path: Path, engine: Engine) -> None:
    path = write_csv(tmp_path / "log.csv", [HEAD, ("", "2020-01-05", "1")])
    with pytest.raises(InputError, match=r"No line of .* can be used; refused: anonymous customer 1"):
        read_rows(path, engine)


def test_unit_price_times_quantity_where_there_is_no_total(tmp_path: Path, engine: Engine) -> None:
    rows = [
        ("CustomerID", "InvoiceDate", "Quantity", "UnitPrice"),
        ("1", "2020-01-05", "3", "0.1"),
        ("1", "2020-01-06", "-2", "5"),
    ]
    log = read_rows(write_csv(tmp_path / "log.csv", rows), engine)
    assert lines_of(log, engine, "amount", "quantity") == [(-10.0, -2.0), (0.3, 3.0)]
    assert log.columns == ("amount", "quantity")


def test_the_fingerprint_knows_content_but_not_order(tmp_path: Path, engine: Engine) -> None:
    other = ("b", "2020-01-07", "2")
    one = read_rows(write_csv(tmp_path / "1.csv", [HEAD, GOOD, other]), engine)
    two = read_rows(write_csv(tmp_path / "2.csv", [HEAD, other, GOOD]), engine)
    three = read_rows(write_csv(tmp_path / "3.csv", [HEAD, other, other]), engine)
    without = read_rows(tmp_path / "1.csv", engine, columns=ColumnMap(amount=""))
    assert one.fingerprint == two.fingerprint
    assert len({one.fingerprint, three.fingerprint, without.fingerprint}) == 3


def test_nothing_is_left_behind_in_the_engine(tmp_path: Path, engine: Engine) -> None:
    def tables() -> set[str]:
        return {row[0] for row in engine.connection.execute("select table_name from duckdb_tables()").fetchall()}

    before = tables()
    read_rows(write_csv(tmp_path / "log.csv", [HEAD, GOOD]), engine)
    with pytest.raises(InputError):
        read_rows(write_csv(tmp_path / "bad.csv", [HEAD, ("", "", "")]), engine)
    assert len(tables() - before) == 1
    assert not {name for name in tables() if not name.startswith("setia_log_")}


def test_refused_rows_that_cannot_be_written(tmp_path: Path, engine: Engine) -> None:
    path = write_csv(tmp_path / "log.csv", [HEAD, GOOD])
    for target in (path / "q.parquet", tmp_path):
        with pytest.raises(InputError, match=r"cannot be written to source\.quarantine_path="):
            read_rows(path, engine, quarantine_path=str(target))
