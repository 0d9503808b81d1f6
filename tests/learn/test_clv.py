"""Value beyond the horizon: coherent with the horizon, with total probability, and with a drawn world."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaincinv

from setia import btyd
from setia.learn.clv import Lifetime, Span, lifetime
from setia.learn.outlook import Outlook
from setia.learn.season import Season
from setia.learn.spread import bounds, gamma_quantile

NAMES = ("frequency", "recency_days", "T_days", "value_mean")
AMOUNTS = btyd.GammaGamma(2.5, 4.0, 60.0, 0.0, True, 0.0)
OUTLOOKS = {
    "pareto_nbd": Outlook(btyd.ParetoNBD(1.0, 45.0, 0.8, 290.0, 0.0, True), AMOUNTS),
    "mbg_nbd": Outlook(btyd.MBGNBD(0.7, 30.0, 0.9, 6.0, 0.0, True), AMOUNTS),
    "in season": Outlook(btyd.ParetoNBD(1.0, 45.0, 0.8, 290.0, 0.0, True), AMOUNTS, Season((0.3, 0.0), (-0.1, 0.0))),
    "purchases": Outlook(btyd.ParetoNBD(1.0, 45.0, 1.6, 290.0, 0.0, True), None),
}
SPAN = Span(as_of=19_000, horizon_days=60, clv_horizon_days=1095, discount_rate_annual=0.1)


def customers(n: int = 400, seed: int = 0) -> np.ndarray:
    chance = np.random.default_rng(seed)
    T = chance.integers(0, 730, n).astype(float)
    x = np.where(T > 0, chance.poisson(T / 90), 0)
    recency = np.where(x > 0, np.ceil(T * chance.random(n)), 0)
    X = np.column_stack([x, recency, T, chance.lognormal(3, 0.6, n)]).astype(np.float32)
    X[: n // 20, 3] = np.nan
    return X


def own_forecast(outlook: Outlook, X: np.ndarray, span: Span = SPAN) -> tuple[np.ndarray, np.ndarray]:
    """The model's own expected value and chance of no purchase within the horizon, where days are alike."""
    x, recency, T, mean = X.astype(float).T
    amount = 1.0
    if outlook.amounts is not None:
        known = np.isfinite(mean)
        amount = outlook.amounts.expected_amount(np.where(known, x + 1, 0), np.where(known, mean, 0))
    expected = outlook.purchases.expected_purchases(span.horizon_days, x, recency, T)
    return amount * expected, outlook.purchases.p_none(span.horizon_days, x, recency, T)


def ask(name: str, X: np.ndarray, expected: np.ndarray, none: np.ndarray, span: Span = SPAN) -> Lifetime:
    return lifetime(OUTLOOKS[name], X, NAMES, expected, none, none, span)


@pytest.mark.parametrize("name", ["pareto_nbd", "mbg_nbd", "purchases"])
def test_a_blend_that_agrees_with_the_model_gives_the_models_own_value(name: str) -> None:
    X, outlook = customers(), OUTLOOKS[name]
    expected, none = own_forecast(outlook, X)
    found = ask(name, X, expected, none)
    x, recency, T = X[:, :3].astype(float).T
    amount = expected / outlook.purchases.expected_purchases(60, x, recency, T)
    whole = amount * outlook.purchases.dert(1095, SPAN.discount_per_day, x, recency, T)
    assert found.clv == pytest.approx(whole, rel=1e-5, abs=1e-6)
    # defects: nothing for 60 days, then what the model says of the silent
    silent = np.exp(-60 * SPAN.discount_per_day) * amount
    silent *= outlook.purchases.dert(1035, SPAN.discount_per_day, x, recency, T + 60)
    stays = (whole - none * silent) / (1 - none)
    told = none < 1 - 1e-6  # beyond, a difference of two numbers alike says nothing
    assert told.mean() > 0.9
    assert found.value_at_risk[told] == pytest.approx((none * (stays - silent))[told], rel=1e-3)


@pytest.mark.parametrize("name", OUTLOOKS)
def test_clv_is_what_stayers_and_defectors_bring_by_total_probability(name: str) -> None:
    X = customers()
    expected, none = own_forecast(OUTLOOKS[name], X)
    other = 0.3 + 0.5 * none  # another view than the model's
    expected, none = 1.5 * expected * (1 - other) / (1 - none), other
    found = ask(name, X, expected, none)
    certain = lifetime(OUTLOOKS[name], X, NAMES, expected, none, np.ones(len(X)), SPAN)
    # clv = p defects + (1 - p) stays and stays - defects = certain.value_at_risk
    defects = found.clv - (1 - none) * certain.value_at_risk
    assert (defects >= -1e-9).all()
    assert (defects <= found.clv * (1 + 1e-9)).all()
    assert found.value_at_risk == pytest.approx(none * certain.value_at_risk, rel=1e-9)


@pytest.mark.parametrize("name", OUTLOOKS)
def test_within_the_horizon_clv_is_its_part_of_the_expected_value(name: str) -> None:
    X = customers()
    expected, none = own_forecast(OUTLOOKS[name], X)
    whole = ask(name, X, expected, none, Span(19_000, 60, 60, 0.0))
    assert whole.clv == pytest.approx(expected, rel=1e-9)
    parts = [ask(name, X, expected, none, Span(19_000, 60, days, 0.1)).clv for days in (1, 20, 60, 61)]
    assert (np.diff(parts, axis=0) > 0).all()
    assert (parts[2] < expected).all()
    assert parts[3] / parts[2] == pytest.approx(1.0, abs=0.1)
    if name == "purchases":
        third = ask(name, X, expected, none, Span(19_000, 60, 20, 0.0)).clv
        assert third == pytest.approx(OUTLOOKS[name].purchases.expected_purchases(20, *X[:, :3].astype(float).T))


@pytest.mark.parametrize("name", OUTLOOKS)
@settings(max_examples=8, deadline=None)
@given(
    days=st.integers(1, 4000),
    rate=st.floats(0.0, 3.0),
    level=st.floats(0.0, 20.0),
    none=st.floats(0.0, 1.0),
    seed=st.integers(0, 50),
)
def test_longer_brings_more_and_later_counts_less(
    name: str, days: int, rate: float, level: float, none: float, seed: int
) -> None:
    X = customers(30, seed)
    expected = level * np.random.default_rng(seed).random(30)
    span = Span(19_000, 60, days, rate)
    found = ask(name, X, expected, np.full(30, none), span)
    for values in vars(found).values():
        assert np.isfinite(values).all()
    assert (found.lo <= found.hi).all()
    assert (found.value_at_risk >= 0).all()
    longer = ask(name, X, expected, np.full(30, none), replace(span, clv_horizon_days=days + 100))
    dearer = ask(name, X, expected, np.full(30, none), replace(span, discount_rate_annual=rate + 0.5))
    assert (longer.clv >= found.clv * (1 - 1e-6)).all()
    assert (dearer.clv <= found.clv * (1 + 1e-6)).all()


def test_refunds_may_make_it_negative_and_it_stays_finite() -> None:
    X = customers(60)
    found = ask("pareto_nbd", X, np.full(60, -500.0), np.full(60, 1.0))
    assert (found.clv < 0).all()
    assert (found.lo <= found.clv).all()
    assert (found.hi >= 0).all()
    assert np.isfinite(found.value_at_risk).all()
    assert np.isfinite(ask("pareto_nbd", X, np.zeros(60), np.zeros(60)).clv).all()


def test_where_the_definition_does_not_apply_there_is_no_value_at_risk() -> None:
    X = customers(10)
    expected, none = own_forecast(OUTLOOKS["pareto_nbd"], X)
    defect = np.where(np.arange(10) < 5, np.nan, 0.25)
    found = lifetime(OUTLOOKS["pareto_nbd"], X, NAMES, expected, none, defect, SPAN)
    assert np.isnan(found.value_at_risk[:5]).all()
    assert (found.value_at_risk[5:] > 0).all()
    assert np.isfinite(found.clv).all()


def test_whoever_loses_a_part_puts_a_part_at_risk() -> None:
    X = customers(10)
    expected, none = own_forecast(OUTLOOKS["pareto_nbd"], X)
    asked = OUTLOOKS["pareto_nbd"], X, NAMES, expected, none, np.full(10, 0.3), SPAN
    whole, part = lifetime(*asked), lifetime(*asked, lost_share=0.7)
    assert part.value_at_risk == pytest.approx(0.7 * whole.value_at_risk)
    assert np.array_equal(part.clv, whole.clv)


def test_a_row_says_the_same_alone_as_among_others() -> None:
    X = customers(50)
    expected, none = own_forecast(OUTLOOKS["in season"], X)
    together = ask("in season", X, expected, none)
    alone = [ask("in season", X[i : i + 1], expected[i : i + 1], none[i : i + 1]).clv[0] for i in range(50)]
    assert together.clv == pytest.approx(alone, rel=1e-9)


def test_in_the_high_season_the_near_future_weighs_more_than_the_years() -> None:
    """The same silence before the high season and before the low one."""
    X = customers(100)
    expected, none = own_forecast(OUTLOOKS["pareto_nbd"], X)
    ends = [ask("in season", X, expected, none, replace(SPAN, as_of=day)).clv for day in (19_000, 19_000 + 1461)]
    assert ends[0] == pytest.approx(ends[1], rel=1e-3)  # four years later it is the same season


def test_bounds_are_those_of_nothing_or_a_gamma() -> None:
    chance = np.random.default_rng(2)
    n, p_zero, shape, mean = 200_000, 0.3, 0.7, 50.0
    drawn = np.where(chance.random(n) < p_zero, 0.0, chance.gamma(shape, mean / shape, n))
    relative = np.array([(drawn**2).mean() / drawn.mean() ** 2])
    lo, hi = bounds(np.array([(1 - p_zero) * mean]), np.array([p_zero]), relative, np.array([p_zero]))
    assert lo[0] == 0.0
    assert (drawn > hi[0]).mean() == pytest.approx(0.1, abs=0.005)
    lo, _ = bounds(np.array([0.98 * mean]), np.array([0.02]), relative, np.array([p_zero]))
    exact = mean / shape * gammaincinv(shape, 0.08 / 0.98)
    assert lo[0] == pytest.approx(exact, rel=0.03)


def test_quantiles_of_the_gamma_are_close() -> None:
    chance = np.random.default_rng(3)
    variance, rank = np.exp(chance.uniform(-6.9, 4, 20_000)), chance.uniform(1e-4, 0.9, 20_000)
    exact = gammaincinv(1 / variance, rank) * variance
    assert gamma_quantile(variance, rank) == pytest.approx(exact, rel=0.01, abs=1e-6)
