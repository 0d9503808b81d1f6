"""Months, quarters and their last days, in days since 1970-01-01."""

from __future__ import annotations

import calendar
import datetime as dt

from setia.timeline import date_of

EPOCH = dt.date(1970, 1, 1)


def month_ends(first: int, last: int) -> tuple[int, ...]:
    """Return the last day of every month from first to last, both inclusive."""
    found: list[int] = []
    date = date_of(first)
    while True:
        end = date.replace(day=calendar.monthrange(date.year, date.month)[1])
        day = (end - EPOCH).days
        if day > last:
            return tuple(found)
        found.append(day)
        date = end + dt.timedelta(days=1)


def quarter(day: int) -> str:
    """Return the quarter of a day, such as 2017-Q3."""
    date = date_of(day)
    return f"{date.year}-Q{(date.month + 2) // 3}"
