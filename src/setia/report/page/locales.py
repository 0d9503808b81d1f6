"""How numbers and dates are written in a language, as the charts' library takes it: from Babel's tables."""

from __future__ import annotations

from typing import Any


def number_locale(locale: str) -> dict[str, Any]:
    """Return the marks of numbers, as d3-format names them."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return {
        "decimal": get_decimal_symbol(locale),
        "thousands": get_group_symbol(locale),
        "grouping": [3],
        "currency": ["", ""],
        "percent": "\N{NO-BREAK SPACE}%",
    }


def time_locale(locale: str) -> dict[str, Any]:
    """Return the names of days and months, as d3-time-format names them."""
    from babel.dates import get_day_names, get_month_names

    def days(width: str) -> list[str]:
        names = get_day_names(width, locale=locale)  # type: ignore[arg-type]
        return [names[k] for k in (6, 0, 1, 2, 3, 4, 5)]  # Babel's week begins on Monday, d3's on Sunday

    def months(width: str) -> list[str]:
        names = get_month_names(width, locale=locale)  # type: ignore[arg-type]
        return [names[k] for k in range(1, 13)]

    return {
        "dateTime": "%A, %e %B %Y %X",
        "date": "%d/%m/%Y",
        "time": "%H:%M:%S",
        "periods": ["AM", "PM"],
        "days": days("wide"),
        "shortDays": days("abbreviated"),
        "months": months("wide"),
        "shortMonths": months("abbreviated"),
    }
