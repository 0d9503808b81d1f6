"""Draws of the future: their means and their zeros are what the models say in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setia.btyd import BGNBD, MBGNBD, GammaGamma, ParetoNBD
from setia.btyd import draws as draws_of
from setia.btyd.draws import draw_purchases, draw_value, value_interval

MODELS = [
    ParetoNBD(0.55, 70.0, 0.6, 80.0, 0.0, True),
    BGNBD(0.25, 30.0, 0.8, 2.4, 0.0, True),
    MBGNBD(0.5, 40.0, 0.7, 1.8, 0.0, True),
]
AMOUNTS = GammaGamma(6.25, 3.74, 15.44, 0.0, True, 0.0)
X = np.array([0.0, 0.0, 1.0, 3.0, 12.0, 60.0])
TX = np.array([0.0, 0.0, 30.0, 150.0, 190.0, 199.0])
T = np.array([0.0, 200.0, 200.0, 200.0, 200.0, 200.0])
MEAN = np.array([np.nan, 0.0, 20.0, 35.0, 10.0, 60.0])
DRAWS = 20_000


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_the_draws_of_purchases_are_those_of_the_model(model: ParetoNBD) -> None:
    drawn = draw_purchases(model, 60, X, TX, T, DRAWS, np.random.default_rng(1))
    assert drawn.shape == (DRAWS, len(X))
    error = drawn.std(axis=0) / np.sqrt(DRAWS)
    assert np.all(np.abs(drawn.mean(axis=0) - model.expected_purchases(60, X, TX, T)) < 4 * error + 1e-9)
    silent = model.p_none(60, X, TX, T)
    assert (drawn == 0).mean(axis=0) == pytest.approx(silent, abs=4 * 0.5 / np.sqrt(DRAWS))


def test_the_draws_of_value_are_those_of_the_spend_model() -> None:
    random = np.random.default_rng(2)
    purchases = np.tile(np.array([0.0, 1.0, 2.0, 5.0, 1.0, 9.0]), (DRAWS, 1))
    value = draw_value(AMOUNTS, purchases, X, MEAN, random)
    assert np.all(value[:, 0] == 0)
    expected = purchases[0] * AMOUNTS.expected_amount(X, MEAN)
    assert value.mean(axis=0) == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_the_interval_holds_its_share_of_what_the_model_draws(model: ParetoNBD) -> None:
    """Asked about its own world, the interval covers what it says: at least, for counts come in steps."""
    random = np.random.default_rng(3)
    rates = np.random.default_rng(4).integers(0, 200, 400)
    x, t = np.full(400, 30.0), np.full(400, 200.0)
    tx = 200.0 - rates / 20
    lo, hi = value_interval(model, AMOUNTS, 60, x, tx, t, np.full(400, 20.0), draws=400, seed=5)
    future = draw_value(AMOUNTS, draw_purchases(model, 60, x, tx, t, 50, random), x, np.full(400, 20.0), random)
    inside = ((future >= lo) & (future <= hi)).mean()
    assert inside == pytest.approx(0.8, abs=0.03)


def test_the_same_seed_gives_the_same_interval_and_batches_are_no_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    one = value_interval(MODELS[0], None, 60, X, TX, T, seed=6)
    assert np.array_equal(one, value_interval(MODELS[0], None, 60, X, TX, T, seed=6))
    monkeypatch.setattr(draws_of, "BATCH", 2)
    many = value_interval(MODELS[0], None, 60, X, TX, T, seed=6, draws=4000)
    assert np.abs(many[1] - one[1]).max() <= 2


@given(
    frequency=st.integers(0, 3000),
    share=st.floats(0, 1),
    tenure=st.integers(0, 4000),
    horizon=st.integers(1, 400),
    model=st.sampled_from(MODELS),
)
def test_any_customer_gets_a_finite_interval(
    frequency: int, share: float, tenure: int, horizon: int, model: ParetoNBD
) -> None:
    recency = share * tenure if frequency else 0.0
    lo, hi = value_interval(model, AMOUNTS, horizon, frequency, recency, tenure, 25.0, draws=20)
    assert np.isfinite(lo[0])
    assert np.isfinite(hi[0])
    assert 0 <= lo[0] <= hi[0]
