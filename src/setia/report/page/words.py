"""The words of the report in a language, and how numbers, money and days are written in it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import floor, isfinite, log10
from pathlib import Path
from typing import Any, Final
from unicodedata import category

from setia.errors import SetiaError
from setia.timeline import date_of

FILES: Final = Path(__file__).with_name("files")
#: How numbers and dates are written: the report's English is read around the world, so days come before months.
LOCALES: Final = {"en": "en_GB", "id": "id_ID"}
NOTHING: Final = "–"
MINUS: Final = "\N{MINUS SIGN}"
#: Large sums are told in thousands and millions from here on.
COMPACT: Final = 100_000
#: From here on an amount is told without cents.
WHOLE: Final = 100


@cache
def catalogue(language: str) -> Mapping[str, Any]:
    """Return the texts of a language, by dotted keys: a sentence with gaps, or its forms by number (one, other)."""
    with (FILES / f"{language}.toml").open("rb") as file:
        return dict(_flat(tomllib.load(file), ""))


def _flat(node: Mapping[str, Any], path: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in node.items():
        if isinstance(value, dict) and set(value) != {"one", "other"}:
            found += _flat(value, f"{path}{key}.")
        else:
            found.append((f"{path}{key}", _held(value)))
    return found


def _held(text: Any) -> Any:
    """Return a text whose signs of per cent stay on the line of their number."""
    if isinstance(text, dict):
        return {form: _held(one) for form, one in text.items()}
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


@dataclass(frozen=True)
class Words:
    """A language and a currency. Numbers that are not known become a dash."""

    language: str
    currency: str

    @property
    def locale(self) -> str:
        """How Babel calls the language."""
        return LOCALES[self.language]

    def __call__(self, key: str, **gaps: object) -> str:
        """Return a text with its gaps filled."""
        text = self.raw(key)
        if not isinstance(text, str):
            raise SetiaError(f"The text {key} of the report has forms by number; ask for it with `many`.")
        return text.format(**gaps) if gaps else text

    def raw(self, key: str) -> Any:
        """Return a text with its gaps, or its forms by number."""
        try:
            return catalogue(self.language)[key]
        except KeyError:
            raise SetiaError(f"The report has no text {key} in {self.language}; this is a fault of Setia.") from None

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in catalogue(self.language)

    def many(self, key: str, number: float, **gaps: object) -> str:
        """Return the form of a text that goes with a number, which fills the gap {n}."""
        from babel import Locale

        text = self.raw(key)
        form = text if isinstance(text, str) else text[self._plural(Locale.parse(self.locale), number)]
        return str(form).format(n=self.number(number), **gaps)

    @staticmethod
    def _plural(locale: Any, number: float) -> str:
        return "one" if isfinite(number) and locale.plural_form(round(number)) == "one" else "other"

    def number(self, value: float | None, decimals: int = 0) -> str:
        """Write a number."""
        from babel.numbers import format_decimal

        if value is None or not isfinite(value):
            return NOTHING
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        # (+ 0.0: a zero has no sign)
        digits = format_decimal(round(value, decimals) + 0.0, format=pattern, locale=self.locale)
        return digits.replace("-", MINUS)

    def per_cent(self, share: float | None, decimals: int = 0) -> str:
        """Write a share as per cent, with a space that does not break."""
        if share is None or not isfinite(share):
            return NOTHING
        return f"{self.number(100 * share, decimals)}\N{NO-BREAK SPACE}%"

    def points(self, share: float) -> str:
        """Write a difference of shares in points, with its sign."""
        return f"{'+' if round(100 * share, 1) > 0 else ''}{self.number(100 * share, 1)}"

    def money(self, value: float | None) -> str:
        """Write an amount in the report's currency: thousands and millions of large sums, no cents from 100 on."""
        from babel.numbers import format_compact_decimal

        if value is None or not isfinite(value):
            return NOTHING
        # rounded before it is looked at: 99.999 is a hundred, and 999,960 a million
        amount = round(value, 2 if abs(round(value, 2)) < WHOLE else 0)
        if abs(amount) >= COMPACT:
            step = 10.0 ** (3 * floor(log10(abs(amount)) / 3) - 1)
            rounded = round(value / step) * step
            digits = format_compact_decimal(rounded, locale=self.locale, fraction_digits=1).replace("-", MINUS)
        else:
            digits = self.number(amount, 2 if abs(amount) < WHOLE and amount != round(amount) else 0)
        return self.labelled(digits)

    def labelled(self, digits: str) -> str:
        """Put the label of money before a number: the currency's sign where its code is known, else the log's label."""
        sign = self.sign
        if not sign:
            return digits
        gap = "" if category(sign[-1]) == "Sc" else "\N{NO-BREAK SPACE}"
        return f"{MINUS}{sign}{gap}{digits[1:]}" if digits.startswith(MINUS) else f"{sign}{gap}{digits}"

    @property
    def sign(self) -> str:
        """How the currency is written; nothing where the log has no label or counts purchases."""
        from babel.numbers import get_currency_symbol

        return get_currency_symbol(self.currency, locale=self.locale) if self.currency else ""

    @property
    def unit(self) -> str:
        """The currency in brackets, for an axis; nothing where there is none."""
        return f" ({self.sign})" if self.sign else ""

    def scale(self, largest: float, *, money: bool = True) -> tuple[float, str]:
        """Return what the numbers of an axis are divided by, and the unit that its title then names, in brackets."""
        size = 1e6 if largest >= 2e6 else 1e3 if largest >= 2e4 else 1.0
        word = {1e6: self("unit.million"), 1e3: self("unit.thousand")}.get(size, "")
        parts = " ".join(part for part in (self.sign if money else "", word) if part)
        return size, f" ({parts})" if parts else ""

    def day(self, day: int) -> str:
        """Write a day, counted from 1970-01-01."""
        from babel.dates import format_date

        return format_date(date_of(day), format="d MMMM y", locale=self.locale)

    def month(self, day: int, *, long: bool = False) -> str:
        """Write the month of a day, counted from 1970-01-01."""
        from babel.dates import format_date

        return format_date(date_of(day), format="MMMM y" if long else "MMM y", locale=self.locale)

    def span(self, lo: str, hi: str) -> str:
        """Write an interval of what is written already."""
        return self("span", lo=lo, hi=hi)

    def listed(self, items: list[str]) -> str:
        """Join words as the language does: a, b and c."""
        from babel.lists import format_list

        return format_list(items, locale=self.locale)
