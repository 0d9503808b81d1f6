"""Doing several things at a time: something begun early, and many pieces side by side."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
In = TypeVar("In")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def side_by_side(work: Callable[[In], T], items: Iterable[In], pool: ThreadPoolExecutor, threads: int) -> Iterator[T]:
    """Yield what `work` makes of each item, in their order, never holding more than one a thread and one more.

    The items are made by the calling thread; the pool, which has so many threads, is closed in the end.
    """
    with pool:
        waiting: deque[Future[T]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def begin(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Callable[[], T]:
    """Start a function in a thread and return how to wait for its result (or its error)."""
    # Narwhals looks into whatever modules are loaded, and trips over one of these that is half loaded elsewhere
    import pandas  # noqa: F401
    import polars  # noqa: F401
    import pyarrow  # noqa: F401

    found: Future[T] = Future()

    def work() -> None:
        try:
            found.set_result(function(*args, **kwargs))
        except BaseException as error:
            found.set_exception(error)

    # a daemon, so that whoever leaves early with a sentence does not wait for it
    threading.Thread(target=work, name="setia-ahead", daemon=True).start()
    return found.result
