"""How high the odds must be for an alarm, so that chance alone gives as many as are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from setia.alert.alarms import alarms, grids, months
from setia.alert.beliefs import Beliefs
from setia.alert.odds import KINDS, Watching, ever_watched
from setia.alert.unchanging import unchanging
from setia.history import Visits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: Which part of the false alarms each of `KINDS` may give: changes of the basket come and go, and tell less.
SHARES: Final = (0.9, 0.07, 0.03)
#: Unchanging customers are made anew until they were watched for so many months (each making takes a while).
ENOUGH_MONTHS: Final = 20_000.0
MOST_ROUNDS: Final = 6
#: Heights of the logarithm of the odds between which thresholds are read off.
HEIGHTS: Final = np.arange(-5.0, 3.01, 0.125)


@dataclass(frozen=True)
class Levels:
    """How many alarms chance gives: `counts` of those at which the odds of a kind rise above each of `HEIGHTS`.

    Shape (kinds, heights), in so many `months` of customers watched. `kinds`: which the log can tell.
    """

    counts: Ints
    months: float
    kinds: tuple[bool, ...]

    def thresholds(self, wanted: float) -> Floats:
        """Return for each kind the height at which its share of the wanted alarms comes by chance, shape (kinds,).

        `wanted`: per 1,000 customers watched and month. Infinite for kinds that the log cannot tell; where even the
        lowest height gives fewer alarms, that height.
        """
        whole = sum(share for share, told in zip(SHARES, self.kinds, strict=True) if told)
        found = np.full(len(KINDS), np.inf)
        for kind, told in enumerate(self.kinds):
            if told and self.months:
                found[kind] = self._height(self.counts[kind], wanted * SHARES[kind] / whole)
        return found

    def _height(self, counts: Ints, wanted: float) -> float:
        # half an alarm stands for none, so that logarithms can be drawn between
        rate = np.log(1000.0 * np.maximum(counts, 0.5) / self.months)
        above = np.flatnonzero(rate > np.log(wanted))
        if not len(above):
            return float(HEIGHTS[0])
        place = int(above[-1])
        if place + 1 == len(HEIGHTS):
            return float("inf")
        step = (rate[place] - np.log(wanted)) / (rate[place] - rate[place + 1])
        return float(HEIGHTS[place] + step * (HEIGHTS[place + 1] - HEIGHTS[place]))


def levels_of(visits: Visits, days: Ints, beliefs: Beliefs, watching: Watching, cool_days: float, seed: int) -> Levels:
    """Count the alarms of customers who do not change (`unchanging`), at every height that the odds may reach."""
    rng = np.random.default_rng(seed)
    told = (True, beliefs.money is not None, beliefs.breadth is not None)
    counts, seen = np.zeros((len(KINDS), len(HEIGHTS)), dtype=np.int64), 0.0
    for _ in range(MOST_ROUNDS):
        made = ever_watched(unchanging(visits, beliefs, rng), beliefs, watching)
        last = made.day[made.starts[1:] - 1]
        for first, grid in grids(made, days, beliefs, watching):
            # the last gap is still open, so nobody is watched for longer than a known one
            watched = grid.watched & (days <= last[first : first + len(grid.watched), None])
            seen += months(watched)
            for kind in np.flatnonzero(told):
                odds = np.where(watched, grid.odds[kind], np.float32(-np.inf))
                counts[kind] += [len(alarms(odds > height, days, cool_days)) for height in HEIGHTS]
        if seen >= ENOUGH_MONTHS or not seen:
            break
    return Levels(counts, seen, told)
