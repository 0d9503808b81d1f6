"""Who is not there is told so, with those who may have been meant."""

from __future__ import annotations

import pytest
from makers import engine, small_log
from small_cards import ODD, RETURNER, log, made, where
from small_logs import Row

from setia.card.who import check_customer
from setia.errors import InputError


def refusal(who: str) -> str:
    with pytest.raises(InputError) as error:
        made(who)
    return str(error.value)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("c7", "c97"),
        ("C08", "c08"),
        (" c08", "c08"),
        ("c08 ", "c08"),
        ("edges", "edge"),
        ("0c08", "c08"),
        ("ege", "edge"),
    ],
)
def test_near_ids_are_named(typed: str, meant: str) -> None:
    said = refusal(typed)
    assert f"The log small knows no customer {typed!r}." in said
    assert repr(meant) in said


def test_where_none_is_near_one_who_is_there_is_named() -> None:
    ids = set(log().lines.select("customer_id").collect("pyarrow").to_native()["customer_id"].to_pylist())
    said = refusal("\N{SNOWMAN}" * 80)
    [named] = [who for who in ids if f"One who is there is {who!r}" in said]
    assert named in ids
    assert len(said) < 300  # a long id is not said in full


def test_leading_zeros_and_numbers_are_told_apart() -> None:
    rows: list[Row] = [{"customer_id": who, "day": 17_000, "amount": 1.0} for who in ("0017850", "17851", "99999")]
    opened = engine()
    try:
        small = small_log(opened, rows, ("customer_id", "day", "amount"))
        with pytest.raises(InputError, match=r"no customer '17850'.*'17851'.*leading zeros"):
            check_customer(small, opened, "17850")
        with pytest.raises(InputError, match="Near to it are '0017850'"):
            check_customer(small, opened, "017850")
        check_customer(small, opened, "0017850")
    finally:
        opened.close()


def test_any_text_may_be_an_id() -> None:
    check_customer(log(), where(), ODD)
    assert made(ODD).customer_id == ODD


def test_who_has_only_brought_back_has_no_card() -> None:
    assert refusal(RETURNER).startswith("Customer 'returner' of the log small has refunds or free lines only")
