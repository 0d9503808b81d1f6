"""Discounting a stream of purchases of which only the expected total up to each time is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from setia.btyd.counts import Array


def discounted(expected: Callable[[Array], Array], horizon: Array, discount_rate: float, scale: Array) -> Array:
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
