"""Languages: numbers and days as they are written in each, and nothing in a language that is not spoken."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setia.errors import InputError
from setia.languages import LANGUAGES, check_language, day_of_month, money, number

AMOUNT = st.floats(-1e12, 1e12)


@given(AMOUNT, st.integers(0, 3))
def test_english_is_what_python_writes_and_indonesian_its_mirror(value: float, decimals: int) -> None:
    assert number(value, decimals, "en") == f"{value:,.{decimals}f}"
    there = number(value, decimals, "id")
    whole, _, rest = there.partition(",")
    assert len(rest) == decimals
    assert all(len(group) == 3 for group in whole.lstrip("-").split(".")[1:])
    assert float(f"{whole.replace('.', '')}.{rest or '0'}") == pytest.approx(round(value, decimals), abs=1e-4)


@given(AMOUNT, st.sampled_from(["", "EUR", "IDR"]), st.sampled_from(sorted(LANGUAGES)))
def test_money_has_its_label_before_and_no_cents_from_a_hundred_on(amount: float, currency: str, language: str) -> None:
    said = money(amount, currency, language)
    label, _, figure = said.rpartition(" ")
    assert label == currency
    assert figure == number(amount, 0 if abs(amount) >= 100 else 2, language)


def test_by_example() -> None:
    assert (number(1234.5, 1, "en"), number(1234.5, 1, "id")) == ("1,234.5", "1.234,5")
    assert (money(1_250_000, "IDR", "id"), money(12.5, "", "id")) == ("IDR 1.250.000", "12,50")


def test_months_are_those_of_the_language() -> None:
    days = [dt.date(2024, month, 3) for month in range(1, 13)]
    assert [day_of_month(day, "en") for day in days] == [f"3 {day:%B}" for day in days]
    assert day_of_month(days[7], "id") == "3 Agustus"
    assert len({day_of_month(day, "id") for day in days}) == 12


def test_a_language_without_words_is_refused() -> None:
    for code in LANGUAGES:
        check_language(code, "language")
    with pytest.raises(
        InputError, match=r"score\.language=nl is no language that Setia speaks; use en \(English\) or id"
    ):
        check_language("nl", "score.language")
