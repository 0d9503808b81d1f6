"""Every answer against slow integrals over the latent rates, and against worlds drawn from the story."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import hyperu

from setia import btyd
from setia.btyd import BGNBD, MBGNBD, Model, ParetoNBD
from setia.btyd.beta_geometric import Score as GeometricScore
from setia.btyd.pareto_nbd import _Score as ParetoScore

from .slow import SlowGeometric, SlowPareto, spend_likelihood

HISTORIES = [(0, 0.0, 0.0), (0, 0.0, 30.0), (1, 5.0, 38.0), (3, 30.0, 31.0), (12, 20.0, 38.0)]
PARETO = [(0.55, 10.6, 0.61, 11.7), (1.4, 3.0, 2.5, 30.0), (0.8, 9.0, 1.0, 9.0)]
GEOMETRIC = [(0.24, 4.4, 0.79, 2.43), (1.3, 6.0, 1.6, 0.7)]


def pairs() -> list[tuple[Model, SlowPareto | SlowGeometric]]:
    found: list[tuple[Model, SlowPareto | SlowGeometric]] = [(ParetoNBD(*p, 0.0, True), SlowPareto(*p)) for p in PARETO]
    for p in GEOMETRIC:
        found += [(BGNBD(*p, 0.0, True), SlowGeometric(*p, False))]
        found += [(MBGNBD(*p, 0.0, True), SlowGeometric(*p, True))]
    return found


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("at", range(len(pairs())))
def test_answers_equal_the_integrals(at: int, history: tuple[float, float, float]) -> None:
    model, slow = pairs()[at]
    h, d = 26.0, 0.02
    alive = slow.mean(lambda u, v: slow.alive(u, v, *history))
    both = alive + slow.mean(lambda u, v: slow.dead(u, v, *history))
    bought = slow.mean(lambda u, v: slow.alive(u, v, *history) * slow.purchases(u, v, h))
    silent = slow.mean(lambda u, v: slow.alive(u, v, *history) * slow.none(u, v, h))
    worth = slow.mean(lambda u, v: slow.alive(u, v, *history) * slow.discounted(u, v, h, d))
    assert model.p_alive(*history)[0] == pytest.approx(alive / both, rel=1e-6)
    assert model.expected_purchases(h, *history)[0] == pytest.approx(bought / both, rel=1e-6)
    assert model.p_none(h, *history)[0] == pytest.approx(1 - (alive - silent) / both, rel=1e-6)
    assert model.dert(h, d, *history)[0] == pytest.approx(worth / both, rel=1e-6)


@pytest.mark.parametrize("at", range(len(pairs())))
def test_log_likelihood_equals_the_integral(at: int) -> None:
    model, slow = pairs()[at]
    counts, _ = btyd.compress(*np.array(HISTORIES).T)
    value, _ = score(model, counts)
    expected = [slow.mean(lambda u, v, k=k: slow.alive(u, v, *k) + slow.dead(u, v, *k)) for k in HISTORIES]
    assert value == pytest.approx(np.log(expected).sum(), rel=1e-7)


def score(model: Model, counts: btyd.Counts, step: np.ndarray | None = None) -> tuple[float, np.ndarray]:
    step = np.zeros(4) if step is None else step
    if isinstance(model, ParetoNBD):
        return ParetoScore(counts, 1.0)(np.log([model.r, model.alpha, model.s, model.beta]) + step)
    assert isinstance(model, BGNBD | MBGNBD)
    theta = np.log([model.r, model.alpha, model.a, model.b]) + step
    return GeometricScore(counts, 1.0, model.leaves_at_first)(theta)


@pytest.mark.parametrize("at", range(len(pairs())))
def test_gradients_equal_finite_differences(at: int) -> None:
    model, _ = pairs()[at]
    counts, _ = btyd.compress([0, 0, 1, 3, 40], [0, 0, 5, 30, 31], [0, 30, 38, 31, 400])
    _, gradient = score(model, counts)
    for i, step in enumerate(np.eye(4) * 1e-5):
        slope = (score(model, counts, step)[0] - score(model, counts, -step)[0]) / 2e-5
        assert gradient[i] == pytest.approx(slope, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("r", [0.55, 2.0])
def test_dert_meets_its_closed_form_for_ever(r: float) -> None:
    s, alpha, beta, d = 0.61, 10.6, 11.7, 0.0027
    model = ParetoNBD(r, alpha, s, beta, 0.0, True)
    x, tx, T = np.array([0.0, 2.0, 9.0]), np.array([0.0, 30.0, 20.0]), np.array([38.0, 38.0, 30.0])
    closed = (
        model.p_alive(x, tx, T) * (r + x) / (alpha + T) * (beta + T) ** s * d ** (s - 1) * hyperu(s, s, d * (beta + T))
    )
    assert model.dert(20_000.0, d, x, tx, T) == pytest.approx(closed, rel=1e-6)


@pytest.mark.parametrize("kind", ["pareto_nbd", "bg_nbd", "mbg_nbd"])
def test_silence_ahead_matches_a_drawn_world(kind: str) -> None:
    """P(no purchase) against customers drawn from the model, grouped by the forecast itself."""
    rng = np.random.default_rng(7)
    n, T, h = 120_000, 40.0, 20.0
    rate = rng.gamma(0.6, 1 / 6.0, n)
    if kind == "pareto_nbd":
        model: Model = ParetoNBD(0.6, 6.0, 0.7, 12.0, 0.0, True)
        life = rng.exponential(1.0, n) / rng.gamma(0.7, 1 / 12.0, n)
        cap = np.full(n, np.inf)
    else:
        first = kind == "mbg_nbd"
        model = (MBGNBD if first else BGNBD)(0.6, 6.0, 0.9, 2.0, 0.0, True)
        cap = rng.geometric(np.clip(rng.beta(0.9, 2.0, n), 1e-12, 1)).astype(float) - first
        life = np.full(n, np.inf)
    x, tx, ahead = np.zeros(n), np.zeros(n), np.zeros(n)
    at, bought = np.zeros(n), np.zeros(n)
    active = np.arange(n)
    while len(active):
        at[active] += rng.exponential(1.0, len(active)) / rate[active]
        active = active[(at[active] < np.minimum(life[active], T + h)) & (bought[active] < cap[active])]
        bought[active] += 1
        past = active[at[active] <= T]
        x[past] += 1
        tx[past] = at[past]
        ahead[active[at[active] > T]] += 1
    forecast = model.p_none(h, x, tx, np.full(n, T))
    naive = np.exp(-model.expected_purchases(h, x, tx, np.full(n, T)))
    for part in np.array_split(np.argsort(forecast, kind="stable"), 10):
        error = abs((ahead[part] == 0).mean() - forecast[part].mean())
        assert error < 4.5 * np.sqrt(0.25 / len(part))
    assert abs((ahead == 0).mean() - forecast.mean()) < 0.005
    assert naive.mean() < forecast.mean()  # Jensen: exp(-expected) is always too sure of a purchase
    mean_error = ahead - model.expected_purchases(h, x, tx, np.full(n, T))
    assert abs(mean_error.mean()) < 4.5 * mean_error.std() / np.sqrt(n)


def test_spend_likelihood_equals_the_integral() -> None:
    x, m = np.array([1.0, 2.0, 7.0]), np.array([12.0, 80.0, 35.0])
    model = btyd.gamma_gamma.fit(x, m)
    each = [np.log(spend_likelihood(model.p, model.q, model.gamma, *row)) for row in zip(x, m, strict=True)]
    assert model.log_likelihood == pytest.approx(sum(each), rel=1e-5)


def test_spend_is_the_mean_over_the_latent_scale() -> None:
    model = btyd.GammaGamma(6.25, 3.74, 15.44, 0.0, True, 0.0)
    assert model.expected_amount(0, 0)[0] == pytest.approx(6.25 * 15.44 / 2.74)
    own = model.expected_amount([1, 10, 100_000], [90.0, 90.0, 90.0])
    assert np.all(np.diff(own) > 0)
    assert own[-1] == pytest.approx(90.0, rel=1e-3)
