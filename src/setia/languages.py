"""The languages that people are told things in, and how numbers and days are written in them."""

from __future__ import annotations

import datetime as dt
from typing import Final

from setia.errors import InputError

#: Code -> what its speakers call it.
LANGUAGES: Final = {"en": "English", "id": "Bahasa Indonesia"}
#: What stands for the comma and the point of an English number.
_MARKS: Final = {"en": str.maketrans(",.", ",."), "id": str.maketrans(",.", ".,")}
_MONTHS: Final = {
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    "id": (
        *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
        *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
    ),
}
#: From here on an amount is told without cents.
_WHOLE: Final = 100


def check_language(code: str, setting: str) -> None:
    """Refuse a language that there are no words of.

    Raises:
        InputError: it is none of `LANGUAGES`.
    """
    if code not in LANGUAGES:
        known = " or ".join(f"{code} ({name})" for code, name in LANGUAGES.items())
        raise InputError(f"{setting}={code} is no language that Setia speaks; use {known}.")


def number(value: float, decimals: int, language: str) -> str:
    """Write a number with so many decimals: 1,234.5 in English, 1.234,5 in Indonesian."""
    return f"{value:,.{decimals}f}".translate(_MARKS[language])


def money(amount: float, currency: str, language: str) -> str:
    """Write an amount after the label of its currency, which may be empty; without cents from 100 on."""
    figure = number(amount, 0 if abs(amount) >= _WHOLE else 2, language)
    return f"{currency} {figure}" if currency else figure


def day_of_month(date: dt.date, language: str) -> str:
    """Write a day without its year: 3 March, 3 Maret."""
    return f"{date.day} {_MONTHS[language][date.month - 1]}"
