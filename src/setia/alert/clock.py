"""The clock of the base: it ticks as fast as all customers together buy, so that seasons and holidays change nobody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from setia.history import Visits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: So many purchases of a day that is like any other stand beside those that were counted: small bases swing by chance.
CALM = 20.0


@dataclass(frozen=True)
class Clock:
    """How much time has gone by for the base at the end of each day from `first_day` on, in usual days.

    A day on which the customers of then bought twice as often as they were expected to counts as two.
    """

    first_day: int
    elapsed: Floats

    def at(self, day: Ints) -> Floats:
        """Return the time at the end of each day; before the first it is 0."""
        place = np.clip(day - self.first_day + 1, 0, len(self.elapsed))
        return np.asarray(np.r_[0.0, self.elapsed][place], dtype=np.float64)

    def day_of(self, time: Floats) -> Ints:
        """Return the day within which each time falls."""
        place = np.searchsorted(self.elapsed, np.asarray(time) - 1e-9)
        return np.asarray(self.first_day + np.minimum(place, len(self.elapsed) - 1), dtype=np.int64)


def clock_of(visits: Visits, first_day: int, last_day: int, shape: float, scale: float, alive_days: float) -> Clock:
    """Read the clock off the purchases of a sample, each day from that day and those before it alone.

    A day's level is the repeat purchases of customers who bought within `alive_days`, over the sum of the rates that
    were expected of them: (shape + n) / (scale + T) of n repeat purchases in the time T on the clock.
    """
    days = last_day - first_day + 1
    first = visits.day[visits.starts[:-1]]
    count, time = np.zeros(visits.customers), np.zeros(visits.customers)
    last = np.full(visits.customers, np.iinfo(np.int64).min // 2)
    by_day = np.argsort(visits.day, kind="stable")
    bounds = np.searchsorted(visits.day[by_day], np.arange(first_day, last_day + 2))
    level = np.ones(days)
    for place in range(days):
        day = first_day + place
        on = (first < day) & (last >= day - alive_days)
        expected = float(((shape + count[on]) / (scale + time[on])).sum())
        came = visits.customer[by_day[bounds[place] : bounds[place + 1]]]
        again = came[on[came]]
        level[place] = (len(again) + CALM) / (expected + CALM)
        count[again] += 1.0
        time[on] += level[place]
        last[came] = day
    return Clock(first_day, np.cumsum(level))
