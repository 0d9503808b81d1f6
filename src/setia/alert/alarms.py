"""When an alarm is given: on the day on which the odds rise above the threshold, and then not again for a while."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from setia.alert.beliefs import Beliefs
from setia.alert.odds import Grid, Watching, grid_of
from setia.history import Visits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
#: So many (customer, day) places are looked at together.
PLACES = 400_000
MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True)
class Alarms:
    """Customers (their places) and days, by customer and day; arrays of one length."""

    customer: Ints
    day: Ints

    def __len__(self) -> int:
        """Return the number of alarms."""
        return len(self.day)

    def between(self, first: int, last: int) -> Alarms:
        """Return the alarms of the days first to last, both inclusive."""
        keep = (self.day >= first) & (self.day <= last)
        return Alarms(self.customer[keep], self.day[keep])


def alarms(loud: Mask, days: Ints, cool_days: float) -> Alarms:
    """Return where `loud`, shape (customers, days), begins to hold, at least `cool_days` after the last time.

    On the first of the days nobody can tell whether it has just begun.
    """
    begins = loud.copy()
    begins[:, 1:] &= ~loud[:, :-1]
    begins[:, 0] = False
    customer, place = np.nonzero(begins)
    day = days[place]
    keep = np.ones(len(day), dtype=bool)
    last_customer, last_day = -1, 0
    for number, (who, when) in enumerate(zip(customer.tolist(), day.tolist(), strict=True)):
        if who == last_customer and when - last_day < cool_days:
            keep[number] = False
        else:
            last_customer, last_day = who, when
    return Alarms(customer[keep].astype(np.int64), day[keep])


def grids(visits: Visits, days: Ints, beliefs: Beliefs, watching: Watching) -> Iterator[tuple[int, Grid]]:
    """Yield the grids of some customers after the other, with the place of the first of them."""
    size = max(1, PLACES // len(days))
    for first in range(0, visits.customers, size):
        yield first, grid_of(visits.part(first, min(first + size, visits.customers)), days, beliefs, watching)


def months(watched: Mask) -> float:
    """Return for how many customer-months anybody was watched."""
    return float(watched.sum()) / MONTH_DAYS


def loud(grid: Grid, thresholds: Floats) -> Mask:
    """Return where any kind of odds is above its threshold, shape (customers, days), of those who are watched."""
    return np.asarray(grid.watched & (grid.odds > thresholds[:, None, None]).any(axis=0))


def at_count(score: Floats, days: Ints, cool_days: float, wanted: int, first: int, last: int) -> Alarms:
    """Return as many alarms of a score between two days (both inclusive) as are wanted, if it can give so many.

    `score`: shape (customers, days), alarming where high; -inf where nobody is watched. Where several places are as
    alarming, so that no height gives just as many, an even part of the alarms of the next height is taken.
    """
    # the highest first: far down nearly everybody is always above a height, and so hardly anything begins
    heights = np.unique(score[np.isfinite(score)])[::-1]

    def above(place: int) -> Alarms:
        return alarms(score >= heights[place], days, cool_days).between(first, last)

    found, low, high = Alarms(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)), 0, 0
    while low < len(heights) and len(found) < wanted:
        high = min(2 * low, len(heights) - 1)
        given = above(high)
        if len(given) >= len(found):
            found = given
        if len(found) < wanted:
            low = high + 1
    while low < high:
        middle = (low + high) // 2
        given = above(middle)
        if len(given) >= wanted:
            found, high = given, middle
        else:
            low = middle + 1
    even = np.linspace(0, len(found) - 1, min(wanted, len(found))).round().astype(np.int64)
    return Alarms(found.customer[even], found.day[even])
