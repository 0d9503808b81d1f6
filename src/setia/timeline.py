"""The days on which the pipeline stands still and looks back (cutoffs), and what each is used for.

A cutoff is inclusive: its history is `day <= cutoff`, its future is `cutoff < day <= cutoff + horizon`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from setia.errors import InputError

EPOCH = dt.date(1970, 1, 1)


def day_of(date: str | dt.date) -> int:
    """Return days since 1970-01-01 of an ISO date.

    Raises:
        InputError: the text is not a date written YYYY-MM-DD.
    """
    if isinstance(date, str):
        try:
            date = dt.date.fromisoformat(date)
        except ValueError as error:
            raise InputError(f"{date!r} is not a date; write it as YYYY-MM-DD, such as 2017-10-31.") from error
    return (date - EPOCH).days


def date_of(day: int) -> dt.date:
    """Return the date of a day counted from 1970-01-01."""
    return EPOCH + dt.timedelta(days=int(day))
