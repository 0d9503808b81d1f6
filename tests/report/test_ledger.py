"""The ledger as a table that adds up, as a figure that says its finding, and in words a manager understands."""

from __future__ import annotations

import datetime as dt
import runpy
from functools import cache
from pathlib import Path

import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest
from makers import START, engine, rows_of, small_log, write_csv
from small_logs import Row

from setia.config import compose
from setia.errors import InputError
from setia.ledger import PARTS, Book, Costs, book
from setia.progress import Progress
from setia.report.ledger import figure, table, turned_path, turned_table, write
from setia.report.ledger_summary import show


@cache
def booked(last: int = START + 400, rate: float = 0.5) -> Book:
    where = engine()
    rows = [row for row in rows_of() if row["day"] <= last]
    columns = ("customer_id", "day", "amount", "order_id", "category", "discount", "channel", "refund_of_day")
    return book(small_log(where, rows, columns), where, Costs(goods_rate=rate, per_order=2.0, per_refund=3.0))


def test_the_table_is_in_money_and_its_parts_add_up() -> None:
    found = table(booked()).to_pylist()
    assert len(found) == booked().months.num_rows
    for row in found:
        assert row["profit"] == pytest.approx(sum(row[name] for name in PARTS), abs=1e-9)
        assert (row["month_end"] + dt.timedelta(days=1)).day == 1
        assert row["currency"] == "EUR"
    assert round(sum(row["profit"] for row in found) * 10_000) == booked().total.profit


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_tables_and_the_figure_are_written(ending: str, tmp_path: Path) -> None:
    path = write(booked(), str(tmp_path / f"profit.{ending}"))
    for place, rows in ((path, table(booked())), (turned_path(path), turned_table(booked()))):
        found = csv.read_csv(place) if ending == "csv" else pq.read_table(place)
        assert found.num_rows == rows.num_rows
        assert found.column_names == rows.column_names
    assert turned_path(path).name == f"profit-turned.{ending}"
    assert path.with_suffix(".png").stat().st_size > 10_000
    assert not list(tmp_path.glob("*.part"))


def test_a_name_that_is_a_formula_is_harmless(tmp_path: Path) -> None:
    path = write(book_of([row | {"customer_id": "=1+1"} for row in rows_of(3)]), str(tmp_path / "profit.csv"))
    assert "'=1+1" in path.read_text()


def test_a_table_without_turned_customers_has_its_columns() -> None:
    early = booked(START + 30)
    assert early.turned == ()
    assert turned_table(early).schema == turned_table(booked()).schema


def said(found: Book, capsys: pytest.CaptureFixture[str]) -> str:
    show(found, Path("there.csv"), Progress(quiet=True))
    return " ".join(capsys.readouterr().out.split())  # lines break where the terminal ends


def test_the_summary_says_where_the_money_goes(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(booked(), capsys)
    for words in (
        *(
            "The ledger of small, 2016-07-18 to 2017-02-02, 151 customers, amounts of 2 decimals.",
            "sales at list prices",
            "cost of goods",
            "profit",
        ),
        *("The best fifth of the customers brings", "cost more than they bring and take", "2017-02, so far"),
        *("Customers who were profitable and have cost more than they brought in the last three months: ", "EUR"),
        *(
            "k1",
            "web",
            "lines sold (100.0 % of the money): it is counted at 50.0 % of their list price",
            "there-turned.csv",
        ),
    ):
        assert words in text
    assert "commission" not in text  # nothing of it


def test_a_log_in_which_nothing_is_earned_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    poor = booked(rate=1.5)
    text = said(poor, capsys)
    assert "so that nothing is left." in text
    assert title(poor).startswith("Nothing is earned: ")
    assert figure(poor).axes[0].get_ylabel() == "profit EUR"


def test_a_log_in_which_nobody_costs_more_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    rich = book_of([row | {"amount": abs(row["amount"]) + 1} for row in rows_of(30)])
    assert "No customer costs more than they bring." in said(rich, capsys)
    assert "nobody costs more than they bring" in title(rich)
    assert "No customer who was profitable" in said(rich, capsys)


def test_many_categories_are_cut_to_the_best_and_the_worst(capsys: pytest.CaptureFixture[str]) -> None:
    many = book_of([row | {"category": f"[kind] {number % 40:02d}"} for number, row in enumerate(rows_of(60))])
    text = said(many, capsys)
    assert "The best and the worst 6 of 40 by category, in EUR" in text
    assert text.count("[kind] ") == 12  # brackets are names, not styles


def book_of(rows: list[Row]) -> Book:
    where = engine()
    return book(
        small_log(where, rows, ("customer_id", "day", "amount", "category", "refund_of_day")), where, Costs(0.5)
    )


def title(found: Book) -> str:
    return str(figure(found).texts[0].get_text())


def test_every_title_fits_the_figure() -> None:
    for found in (booked(), booked(rate=1.5)):
        drawn = figure(found)
        assert drawn.texts[0].get_window_extent().x1 < drawn.bbox.x1


def test_the_pipeline_books_a_file(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main = runpy.run_path(str(root / "pipelines" / "ledger.py"))["main"]
    log = write_csv(tmp_path / "log.csv", rows_of(20), ("amount", "quantity", "unit_cost"))
    where = [f"source.path={log}", "source=files", f"ledger.output={tmp_path / 'out.csv'}", "engine.threads=1"]
    main(compose([*where, "value=profit", "value.costs.per_order=1"]))
    assert "The ledger of log" in capsys.readouterr().out
    found = csv.read_csv(tmp_path / "out.csv")
    assert sum(found["goods"].to_pylist()) < 0 < sum(found["sales"].to_pylist())
    main(compose([*where, "value=profit", "quiet=true"]))
    assert capsys.readouterr().out == ""
    with pytest.raises(InputError, match="value=revenue counts no costs, and a ledger of profit needs them"):
        main(compose(where))
