"""The numbers behind the figures: arrays of shape (rows,) in, curves and tables out. Nothing is drawn here.

Rows that a method gives the same forecast have no order among themselves: each stands for their mean,
so that no curve depends on the order of the customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: The two-sided 95 % quantile of the normal distribution.
Z: Final = 1.959964


@dataclass(frozen=True)
class Tenths:
    """Rows in `n` groups of nearly equal size, highest forecast first; arrays of shape (groups,).

    `predicted` and `actual` are means, `lo` and `hi` the 95 % interval of `actual`.
    """

    rows: NDArray[np.int64]
    predicted: Array
    actual: Array
    lo: Array
    hi: Array


def wilson(hits: Array, rows: Array) -> tuple[Array, Array]:
    """Return the 95 % score interval of a share (Wilson 1927), bounds of shape (groups,)."""
    share = hits / rows
    middle = (share + Z**2 / (2 * rows)) / (1 + Z**2 / rows)
    half = Z / (1 + Z**2 / rows) * np.sqrt(share * (1 - share) / rows + Z**2 / (4 * rows**2))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def tenths(actual: Array, forecast: Array, *, share: bool, groups: int = 10) -> Tenths:
    """Group rows by forecast and compare what was said with what came.

    Rows of equal forecast stay together, so a method that knows few values makes fewer groups. `share`
    says that `actual` is 0 or 1; its intervals are binomial, else they are normal.
    """
    _, tie, size = np.unique(-forecast, return_inverse=True, return_counts=True)
    middle = (np.cumsum(size) - size / 2) / len(forecast)
    _, group = np.unique(np.minimum((middle[tie] * groups).astype(int), groups - 1), return_inverse=True)
    rows = np.bincount(group)
    mean = np.bincount(group, actual) / rows
    if share:
        lo, hi = wilson(mean * rows, rows.astype(np.float64))
    else:
        spread = np.maximum(np.bincount(group, actual**2) / rows - mean**2, 0.0)
        half = Z * np.sqrt(spread / np.maximum(rows - 1, 1))
        lo, hi = mean - half, mean + half
    return Tenths(rows, np.bincount(group, forecast) / rows, mean, lo, hi)


def gain(actual: Array, forecast: Array) -> tuple[Array, Array]:
    """Return the share of rows taken, highest forecast first, and the share of all `actual` they hold.

    Both start at 0 and end at 1; between the ends of ties the curve is a straight line. The second is NaN
    where `actual` sums to nothing.
    """
    _, tie = np.unique(-forecast, return_inverse=True)
    depth = np.concatenate([[0.0], np.cumsum(np.bincount(tie)) / len(forecast)])
    total = float(actual.sum())
    held = np.concatenate([[0.0], np.cumsum(np.bincount(tie, actual))])
    return depth, held / total if total > 0 else np.full(len(held), np.nan)


def held_at(actual: Array, forecast: Array, depth: float) -> float:
    """Return the share of all `actual` that the first `depth` (share of rows) holds."""
    at, held = gain(actual, forecast)
    return float(np.interp(depth, at, held))


def lift(actual: Array, forecast: Array, depths: Array) -> Array:
    """Return the mean of `actual` among the first rows over the mean of all, at each depth (share of rows)."""
    at, held = gain(actual, forecast)
    return np.asarray(np.interp(depths, at, held) / depths)
