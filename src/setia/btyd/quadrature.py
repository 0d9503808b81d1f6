"""Nodes and weights of Gauss-Legendre quadrature on (0, 1), computed once for each number of nodes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from setia.btyd.counts import Array


@lru_cache(maxsize=64)
def unit_nodes(nodes: int) -> tuple[Array, Array]:
    """Return `nodes` points in (0, 1) and their weights, which sum to 1; they must not be written to."""
    points, weights = np.polynomial.legendre.leggauss(nodes)
    points, weights = 0.5 * (points + 1.0), 0.5 * weights
    points.flags.writeable = weights.flags.writeable = False
    return points, weights
