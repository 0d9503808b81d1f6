"""Numbers in reasons are rounded the same way however the engine added them up."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from setia.learn.wording import _worded


@pytest.mark.parametrize("unit", ["money", "share", "times", "lines", "days"])
def test_the_order_of_a_sum_does_not_decide_the_last_digit(unit: str) -> None:
    parts = [0.1, 0.2, 0.3, 1e3, -1e3]
    halves = {"money": 53.315, "share": 0.125, "times": 3.25, "lines": 3.25, "days": 17.5}
    said = set()
    for order in itertools.permutations(parts):
        total = halves[unit] - 0.6
        for part in order:
            total += part
        said.update(_worded(unit, np.array([total]), ""))
    assert len(said) == 1
