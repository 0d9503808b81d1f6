"""Expected purchases: what is learnt is what was true, and no forecast whatever makes them incoherent."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setia.learn.dropout import COLUMNS
from setia.learn.purchases import MOST, START, Purchases, fit_purchases


def columns(p_none: np.ndarray, purchases: np.ndarray, amount: float = 20.0) -> np.ndarray:
    """What the dropout model would add to the features."""
    said = {
        "btyd_p_none": p_none,
        "btyd_purchases": purchases,
        "btyd_p_alive": np.ones_like(p_none),
        "btyd_amount": np.full_like(p_none, amount),
        "btyd_value": purchases * amount,
    }
    return np.column_stack([said[name] for name in COLUMNS]).astype(np.float32)


def world(rows: int, level: float, by_chance: float, by_value: float) -> tuple[np.ndarray, ...]:
    """Customers whose counts follow the model's own story, with forecasts that differ from the dropout model's."""
    rng = np.random.default_rng(5)
    mean = rng.gamma(0.7, 1.5, rows) + 0.02
    silent = np.exp(-0.8 * mean)
    chance, worth = np.exp(rng.normal(0, 0.3, (2, rows)))
    buys = np.minimum((1 - silent) * chance, 0.95)
    value = 20.0 * mean * worth
    truth = mean * np.exp(level) * (buys / (1 - silent)) ** by_chance * worth**by_value
    return columns(silent, mean), 1 - buys, value, rng.poisson(truth).astype(float)


def test_powers_and_level_are_learnt() -> None:
    found = fit_purchases(*world(150_000, 0.2, 0.5, 0.9))
    assert found.level == pytest.approx(0.2, abs=0.05)
    assert (found.by_chance, found.by_value) == pytest.approx((0.5, 0.9), abs=0.03)


def test_a_few_rows_stay_near_the_start() -> None:
    found = fit_purchases(*world(60, 0.5, 1.0, 0.0))
    assert found.level == pytest.approx(0.0, abs=0.02)
    assert (found.by_chance, found.by_value) == pytest.approx(START, abs=0.1)


def test_without_rows_the_start_is_taken() -> None:
    none = np.empty(0)
    found = fit_purchases(columns(none, none), none, none, none)
    assert found == Purchases(0.0, *START)


def test_a_better_forecast_never_lowers_the_count() -> None:
    dropout, p_none, value, counts = world(60_000, 0.0, 1.2, -0.8)
    found = fit_purchases(dropout, p_none, value, counts)
    assert found.by_value == 0.0
    assert found.by_chance > 0.5
    assert np.all(found.expected(dropout, p_none, 2 * value, 60) >= found.expected(dropout, p_none, value, 60))


def test_nobody_bought_and_everybody_did() -> None:
    dropout, p_none, value, counts = world(500, 0.0, 0.5, 0.5)
    for outcome in (np.zeros_like(counts), np.full_like(counts, 60.0)):
        found = fit_purchases(dropout, p_none, value, outcome)
        expected = found.expected(dropout, p_none, value, 60)
        assert np.all(np.isfinite(expected))


def test_agreement_changes_nothing() -> None:
    dropout, *_ = world(50, 0.0, 0.5, 0.5)
    silent, mean, value = dropout[:, 0].astype(float), dropout[:, 1].astype(float), dropout[:, 4].astype(float)
    expected = Purchases(0.0, 0.3, 0.7).expected(dropout, silent, value, 365)
    assert expected == pytest.approx(np.maximum(mean, 1 - silent), rel=1e-6)


share = st.floats(0, 1)


@given(
    row=st.tuples(share, st.floats(0, 1e6), st.floats(0, 1e9)),
    p_none=share,
    value=st.floats(-1e6, 1e9),
    numbers=st.tuples(st.floats(-3, 3), st.floats(0, 3), st.floats(0, 3)),
    horizon=st.integers(1, 3000),
)
@settings(max_examples=200, deadline=None)
def test_whatever_is_forecast_the_count_is_coherent(
    row: tuple[float, float, float],
    p_none: float,
    value: float,
    numbers: tuple[float, float, float],
    horizon: int,
) -> None:
    silent, mean, amount = (np.array([v]) for v in row)
    expected = Purchases(*numbers).expected(
        columns(silent, mean, float(amount[0])), np.array([p_none]), np.array([value]), horizon
    )
    assert 1 - p_none <= expected[0] <= horizon


def test_a_lift_has_bounds() -> None:
    dropout = columns(np.array([0.5]), np.array([0.01]))
    expected = Purchases(0.0, 0.0, 1.0).expected(dropout, np.array([1.0]), np.array([1e9]), 3650)
    assert expected == pytest.approx(0.01 * MOST)


def test_numbers_survive_json() -> None:
    found = fit_purchases(*world(3000, 0.1, 0.4, 0.6))
    assert Purchases.from_dict(json.loads(json.dumps(found.as_dict()))) == found
