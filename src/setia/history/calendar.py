"""Weekday, day of the month and day of the year of an integer day, by integer arithmetic alone."""

from __future__ import annotations

from typing import TypeVar

from setia.history.runs import Ints

Day = TypeVar("Day", int, Ints)


def weekday(day: Day) -> Day:
    """Return 0 for Monday to 6 for Sunday; day 0 is 1970-01-01, a Thursday."""
    return (day + 3) % 7


def month_and_year(day: Ints) -> tuple[Ints, Ints]:
    """Return the day of the month (1 to 31) and of the year (1 to 366, 1 = 1 March).

    The civil calendar follows from counting 400-year eras of 146,097 days from 1 March of the year 0.
    Years start in March there, so that the leap day comes last.
    """
    doe = (day + 719_468) % 146_097
    yoe = (doe - doe // 1_460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    month = (5 * doy + 2) // 153
    return doy - (153 * month + 2) // 5 + 1, doy + 1
