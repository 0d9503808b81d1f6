"""The profit of a campaign by its depth: against a cumulative sum, its best depth, its band, and its seed."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setia.policy import Doubt, Expected, ProfitCurve, profit_curve

from .makers import expected_of

SURE = Doubt(0.0, 0.0, 0.0)


def random(n: int = 400, seed: int = 2) -> Expected:
    rng = np.random.default_rng(seed)
    return expected_of(rng.normal(0.3, 2.0, n), rng.uniform(0.5, 2.0, n))


@given(st.sampled_from([1, 2, 5, 10, 20, 25, 50]), st.integers(0, 999))
@settings(max_examples=25)
def test_it_is_the_cumulative_sum_of_the_best(customers: int, seed: int) -> None:
    profits = np.random.default_rng(seed).integers(-20, 20, customers).tolist()
    found = profit_curve(expected_of(profits), Doubt(), seed=0)
    ranked = sorted(profits, reverse=True)
    assert (found.share[0], found.share[-1]) == (0.0, 1.0)
    assert found.customers == customers
    # of so many customers, each is a whole number of the curve's steps
    at = [found.profit[np.argmin(abs(found.share - k / customers))] for k in range(customers + 1)]
    assert at == pytest.approx([sum(ranked[:k]) for k in range(customers + 1)])


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=30))
@settings(max_examples=25)
def test_the_best_depth_is_all_who_pay(profits: list[int]) -> None:
    found = profit_curve(expected_of(profits), SURE, seed=0)
    assert found.best == pytest.approx(sum(one > 0 for one in profits) / len(profits))


def test_the_band_holds_the_curve_and_widens_with_doubt() -> None:
    for expected in (random(), random(seed=3)):
        sure, unsure = (profit_curve(expected, doubt, seed=0) for doubt in (SURE, Doubt(0.3, 0.3, 0.5)))
        for found in (sure, unsure):
            assert (found.lo <= found.profit + 1e-9).all()
            assert (found.profit <= found.hi + 1e-9).all()
            assert found.best_lo <= found.best <= found.best_hi
        width = [(found.hi - found.lo)[40] for found in (sure, unsure)]
        assert width[1] > 1.5 * width[0] > 0
        assert unsure.best_hi - unsure.best_lo > 1.5 * (sure.best_hi - sure.best_lo) > 0


def test_the_band_is_of_nine_draws_in_ten_for_equal_customers() -> None:
    # of equal customers nothing but the shared error differs: the ends are known
    found = profit_curve(expected_of(np.full(5000, 1.0), 1.0), Doubt(0.0, 0.0, 0.3), seed=0)
    ends = [5000 * (2 * np.exp(sign * 1.645 * 0.3) - 1) for sign in (-1, 1)]
    assert (found.lo[-1], found.hi[-1]) == (pytest.approx(ends[0], rel=0.15), pytest.approx(ends[1], rel=0.15))


def test_the_seed_decides_the_band_alone() -> None:
    one, same, other = (profit_curve(random(), Doubt(), seed) for seed in (5, 5, 6))
    for field in fields(ProfitCurve):
        assert np.array_equal(getattr(one, field.name), getattr(same, field.name)), field.name
    assert np.array_equal(one.profit, other.profit)
    assert not np.array_equal(one.lo, other.lo)


def test_the_most_is_at_the_best_depth() -> None:
    expected = random()
    found = profit_curve(expected, SURE, seed=0)
    assert found.most == pytest.approx(expected.profit[expected.profit > 0].sum(), rel=0.001)
    assert profit_curve(expected_of([-1.0, -2.0]), SURE, seed=0).most == 0.0


def test_nobody_has_a_flat_curve() -> None:
    found = profit_curve(expected_of([]), Doubt(), seed=0)
    assert (found.best, found.best_lo, found.best_hi, found.customers, found.most) == (0.0, 0.0, 0.0, 0, 0.0)
    assert not found.profit.any()
