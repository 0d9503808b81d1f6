"""How forecasts of many rows are shared out among the cores."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from setia.ahead import cores

_here = threading.local()


def workers() -> int:
    """Return how many threads may work: the cores that this process may use, or fewer by OMP_NUM_THREADS."""
    wanted = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    return max(1, min(cores(), int(wanted)) if wanted.isdigit() else cores())


def pool() -> ThreadPoolExecutor:
    """Return a pool of `workers` threads, of which each does its work on itself alone."""
    return ThreadPoolExecutor(workers(), "setia", initializer=_alone)


def forest_threads() -> int:
    """Return how many threads LightGBM may take in the calling thread: one in a pool, else all (0)."""
    return 1 if getattr(_here, "alone", False) else 0


def by_block(
    work: Callable[[NDArray[np.float32]], NDArray[np.float64]], X: NDArray[np.float32], rows: int
) -> NDArray[np.float64]:
    """Return what `work` makes of the columns of X, shape (features, rows), in blocks of at most so many rows.

    X has the shape (rows, features). The blocks go to all cores, unless a pool does that already; they are cut the
    same in both cases, and the last axis of what is made of them is put together again.
    """

    def one(start: int) -> NDArray[np.float64]:
        columns = X[start : start + rows].T
        # A matrix in Fortran order has its columns in one piece already.
        return work(columns if X.flags.f_contiguous else np.ascontiguousarray(columns))

    starts = range(0, len(X), rows) if len(X) else (0,)
    if len(starts) == 1 or forest_threads() == 1:
        parts: list[Any] = [one(start) for start in starts]
    else:
        with pool() as threads:
            parts = list(threads.map(one, starts))
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)


def _alone() -> None:
    _here.alone = True
