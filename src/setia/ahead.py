"""Beginning something early, while something else is done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


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
