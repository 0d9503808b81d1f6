"""The same customers as if none had changed: what alarms they give is chance.

Each customer's gaps come in random order, on the base's clock, and so do the marks of the visits: first and last visit
stay, and so does how regularly the customer comes. A customer whose pace did change once, by all appearance, is brought
to one pace before, or the long gaps of the slow time would be strewn over the busy one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from setia.alert.beliefs import Beliefs, Marks
from setia.history import Visits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: Each part of a customer's time has at least so many gaps.
LEAST_GAPS: Final = 4
#: A log likelihood ratio of two paces (or levels) against one that chance seldom reaches anywhere in a life.
PLAIN: Final = 4.0


def unchanging(visits: Visits, beliefs: Beliefs, rng: np.random.Generator) -> Visits:
    """Return visits of the same number per customer, between the same first and last day, in which nothing changes.

    Two visits may fall on one day; they stay two.
    """
    time = beliefs.clock.at(visits.day)
    starts = visits.starts[:-1]
    inner = np.ones(len(visits), dtype=bool)
    inner[starts] = False
    gap = np.diff(time, prepend=0.0)
    pace = _one_level(_Counts(visits, inner, gap))
    order = _mixed(visits, inner, rng)
    path = np.cumsum(np.where(inner, pace[order], 0.0))
    began = path[starts][visits.customer]
    moved = time[starts][visits.customer] + path - began
    day = np.where(inner, beliefs.clock.day_of(moved), visits.day)
    own = np.lexsort((rng.random(len(visits)), visits.customer))
    return Visits(
        visits.ids,
        visits.customer,
        day,
        _shuffled(visits, visits.value, beliefs.money, own),
        _shuffled(visits, visits.categories, beliefs.breadth, own),
        visits.starts,
    )


def _mixed(visits: Visits, inner: NDArray[np.bool_], rng: np.random.Generator) -> Ints:
    """Return the visits in random order within each customer, the first ones in their places."""
    return np.lexsort((np.where(inner, rng.random(len(visits)), -1.0), visits.customer))


def _shuffled(visits: Visits, column: Floats | None, marks: Marks | None, order: Ints) -> Floats | None:
    if column is None or marks is None:
        return column
    logs = marks.of(column)
    level = _one_level(_Marks(visits, np.ones(len(visits), dtype=bool), logs, marks.sd))
    return np.asarray(np.exp(level[order]), dtype=np.float64)


class _Split:
    """The best place to cut each customer's values in two, and what the cut is worth."""

    def __init__(self, visits: Visits, inner: NDArray[np.bool_], values: Floats) -> None:
        self.visits, self.inner, self.values = visits, inner, values
        starts, customer = visits.starts[:-1], visits.customer
        count = np.cumsum(inner).astype(np.float64)
        total = np.cumsum(np.where(inner, values, 0.0))

        def whole(running: Floats) -> tuple[Floats, Floats]:
            """Return what each customer has had up to and with each visit, and in all."""
            before = np.r_[0.0, running][starts]
            every = running[visits.starts[1:] - 1] - before
            return running - before[customer], every[customer]

        self.n1, self.n = whole(count)
        self.s1, self.s = whole(total)
        self.n2, self.s2 = self.n - self.n1, self.s - self.s1

    def worth(self) -> Floats:
        """Return the log likelihood ratio of a cut after each value."""
        raise NotImplementedError

    def levelled(self, first: NDArray[np.bool_], place: Ints) -> Floats:
        """Return the values with both parts of every customer at one level; `place`: the last value of the first."""
        raise NotImplementedError


def _one_level(split: _Split) -> Floats:
    """Bring the two parts of each customer to one level where a cut is worth it."""
    visits = split.visits
    possible = split.inner & (split.n1 >= LEAST_GAPS) & (split.n2 >= LEAST_GAPS)
    worth = np.where(possible, split.worth(), -np.inf)
    best = np.maximum.reduceat(worth, visits.starts[:-1])[visits.customer]
    at = np.where(worth == best, np.arange(len(visits)), len(visits))
    place = np.minimum.reduceat(at, visits.starts[:-1])[visits.customer]
    return np.where(best > PLAIN, split.levelled(np.arange(len(visits)) <= place, place), split.values)


class _Counts(_Split):
    """Gaps: two Poisson paces against one, worth as much more as the base is more regular than chance."""

    def worth(self) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = [
                np.where(n > 0, n * np.log(n / np.maximum(s, 1e-9)), 0.0)
                for n, s in ((self.n1, self.s1), (self.n2, self.s2), (self.n, self.s))
            ]
        return np.asarray((parts[0] + parts[1] - parts[2]) * self._regularity(), dtype=np.float64)

    def _regularity(self) -> float:
        """Return the shape of gamma gaps whose neighbours differ as much as these: unmoved by slow change.

        E[((g - h) / (g + h))^2] = 1 / (2 shape + 1) for independent gamma gaps g, h.
        """
        both = self.inner[1:] & self.inner[:-1]
        g, h = self.values[1:][both], self.values[:-1][both]
        some = g + h > 0
        if not some.any():
            return 1.0
        share = float((((g - h)[some] / (g + h)[some]) ** 2).mean())
        return float(np.clip((1.0 / max(share, 1e-6) - 1.0) / 2.0, 0.2, 10.0))

    def levelled(self, first: NDArray[np.bool_], place: Ints) -> Floats:
        n1, s1 = self.n1[place], self.s1[place]
        own = np.where(first, s1 / np.maximum(n1, 1.0), (self.s - s1) / np.maximum(self.n - n1, 1.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.values * np.where(own > 0, self.s / self.n / own, 1.0), dtype=np.float64)


class _Marks(_Split):
    """Marks: two normal means against one, of a known spread."""

    def __init__(self, visits: Visits, inner: NDArray[np.bool_], values: Floats, sd: float) -> None:
        super().__init__(visits, inner, values)
        self._sd = sd

    def worth(self) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = self.s1 / self.n1 - self.s2 / self.n2
            return np.asarray(self.n1 * self.n2 / self.n * apart**2 / (2 * self._sd**2), dtype=np.float64)

    def levelled(self, first: NDArray[np.bool_], place: Ints) -> Floats:
        n1, s1 = self.n1[place], self.s1[place]
        own = np.where(first, s1 / np.maximum(n1, 1.0), (self.s - s1) / np.maximum(self.n - n1, 1.0))
        return np.asarray(self.values - own + self.s / self.n, dtype=np.float64)
