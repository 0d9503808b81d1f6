"""The difference and its error, each computed once more in plain loops and by the full regression."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import t

from setia.campaign.difference import difference
from tests.campaign.makers import small

Array = NDArray[Any]
NONE = np.empty((240, 0))


def by_hand(y: list[float], z: list[bool], strata: list[int]) -> tuple[float, float, float]:
    """Return estimate, standard error and degrees of freedom of the stratified difference in means, in plain loops."""
    n, estimate, parts, freedom, gaps = len(y), 0.0, [], [], {}
    for one in sorted(set(strata)):
        share = strata.count(one) / n
        arms = [[y[i] for i in range(n) if strata[i] == one and z[i] == arm] for arm in (True, False)]
        means = [sum(arm) / len(arm) for arm in arms]
        gaps[one] = means[0] - means[1]
        estimate += share * gaps[one]
        for arm, mean in zip(arms, means, strict=True):
            parts.append(share**2 * sum((v - mean) ** 2 for v in arm) / (len(arm) - 1) / len(arm))
            freedom.append(len(arm) - 1)
    parts.append(sum((gaps[one] - estimate) ** 2 for one in strata) / n / n)
    freedom.append(n - 1)
    total = sum(parts)
    return estimate, math.sqrt(total), total**2 / sum(v**2 / f for v, f in zip(parts, freedom, strict=True))


def full_regression(y: Array, z: Array, strata: Array, x: Array) -> tuple[float, float, float]:
    """Return the same by one interacted least-squares fit, with HC2 and the spread of the effect over members."""
    dummies = (strata[:, None] == np.unique(strata)[1:]).astype(float)
    about = np.hstack([dummies, x])
    about = about - about.mean(axis=0)
    design = np.hstack([np.ones((len(y), 1)), z[:, None], about, about * z[:, None]])
    bread = np.linalg.inv(design.T @ design)
    coefficient = bread @ design.T @ y
    leverage = np.diag(design @ bread @ design.T)
    squares = (design @ bread[1]) ** 2 * (y - design @ coefficient) ** 2 / (1 - leverage)
    cells = [(strata == h) & (z == arm) for h in np.unique(strata) for arm in (True, False)]
    spread = np.var(about @ coefficient[-about.shape[1] :]) / len(y)
    parts = np.array([*(squares[cell].sum() for cell in cells), spread])
    freedom = np.array([*(cell.sum() for cell in cells), len(y)]) - 1
    return coefficient[1], math.sqrt(parts.sum()), parts.sum() ** 2 / np.sum(parts**2 / freedom)


@pytest.mark.parametrize("seed", range(4))
def test_without_covariates_it_is_the_stratified_difference_in_means(seed: int) -> None:
    one = small(seed=seed)
    found = difference(one.profit, one.contacted, one.stratum, NONE, 0.9)
    assert found is not None
    estimate, error, df = by_hand(one.profit.tolist(), one.contacted.tolist(), one.stratum.tolist())
    assert found.estimate == pytest.approx(estimate)
    assert found.lo == pytest.approx(estimate - error * t.ppf(0.95, df))
    assert found.hi == pytest.approx(estimate + error * t.ppf(0.95, df))
    assert found.p == pytest.approx(2 * t.sf(abs(estimate) / error, df))
    shares = np.bincount(one.stratum) / 240
    means = [one.profit[(one.stratum == h) & ~one.contacted].mean() for h in range(3)]
    assert found.without == pytest.approx(float(shares @ means))


@pytest.mark.parametrize("seed", range(4))
def test_with_covariates_it_is_the_interacted_regression(seed: int) -> None:
    one = small(seed=seed)
    x = one.covariates
    assert x is not None
    found = difference(one.profit, one.contacted, one.stratum, x, 0.95)
    assert found is not None
    estimate, error, df = full_regression(one.profit, one.contacted, one.stratum, x)
    reach = error * t.ppf(0.975, df)
    assert (found.estimate, found.lo, found.hi) == pytest.approx((estimate, estimate - reach, estimate + reach))
    assert found.p == pytest.approx(2 * t.sf(abs(estimate) / error, df))
    wide = difference(one.profit, one.contacted, one.stratum, NONE, 0.95)
    assert wide is not None
    assert found.hi - found.lo < wide.hi - wide.lo


def test_swapped_arms_turn_the_sign() -> None:
    one = small()
    x = one.covariates
    assert x is not None
    found, turned = (difference(one.profit, z, one.stratum, x, 0.95) for z in (one.contacted, ~one.contacted))
    assert found is not None
    assert turned is not None
    assert (found.estimate, found.lo, found.p) == pytest.approx((-turned.estimate, -turned.hi, turned.p))
    assert found.estimate > 0


def test_the_unit_of_money_and_of_covariates_does_not_matter() -> None:
    one = small()
    x = one.covariates
    assert x is not None
    found = difference(one.profit, one.contacted, one.stratum, x, 0.95)
    cents = difference(100 * one.profit, one.contacted, one.stratum, 1e6 * x + 5e6, 0.95)
    assert found is not None
    assert cents is not None
    assert (cents.estimate, cents.lo, cents.p) == pytest.approx(
        (100 * found.estimate, 100 * found.lo, found.p), rel=1e-6
    )


def test_covariates_that_say_nothing_are_left_out() -> None:
    one = small()
    x = one.covariates
    assert x is not None
    found = difference(one.profit, one.contacted, one.stratum, x, 0.95)
    more = np.column_stack([x, x[:, 0], np.full(240, 3.3), np.full(240, np.nan), one.stratum])
    assert found is not None
    again = difference(one.profit, one.contacted, one.stratum, more, 0.95)
    assert again is not None
    assert (again.estimate, again.lo, again.hi) == pytest.approx((found.estimate, found.lo, found.hi))


def test_a_covariate_that_is_missing_counts_as_the_mean() -> None:
    one = small()
    assert one.covariates is not None
    some = one.covariates.copy()
    some[::7, 0] = np.nan
    filled = some.copy()
    filled[::7, 0] = np.nanmean(some[:, 0])
    assert difference(one.profit, one.contacted, one.stratum, some, 0.95) == difference(
        one.profit, one.contacted, one.stratum, filled, 0.95
    )


def test_small_arms_do_without_covariates() -> None:
    few, random = 24, np.random.default_rng(3)
    y, z = random.normal(size=few), np.arange(few) < 12
    x, none = random.normal(size=(few, 3)), np.empty((few, 0))
    stratum = np.zeros(few, dtype=np.int64)
    assert difference(y, z, stratum, x, 0.95) == difference(y, z, stratum, none, 0.95)
    assert difference(y, z, stratum, x[:, :1], 0.95) != difference(y, z, stratum, none, 0.95)


def test_strata_without_both_arms_are_merged() -> None:
    y, z = np.array([1.0, 2, 4, 3, 7, 9]), np.array([True, True, True, False, False, False])
    found = difference(y, z, np.arange(6), np.empty((6, 0)), 0.95)
    assert found is not None
    assert found.estimate == pytest.approx(7 / 3 - 19 / 3)


def test_what_cannot_be_told_is_null() -> None:
    z, stratum, none = np.array([True, True, False, False]), np.zeros(4, dtype=np.int64), np.empty((4, 0))
    assert difference(np.array([1.0, 2, 0, 0]), z, stratum, none, 0.95) is None
    assert difference(np.array([1.0, 2, 0, 1]), np.array([True, True, True, False]), stratum, none, 0.95) is None
    assert difference(np.array([1.0, 2, 0, 1]), z, stratum, none, 0.95) is not None
