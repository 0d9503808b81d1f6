"""Running totals: what every customer's known days add up to, brought forward from cutoff to cutoff.

Each day is added once, when it becomes known, so that many cutoffs cost little more than one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from setia.history import Chunk, Known, sorting

Array = NDArray[np.float64]
Rows = NDArray[np.int64]


class Total(ABC):
    """One number per customer of a chunk, NaN where there is none; to be read before the next `add`."""

    @abstractmethod
    def add(self, known: Known) -> None:
        """Take in the days that have become known since the cutoff before."""

    @abstractmethod
    def at(self, known: Known) -> Array:
        """Return the total as of the cutoff."""


def added(customer: Rows, values: Array, customers: int) -> Array:
    """Add up values by customer."""
    return np.bincount(customer, values, minlength=customers).astype(np.float64, copy=False)


def means(total: Array, count: Array) -> Array:
    """Return total / count, NaN where nothing was counted."""
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


class Sum(Total):
    """Sums, or means over the days where there is a value; rows without one count as nothing."""

    def __init__(self, chunk: Chunk, values: Array, mean: bool) -> None:
        self._size = len(chunk.ids)
        there = ~np.isnan(values)
        self._values = values if there.all() else np.where(there, values, 0.0)
        self._there = there.astype(np.float64) if mean else None
        self._sum, self._count = np.zeros(self._size), np.zeros(self._size)

    def add(self, known: Known) -> None:
        """Take in the days that have become known since the cutoff before."""
        self._sum += added(known.fresh_customer, self._values[known.fresh], self._size)
        if self._there is not None:
            self._count += added(known.fresh_customer, self._there[known.fresh], self._size)

    def at(self, known: Known) -> Array:  # noqa: ARG002
        """Return the total as of the cutoff."""
        if self._there is None:
            return self._sum
        return means(self._sum, self._count)


class Spread(Total):
    """Sample standard deviations, merged part by part (Chan, Golub & LeVeque 1983, equations 2.1); NaN below two."""

    def __init__(self, chunk: Chunk, values: Array) -> None:
        self._customer, self._size = chunk.customer, len(chunk.ids)
        self._values = values
        self._count, self._mean, self._squares = (np.zeros(self._size) for _ in range(3))

    def add(self, known: Known) -> None:
        """Take in the days that have become known since the cutoff before."""
        rows = known.fresh[~np.isnan(self._values[known.fresh])]
        customer, values = self._customer[rows], self._values[rows]
        count = added(customer, np.ones(len(rows)), self._size)
        mean = added(customer, values, self._size) / np.maximum(count, 1.0)
        squares = added(customer, (values - mean[customer]) ** 2, self._size)
        both = np.maximum(self._count + count, 1.0)
        apart = np.where((count > 0) & (self._count > 0), mean - self._mean, 0.0)
        self._squares += squares + apart * apart * self._count * count / both
        self._mean = (self._mean * self._count + mean * count) / both
        self._count += count

    def at(self, known: Known) -> Array:  # noqa: ARG002
        """Return the standard deviation as of the cutoff."""
        return np.where(self._count > 1, np.sqrt(self._squares / np.maximum(self._count - 1, 1.0)), np.nan)


class Extreme(Total):
    """The smallest or the largest value so far."""

    def __init__(self, chunk: Chunk, values: Array, largest: bool) -> None:
        self._largest = largest
        nothing = -np.inf if largest else np.inf
        self._values = np.where(np.isnan(values), nothing, values)
        self._found = np.full(len(chunk.ids), nothing)

    def add(self, known: Known) -> None:
        """Take in the days that have become known since the cutoff before."""
        if not len(known.fresh):
            return
        better = np.maximum if self._largest else np.minimum
        customer = known.fresh_customer
        starts = np.flatnonzero(np.diff(customer, prepend=-1))
        who = customer[starts]
        self._found[who] = better(self._found[who], better.reduceat(self._values[known.fresh], starts))

    def at(self, known: Known) -> Array:  # noqa: ARG002
        """Return the extreme as of the cutoff."""
        return np.where(np.isinf(self._found), np.nan, self._found)


class Since(Total):
    """Days from the newest (or oldest) day on which something was true to the cutoff."""

    def __init__(self, chunk: Chunk, values: Array, newest: bool) -> None:
        self._customer, self._newest = chunk.customer, newest
        self._true = values > 0
        self._row = np.full(len(chunk.ids), -1)

    def add(self, known: Known) -> None:
        """Take in the days that have become known since the cutoff before."""
        rows = known.fresh[self._true[known.fresh]]
        if not self._newest:
            rows = rows[self._row[self._customer[rows]] < 0][::-1]
        self._row[self._customer[rows]] = rows  # of several rows of a customer the last one stays

    def at(self, known: Known) -> Array:
        """Return the age as of the cutoff."""
        return np.where(self._row < 0, np.nan, known.age(np.maximum(self._row, 0)))


class Decayed(Total):
    """Sums in which a day counts half as much for every half-life of age."""

    def __init__(self, chunk: Chunk, values: Array, half_life_days: float) -> None:
        self._values, self._half_life = np.nan_to_num(values), half_life_days
        self._sum = np.zeros(len(chunk.ids))
        self._cutoff = 0

    def add(self, known: Known) -> None:
        """Take in the days that have become known since the cutoff before."""
        rows = known.fresh
        weight = np.exp2(known.age(rows) / -self._half_life)
        self._sum *= 2.0 ** ((self._cutoff - known.cutoff) / self._half_life)
        self._sum += added(known.fresh_customer, self._values[rows] * weight, len(self._sum))
        self._cutoff = known.cutoff

    def at(self, known: Known) -> Array:  # noqa: ARG002
        """Return the total as of the cutoff."""
        return self._sum


class Sorted:
    """Exact quantiles of a customer's values, of whatever days are known: sorted once for all cutoffs."""

    def __init__(self, chunk: Chunk, values: Array) -> None:
        rows = np.flatnonzero(~np.isnan(values))
        rows = rows[np.argsort(values[rows])]
        self._rows = rows[sorting(chunk.customer[rows])]
        self._values, self._customer = values[self._rows], chunk.customer[self._rows]
        self._size = len(chunk.ids)

    def at(self, known: Known, shares: Sequence[float]) -> list[Array]:
        """Return quantiles, linear between order statistics; NaN without a value."""
        there = known.holds(self._rows)
        values = self._values[there]
        count = np.bincount(self._customer[there], minlength=self._size)
        start = np.cumsum(count) - count
        found = []
        for share in shares:
            quantile = np.full(self._size, np.nan)
            some = np.flatnonzero(count)
            place = share * (count[some] - 1)
            low = np.floor(place).astype(np.int64)
            below, above = values[start[some] + low], values[start[some] + np.ceil(place).astype(np.int64)]
            quantile[some] = below + (above - below) * (place - low)
            found.append(quantile)
        return found


class Rings:
    """Windows of age (newest, oldest), the latter not included, over some rows of `customers` customers.

    The bounds of all windows cut the ages into rings; each row falls into one ring, and a window is some rings.
    """

    def __init__(self, customer: Rows, age: Rows, windows: Sequence[tuple[int, int]], customers: int) -> None:
        self._bounds, self._windows, self._size = np.unique(np.array(windows)), windows, customers
        oldest, newest = int(self._bounds[-1]), int(self._bounds[0])
        ring = np.searchsorted(self._bounds, np.arange(oldest), side="right").astype(np.int64)
        self._rows = np.flatnonzero((age < oldest) & (age >= newest))
        # ring by ring, so that the sums of a window lie side by side
        self._cell = ring[age[self._rows]] * customers + customer[self._rows]

    def sums(self, values: Array) -> list[Array]:
        """Add up the rows' values by customer: one array for each window."""
        rings = len(self._bounds)
        cells = added(self._cell, values[self._rows], rings * self._size).reshape(rings, self._size)
        until = np.cumsum(cells, axis=0)
        found = []
        for newest, oldest in self._windows:
            low, high = np.searchsorted(self._bounds, (newest, oldest))
            # sums from age 0 on are read off; of others the rings are added, since a difference would not be exact
            found.append(until[high] if newest == 0 else cells[low + 1 : high + 1].sum(axis=0))
        return found
