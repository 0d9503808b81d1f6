"""Rows by their scores, the highest first: those of equal score are one step, so that no order of them decides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.int64]


def by_score(score: Array, *columns: Array) -> tuple[Array, ...]:
    """Return the sum of each column over the rows of each distinct score, highest score first."""
    order, starts = _ranked(score)
    return tuple(np.add.reduceat(column[order], starts) for column in columns)


def up_to_score(score: Array, *columns: Array) -> tuple[Array, ...]:
    """Return running sums over the distinct scores, highest first, from nobody on; shape (distinct scores + 1,)."""
    order, starts = _ranked(score)
    last = np.append(starts[1:], len(order)) - 1
    return tuple(np.append(0.0, np.cumsum(column[order])[last]) for column in columns)


def _ranked(score: Array) -> tuple[Places, Places]:
    """Return the rows by score, highest first, and where each distinct score starts among them."""
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    return order, np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
