"""Who costs more than they bring, for a person to decide: the list and what is said of it."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from setia.act import Divesting
from setia.errors import LockedError
from setia.output import locked
from setia.policy import Grounds
from setia.progress import Progress
from setia.report.divest import show, table, write

COLUMNS = [
    *("customer_id", "confirmed", "profit", "sales", "lines", "clv_upper_bound", "worst", "worst_share"),
    *("worst_share_usual", "price_rise_to_cover", "remedies", "grounds"),
]
PARTS = ("discounts", "refunds", "goods", "commission", "service")
ANN = Grounds(
    customer_id="=ann",
    profit=-120.5,
    sales=400.0,
    lines=33,
    taken={**dict.fromkeys(PARTS, 0.0), "service": 0.9, "goods": 0.4},
    usual={**dict.fromkeys(PARTS, 0.0), "service": 0.2, "goods": 0.4},
    upper=-12.0,
    confirmed=True,
)
BOB = replace(ANN, customer_id="bob", profit=-5.0, sales=0.0, confirmed=False, upper=-1.0)
MADE = Divesting("small", "EUR", 17_199, (ANN, BOB), before=True, customers=500, months=12)
NONE = replace(MADE, found=(), before=False)


def test_the_table_has_a_row_for_each(tmp_path: Path) -> None:
    found = table(MADE)
    assert found.column_names == COLUMNS
    first, second = found.to_pylist()
    assert first == {
        "customer_id": "=ann",
        "confirmed": True,
        "profit": -120.5,
        "sales": 400.0,
        "lines": 33,
        "clv_upper_bound": -12.0,
        "worst": "service",
        "worst_share": 0.9,
        "worst_share_usual": 0.2,
        "price_rise_to_cover": 120.5 / 400,
        "remedies": "minimum order, self-service, reprice",
        "grounds": ANN.said,
    }
    assert (second["confirmed"], second["price_rise_to_cover"]) == (False, None)


def test_the_list_is_written_and_holds_no_formula(tmp_path: Path) -> None:
    path = write(MADE, str(tmp_path / "deep"))
    assert path.name == "divest-2017-02-02.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == COLUMNS
    assert [row["customer_id"] for row in rows] == ["'=ann", "bob"]
    assert (rows[0]["grounds"], rows[1]["price_rise_to_cover"]) == (ANN.said, "")


def test_a_list_of_nobody_has_its_columns(tmp_path: Path) -> None:
    assert table(NONE).schema == table(MADE).schema
    path = write(NONE, str(tmp_path))
    assert len(path.read_text().splitlines()) == 1


def test_while_another_run_writes_none_is_written(tmp_path: Path) -> None:
    with locked(tmp_path / "divest-2017-02-02.csv"), pytest.raises(LockedError):
        write(MADE, str(tmp_path))
    assert not list(tmp_path.glob("*.csv"))


def said(made: Divesting, capsys: pytest.CaptureFixture[str]) -> str:
    show(made, Path("there.csv"), Progress(quiet=True))
    return " ".join(capsys.readouterr().out.split())


def test_the_summary_names_those_alone_who_are_confirmed(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(MADE, capsys)
    assert "Of 500 customers of small, 2 will cost more than they bring" in text
    assert "1 of them was found by the last run too." in text
    assert f"=ann: {ANN.said}" in text
    assert "bob" not in text
    assert "This is the first run" not in text
    assert "the list there.csv" in text
    assert "It is for a person to decide" in text


def test_the_first_run_confirms_nobody_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(NONE, capsys)
    assert "Of 500 customers of small, 0 will cost more than they bring" in text
    assert "0 of them were found by the last run too." in text
    assert "nobody is confirmed before the next" in text
