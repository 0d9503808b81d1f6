"""Batches that all cores work on side by side, and that come out in the order in which they went in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from setia.ahead import side_by_side
from setia.learn.workers import pool, workers

In = TypeVar("In")
Out = TypeVar("Out")


def in_order(work: Callable[[In], Out], items: Iterable[In]) -> Iterator[Out]:
    """Yield what `work` makes of each item, in their order, never holding more than one a core and one more.

    The items are made by the calling thread.
    """
    return side_by_side(work, items, pool(), workers())


class Busy:
    """Seconds by the clock that each part of the work kept a thread busy, added up over the threads."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the time of a block to a part."""
        start = time.perf_counter()
        yield
        self.add({name: time.perf_counter() - start})

    def making(self, items: Iterable[In], name: str) -> Iterator[In]:
        """Yield items, adding to a part the time that it takes to make them (or to wait for them)."""
        source = iter(items)
        while True:
            with self.part(name):
                item = next(source, None)
            if item is None:
                return
            yield item

    def add(self, seconds: Mapping[str, float]) -> None:
        """Add what was counted elsewhere."""
        for name, spent in seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + spent
