"""Shares where one outcome is rare: the published intervals, and a p-value that agrees with them."""

from __future__ import annotations

import numpy as np
import pytest

from setia.campaign.rare import is_rare, rare_difference


def arms(kept1: int, n1: int, kept0: int, n0: int) -> tuple[np.ndarray, np.ndarray]:
    kept = np.repeat([True, False, True, False], [kept1, n1 - kept1, kept0, n0 - kept0])
    return kept, np.repeat([True, False], [n1, n0])


@pytest.mark.parametrize(
    ("case", "interval"),
    [
        # Newcombe 1998, table II, method 10
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 10), (-0.2775, 0.2775)),
        ((10, 10, 0, 10), (0.6075, 1.0)),
    ],
)
def test_the_intervals_are_newcombes(case: tuple[int, int, int, int], interval: tuple[float, float]) -> None:
    found = rare_difference(*arms(*case), 0.95)
    assert found is not None
    assert (found.lo, found.hi) == pytest.approx(interval, abs=6e-5)
    assert found.estimate == pytest.approx(case[0] / case[1] - case[2] / case[3])
    assert found.without == pytest.approx(case[2] / case[3])


@pytest.mark.parametrize(
    "case", [(56, 70, 48, 80), (9, 10, 3, 10), (1, 300, 4, 100), (4, 100, 1, 300), (10, 10, 0, 10)]
)
def test_the_p_value_is_that_of_the_interval_that_reaches_none(case: tuple[int, int, int, int]) -> None:
    found = rare_difference(*arms(*case), 0.95)
    assert found is not None
    at = rare_difference(*arms(*case), 1 - found.p)
    assert at is not None
    assert min(abs(at.lo), abs(at.hi)) < 1e-6
    assert (found.p < 0.05) == (found.evidence or found.harm)


def test_no_difference_is_no_evidence_and_an_empty_arm_none_at_all() -> None:
    found = rare_difference(*arms(0, 10, 0, 50), 0.95)
    assert found is not None
    assert found.p == 1.0
    assert rare_difference(np.array([True]), np.array([True]), 0.95) is None


def test_rare_is_fewer_than_ten_of_either_outcome_in_an_arm() -> None:
    assert not is_rare(*arms(10, 20, 10, 20))
    assert is_rare(*arms(9, 20, 10, 20))
    assert is_rare(*arms(11, 20, 10, 20))
    assert is_rare(*arms(10, 20, 200, 205))
