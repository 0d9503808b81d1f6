"""Small things that every model needs: inputs as rows, and log-gamma sums over distinct frequencies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from setia.btyd.counts import Array, Counts


def rows(*values: npt.ArrayLike) -> tuple[Array, ...]:
    """Return the values as float64 arrays of one common length (scalars are repeated)."""
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in values))
    return tuple(np.ascontiguousarray(a) for a in arrays)


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


def time_scale(counts: Counts) -> float:
    """Return the mean T: fitting in this unit makes starts and step sizes the same for days and weeks."""
    mean = float(counts.weight @ counts.T) / counts.customers if counts.customers else 0.0
    return mean if mean > 0 else 1.0


def purchase_rate(counts: Counts) -> float:
    """Return repeat purchases per unit of time since the first one, never 0."""
    time = float(counts.weight @ counts.T)
    return max(float(counts.weight @ counts.frequency), 0.5) / (time if time > 0 else 1.0)


def discounted(
    expected: Callable[[Array], Array], horizon: Array, discount_rate: float, scale: Array
) -> Array:
    """Return the integral of exp(-discount_rate t) dE(t) over (0, horizon), by parts: only E is needed.

    Gauss-Legendre in log(1 + t / scale), where `scale` (> 0) is the time in which E(t) begins to bend.
    """
    total = np.exp(-discount_rate * horizon) * expected(horizon)
    if discount_rate == 0:
        return total
    nodes = int(min(64, 12 + 4 * discount_rate * float(horizon.max(initial=0.0))))
    points, weights = np.polynomial.legendre.leggauss(nodes)
    reach = np.log1p(horizon / scale)
    for point, weight in zip(0.5 * (points + 1.0), 0.5 * weights, strict=True):
        t = scale * np.expm1(point * reach)
        total += discount_rate * weight * reach * (scale + t) * np.exp(-discount_rate * t) * expected(t)
    return total
