"""Work side by side: in order, few at a time, and a fault is told."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from setia.learn.workers import workers
from setia.scoring.stream import Busy, in_order


def test_results_come_in_the_order_of_the_items() -> None:
    def slow(number: int) -> int:
        time.sleep(0.002 * (number % 3))
        return number**2

    assert list(in_order(slow, range(12))) == [number**2 for number in range(12)]
    assert list(in_order(slow, [])) == []


def test_few_are_held_at_a_time() -> None:
    made, taken = 0, 0

    def items() -> Iterator[int]:
        nonlocal made
        for number in range(30):
            made += 1
            assert made - taken <= workers() + 1
            yield number

    for _ in in_order(lambda number: number, items()):
        taken += 1
    assert taken == 30


def test_a_fault_reaches_the_caller() -> None:
    def fails(number: int) -> int:
        if number == 3:
            raise ValueError("three")
        return number

    with pytest.raises(ValueError, match="three"):
        list(in_order(fails, range(10)))


def test_the_making_of_items_is_timed() -> None:
    def items() -> Iterator[int]:
        for number in range(3):
            time.sleep(0.01)
            yield number

    busy = Busy()
    for _ in busy.making(items(), "made"):
        time.sleep(0.02)
    assert 0.03 - 1e-3 < busy.seconds["made"] < 0.06


def test_times_of_a_part_add_up() -> None:
    busy = Busy()
    with busy.part("a"):
        time.sleep(0.01)
    busy.add({"a": 2.0, "b": 1.0})
    assert busy.seconds["a"] > 2.01 - 1e-3
    assert busy.seconds["b"] == 1.0
