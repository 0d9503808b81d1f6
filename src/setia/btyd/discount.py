"""Discounting a stream of purchases: its mean from the expected totals up to each time, and its second moment."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from setia.btyd.counts import Array
from setia.btyd.quadrature import unit_nodes

#: A pair integrand falls from its peak over several scales: more nodes than for the mean, which is smoother.
_PAIR_NODES = 20


def discounted(expected: Callable[[Array], Array], horizon: Array, discount_rate: float, scale: Array) -> Array:
    """Return the integral of exp(-discount_rate t) dE(t) over (0, horizon), by parts: only E is needed.

    Gauss-Legendre in log(1 + t / scale), where `scale` (> 0) is the time in which E(t) begins to bend.
    """
    total = np.exp(-discount_rate * horizon) * expected(horizon)
    if discount_rate == 0:
        return total
    points, weights = unit_nodes(_nodes(12, discount_rate, horizon))
    reach = np.log1p(horizon / scale)
    for point, weight in zip(points, weights, strict=True):
        t = scale * np.expm1(point * reach)
        total += discount_rate * weight * reach * (scale + t) * np.exp(-discount_rate * t) * expected(t)
    return total


def discounted_pairs(density: Callable[[Array], Array], horizon: Array, discount_rate: float, scale: Array) -> Array:
    """Return the integral of exp(-discount_rate (t1 + t2)) density(max(t1, t2)) over 0 < t1, t2 < horizon.

    With `density` that of two purchases at t1 and t2, of which the later alone matters (who buys then was
    active before), this is the second factorial moment of the discounted purchases.
    """
    total = np.zeros_like(horizon)
    points, weights = unit_nodes(_nodes(_PAIR_NODES, 2 * discount_rate, horizon))
    reach = np.log1p(horizon / scale)
    for point, weight in zip(points, weights, strict=True):
        t = scale * np.expm1(point * reach)
        earlier = t if discount_rate == 0 else -np.expm1(-discount_rate * t) / discount_rate
        total += 2 * weight * reach * (scale + t) * earlier * np.exp(-discount_rate * t) * density(t)
    return total


def _nodes(least: int, discount_rate: float, horizon: Array) -> int:
    return int(min(64, least + 4 * discount_rate * float(horizon.max(initial=0.0))))
