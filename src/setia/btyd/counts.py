"""What a buy-till-you-die model sees of a customer: frequency, recency and T, once per distinct row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from setia.errors import InputError

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

#: A recency above T by no more than this share of T is T: the two were computed apart, and rounded.
_ROUNDING = 1e-6

#: Below this many cells a table of counts is faster than sorting (400 MB of int64 at most).
_DIRECT_CELLS = 50_000_000


@dataclass(frozen=True)
class Counts:
    """Distinct (frequency, recency, T) rows, each with the number of customers that share it.

    frequency: purchases - 1. recency: last - first purchase. T: cutoff - first purchase. weight: customers.
    All are float64 arrays of one length; recency and T share one unit of time, any.
    """

    frequency: Array
    recency: Array
    T: Array
    weight: Array

    def __len__(self) -> int:
        return len(self.frequency)

    @property
    def customers(self) -> float:
        """The number of customers, the sum of the weights."""
        return float(self.weight.sum())

    def thin(self, customers: int) -> Counts:
        """Return the rows of about `customers` evenly spaced customers: enough to find a start for a fit."""
        until = np.cumsum(self.weight)
        if len(self) <= customers or not until[-1] > 0:
            return self
        spots = (np.arange(customers) + 0.5) * until[-1] / customers
        at, share = np.unique(np.searchsorted(until, spots), return_counts=True)
        weight = share * until[-1] / customers
        return Counts(self.frequency[at], self.recency[at], self.T[at], weight.astype(np.float64))


@dataclass(frozen=True)
class Frequencies:
    """Distinct frequencies and their customers: gamma functions need be computed for these only."""

    values: Array
    weight: Array

    @classmethod
    def of(cls, counts: Counts) -> Frequencies:
        """Gather the distinct frequencies of the rows."""
        values, index = np.unique(counts.frequency, return_inverse=True)
        return cls(values, np.bincount(index, weights=counts.weight).astype(np.float64))

    def sum(self, function: Callable[[Array], Array]) -> float:
        """Return the sum over customers of a function of their frequency."""
        return float(self.weight @ function(self.values))


def compress(
    frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> tuple[Counts, Index]:
    """Return the distinct rows with their weights, and for each customer the place of its row.

    `values_of_customers = values_of_rows[index]` undoes it. Rows come sorted by frequency, recency, T.
    A recency that is above T by rounding alone (a share of 1e-6) is taken for T.

    Raises:
        InputError: no customer, arrays of different lengths, or a value that no purchase history can have.
    """
    x, tx, t = (np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (frequency, recency, T))
    _check(x, tx, t)
    tx = np.minimum(tx, t)
    index, first = _codes(x, tx, t)
    given = None if weight is None else np.asarray(weight, dtype=np.float64)
    if given is not None and (
        given.shape != x.shape or not np.all(np.isfinite(given) & (given >= 0)) or not given.any()
    ):
        raise InputError("Weights of customers must be finite, not negative, not all 0, and one for each customer.")
    counted = np.bincount(index, weights=given, minlength=len(first)).astype(np.float64)
    return Counts(x[first], tx[first], t[first], counted), index


def rows(*values: npt.ArrayLike) -> tuple[Array, ...]:
    """Return the values as float64 arrays of one common length (scalars are repeated)."""
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in values))
    return tuple(np.ascontiguousarray(a) for a in arrays)


def horizon_rows(horizon: npt.ArrayLike, *values: npt.ArrayLike) -> tuple[Array, ...]:
    """Return `rows` of a horizon and a history.

    Raises:
        InputError: a horizon that is negative or not finite.
    """
    h = np.asarray(horizon, dtype=np.float64)
    good = np.isfinite(h) & (h >= 0)
    if not good.all():
        raise InputError(
            f"The horizon must be a finite length of time, 0 or more; it is {h[~good].flat[0]:g}. "
            "Give it in the unit of recency and T."
        )
    return rows(h, *values)


def time_scale(counts: Counts) -> float:
    """Return the mean T: fitting in this unit makes starts and step sizes the same for days and weeks."""
    mean = float(counts.weight @ counts.T) / counts.customers if counts.customers else 0.0
    return mean if mean > 0 else 1.0


def purchase_rate(counts: Counts) -> float:
    """Return repeat purchases per unit of time since the first one, never 0."""
    time = float(counts.weight @ counts.T)
    return max(float(counts.weight @ counts.frequency), 0.5) / (time if time > 0 else 1.0)


def _check(x: Array, tx: Array, t: Array) -> None:
    if not (x.shape == tx.shape == t.shape) or x.ndim != 1:
        raise InputError(
            "frequency, recency and T must be three columns of one length; "
            f"they have the shapes {x.shape}, {tx.shape} and {t.shape}."
        )
    if not len(x):
        raise InputError("There is no customer to fit a model to: frequency, recency and T are empty.")
    good = np.isfinite(x) & np.isfinite(tx) & np.isfinite(t) & (x >= 0) & (tx >= 0) & (tx <= t + _ROUNDING * t)
    if not good.all():
        at = int(np.flatnonzero(~good)[0])
        raise InputError(
            f"{int((~good).sum())} of {len(x)} customers have an impossible history, such as row {at} with "
            f"frequency {x[at]:.10g}, recency {tx[at]:.10g}, T {t[at]:.10g}; "
            "each must be finite with frequency >= 0 and 0 <= recency <= T."
        )
    if np.any(x % 1 != 0):
        at = int(np.flatnonzero(x % 1 != 0)[0])
        raise InputError(
            f"Row {at} has frequency {x[at]:.10g}; a frequency is a count of repeat purchases (purchases - 1), "
            "so give whole numbers, not rates or means."
        )
    if np.any((x == 0) & (tx > 0)):
        at = int(np.flatnonzero((x == 0) & (tx > 0))[0])
        raise InputError(
            f"Row {at} has frequency 0 (one purchase) but recency {tx[at]:g}; "
            "a customer with one purchase has recency 0, for recency is last minus first purchase."
        )


def _codes(x: Array, tx: Array, t: Array) -> tuple[Index, Index]:
    """Return each customer's row and each row's first customer, rows in the order of (x, tx, t)."""
    codes, sizes = zip(*(_ranks(values) for values in (x, tx, t)), strict=True)
    cells = sizes[0] * sizes[1] * sizes[2]
    key = (codes[0] * sizes[1] + codes[1]) * sizes[2] + codes[2]
    if cells > min(_DIRECT_CELLS, 50 * len(x) + 1000):
        _, first, index = np.unique(key, return_index=True, return_inverse=True)
        return index, first
    at = np.full(cells, -1, dtype=np.intp)
    at[key[::-1]] = np.arange(len(key) - 1, -1, -1)
    first = at[at >= 0]
    at[at >= 0] = np.arange(len(first))
    return at[key], first


def _ranks(values: Array) -> tuple[npt.NDArray[np.int64], int]:
    """Return order-keeping integer codes from 0, and how many there may be.

    Whole numbers are their own codes, which saves a sort of millions.
    """
    whole = values.astype(np.int64) if values.max() < _DIRECT_CELLS else None
    if whole is not None and np.array_equal(whole, values):
        return whole, int(whole.max()) + 1
    distinct, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.int64), len(distinct)
