"""Beginning something early, while something else is done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def begin(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Callable[[], T]:
    """Start a function in a thread and return how to wait for its result (or its error)."""
    # Narwhals looks into whatever modules are loaded, and trips over one of these that is half loaded elsewhere
    import pandas  # noqa: F401
    import polars  # noqa: F401
    import pyarrow  # noqa: F401

    pool = ThreadPoolExecutor(1, thread_name_prefix="setia-ahead")
    found = pool.submit(function, *args, **kwargs)
    pool.shutdown(wait=False)
    return found.result
