"""Whose costs are known, what contacts count, and a sentence for everything that is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import makers
import pytest
from makers import START, small_log
from small_logs import ALL, Row, random_log

from setia.config import compose
from setia.engine import Engine
from setia.errors import InputError
from setia.ledger import Book, Contacts, Costs, LedgerSettings, book, costed
from setia.timeline import date_of
from setia.value import ValueSettings, costs_of, prepare_log

from .plain import row_of


@pytest.fixture
def engine() -> Engine:
    return makers.engine()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"goods_rate": 72}, "value.costs.goods_rate=72 must be a share between 0 and 10; 0.3 means 30 %."),
        ({"goods_rate": float("nan")}, "value.costs.goods_rate=nan must be a share"),
        ({"returned_goods": 1.1}, "value.costs.returned_goods=1.1 must be a share between 0 and 1"),
        ({"commission_rate": -0.1}, "value.costs.commission_rate=-0.1 must be a share"),
        ({"category_goods": {"wine": "x"}}, "value.costs.category_goods.wine=x must be a share between 0 and 10"),
        ({"category_goods": ["wine"]}, "value.costs.category_goods=['wine'] must give a share for each name"),
        ({"channel_commission": {"web": 12}}, "value.costs.channel_commission.web=12 must be a share between 0 and 1"),
        ({"per_order": -1.0}, "value.costs.per_order=-1.0 must be money, 0 or more."),
        ({"per_line": True}, "value.costs.per_line=True must be money, 0 or more."),
        ({"per_refund": 0.00001}, "value.costs.per_refund=1e-05 is finer than the ledger, which counts in 0.0001"),
        ({"per_contact": 0.5}, "value.costs.per_contact=0.5 needs to know the contacts: name their file"),
    ],
)
def test_a_setting_that_means_nothing_is_a_sentence(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        Costs(**wrong)


def test_the_settings_of_conf_are_those_of_the_code() -> None:
    assert compose(["value=profit"]).train.value == ValueSettings("profit", Costs())
    found = compose(["value=profit", "+value.costs.category_goods.GROCERY=0.7", "value.costs.per_order=1"])
    assert found.ledger == LedgerSettings()
    assert costs_of(found.train.value) == Costs(category_goods={"GROCERY": 0.7}, per_order=1)
    with pytest.raises(InputError, match=r"ledger.output=x.xlsx must end in .csv or .parquet"):
        compose(["ledger.output=x.xlsx"])


@pytest.mark.parametrize("basis", ["revenue", "purchases"])
def test_a_ledger_without_costs_is_refused(basis: str) -> None:
    with pytest.raises(InputError, match=f"value={basis} counts no costs, .* say value=profit .*goods_rate=0.7"):
        costs_of(ValueSettings(basis))


def refused(engine: Engine, rows: list[Row], costs: Costs, columns: tuple[str, ...] = ALL) -> str:
    with pytest.raises(InputError) as caught:
        prepare_log(small_log(engine, rows, columns), engine, ValueSettings("profit", costs))
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    return said


def test_a_log_without_any_cost_is_refused(engine: Engine) -> None:
    said = refused(engine, random_log(1), Costs(), ("customer_id", "day", "amount", "quantity"))
    assert "the log has no unit cost with a quantity, and no share is set" in said
    assert "source.columns.unit_cost=NAME" in said
    assert "value.costs.goods_rate=0.7" in said


def test_a_log_that_lacks_some_costs_says_how_many_and_what_the_others_cost(engine: Engine) -> None:
    rows = [row_of("a", day, 10.0, quantity=1.0, unit_cost=6.13, order_id="o") for day in range(3)]
    rows.append(row_of("a", 4, 20.0, quantity=1.0))
    rows.append(row_of("a", 5, -20.0, quantity=1.0))
    assert refused(engine, rows, Costs()) == (
        "value=profit needs to know what the goods cost, which the log does not tell for 1 of 4 lines sold (40.0 % of "
        "the money). The others cost 61.3 % of their list price; set value.costs.goods_rate=0.613 to count them so."
    )
    found = book(small_log(engine, rows), engine, Costs(goods_rate=0.613))
    assert (found.coverage.uncosted, found.coverage.uncosted_revenue) == (1, 20.0)
    assert found.notes == (
        "No cost of goods is known for 1 of 4 lines sold (40.0 % of the money): it is counted at 61.3 % of their list "
        "price (value.costs.goods_rate); the others cost 61.3 %.",
    )


def test_a_share_of_the_category_is_a_cost(engine: Engine) -> None:
    rows = [row_of("a", day, 10.0, category=kind) for day, kind in enumerate(["wine", "bread"])]
    found = costed(small_log(engine, rows), engine, Costs(category_goods={"wine": 0.5, "bread": 0.7}))
    assert (found.coverage.uncosted, found.coverage.measured) == (0, pytest.approx(0.6))
    assert "for 1 of 2 lines sold" in refused(engine, rows, Costs(category_goods={"wine": 0.5}))


def test_shares_by_what_the_log_does_not_tell_are_refused(engine: Engine) -> None:
    rows, few = random_log(1), ("customer_id", "day", "amount")
    said = refused(engine, rows, Costs(goods_rate=0.5, category_goods={"a": 0.5}), few)
    assert said == (
        "value.costs.category_goods gives shares by category, but the log has no category; set "
        "source.columns.category=NAME, or leave them out."
    )
    assert "no channel" in refused(engine, rows, Costs(goods_rate=0.5, channel_commission={"a": 0.5}), few)


def test_a_log_without_amounts_is_refused(engine: Engine) -> None:
    said = refused(engine, random_log(1), Costs(), ("customer_id", "day"))
    assert said.startswith("value=profit needs amounts, which small lacks; name their column")


def test_more_money_than_can_be_counted_is_refused(engine: Engine) -> None:
    rows = [row_of("a", 0, 3e14), row_of("a", 1, 3e14)]
    assert "moves 6e+14 of its currency, more than can be booked" in refused(engine, rows, Costs(goods_rate=0.5))


def notes(engine: Engine, rows: list[Row], costs: Costs) -> str:
    return " ".join(book(small_log(engine, rows), engine, costs).notes)


def test_what_a_reader_should_know_is_said(engine: Engine) -> None:
    rows = [
        row_of("a", 0, 4.0, quantity=1.0, unit_cost=5.0, category="wine"),
        row_of("a", 1, 5.00001, quantity=1.0, unit_cost=5.0),
        row_of("a", 2, -4.0, category="bread"),
        row_of("a", 2, -4.0, quantity=-1.0, unit_cost=5.0),
        row_of("a", 2, -4.0, category="wine"),
    ]
    said = notes(engine, rows, Costs(category_goods={"wine": 0.2, "beer": 0.3}))
    assert "Refunds without any cost, for which no goods are counted as come back: 1." in said
    assert "Lines sold for less than their goods cost: 1 (50.0 % of those sold)." in said
    assert "Amounts with more than 4 decimals, which were rounded to 4: 1." in said
    assert "value.costs.category_goods names beer, which no line has as its category." in said
    assert notes(engine, rows[:1] * 2, Costs(goods_rate=0.5)).count(".") == 2  # 100.0 %, and the end


@pytest.mark.parametrize(
    ("amounts", "digits"), [([3.0, 20.0], 0), ([3.5], 1), ([3.25, 1.5], 2), ([0.125], 3), ([1e-5], 4)]
)
def test_the_decimals_of_a_log_are_found(engine: Engine, amounts: list[float], digits: int) -> None:
    log = small_log(engine, [row_of("a", day, amount) for day, amount in enumerate(amounts)])
    assert costed(log, engine, Costs(goods_rate=0.5)).coverage.digits == digits


# ---- contacts


def write(path: Path, lines: list[tuple[str, int, str]], head: str = "customer_id,date,cost") -> str:
    rows = [f"{customer},{date_of(START + day)}{cost}" for customer, day, cost in lines]
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return str(path)


def contacted(engine: Engine, path: str, per_contact: float = 0.25) -> Book:
    rows = [row_of("007", 10, 5.0), row_of("b", 20, 5.0), row_of("b", 70, 5.0)]
    return book(small_log(engine, rows), engine, Costs(goods_rate=0.0, per_contact=per_contact, contacts=path))


def test_contacts_of_customers_within_the_log_are_booked(engine: Engine, tmp_path: Path) -> None:
    lines = [("007", 12, ",0.5"), ("007", 12, ","), ("b", 60, ",0"), ("b", 15, ","), ("zoe", 30, ",")]
    lines += [("b", 71, ","), ("b", 9, ",1"), ("b", 20_000, ",1")]
    found = contacted(engine, write(tmp_path / "c.csv", lines))
    assert found.contacts == Contacts(booked=3, strangers=2, outside=3, refused=0)
    assert found.total.contacts == 3
    assert found.total.service == -7_500
    said = "2 of people who had not bought anything by then, 3 outside the days of the log; booked: 3."
    assert f"Contacts not booked: {said}" in found.notes
    months = found.months.to_pylist()
    assert sum(row["contacts"] for row in months if row["customer_id"] == "007") == 2


def test_contacts_need_no_cost_of_their_own(engine: Engine, tmp_path: Path) -> None:
    found = contacted(engine, write(tmp_path / "c.csv", [("b", 30, ""), ("b", 31, "")], "customer_id,date"), 0.05)
    assert found.total.service == -1_000


@pytest.mark.parametrize(
    ("head", "cost", "said"),
    [
        ("who,date,cost", ",1", "cannot be used: .*'customer_id' is not a column"),
        (
            "customer_id,when,cost",
            ",1",
            "cannot be used: .*It must have the columns customer_id and date, and may have",
        ),
        ("customer_id,date,cost", ",-1", "gives contacts a negative cost \\(1 times, such as -1 for 'b'\\); write"),
    ],
)
def test_contacts_that_cannot_be_read_are_a_sentence(
    head: str, cost: str, said: str, engine: Engine, tmp_path: Path
) -> None:
    path = write(tmp_path / "c.csv", [("b", 30, cost)], head)
    with pytest.raises(InputError, match=said) as caught:
        contacted(engine, path)
    assert str(caught.value).startswith(f"value.costs.contacts={path} ")


def test_a_file_of_contacts_that_is_not_there_is_a_sentence(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"value.costs.contacts=.*none.csv cannot be used: "):
        contacted(engine, str(tmp_path / "none.csv"))
