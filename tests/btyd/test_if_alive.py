"""What somebody still active may bring: against slow integrals over the latents, and against drawn customers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setia.btyd import BGNBD, MBGNBD, Model, ParetoNBD

from .slow import SlowGeometric, SlowPareto

MODELS: dict[str, tuple[Model, SlowPareto | SlowGeometric]] = {
    "pareto_nbd": (ParetoNBD(0.55, 10.6, 0.61, 11.7, 0.0, True), SlowPareto(0.55, 10.6, 0.61, 11.7)),
    "pareto_nbd, all alike": (ParetoNBD(1.4, 3.0, 25.0, 300.0, 0.0, True), SlowPareto(1.4, 3.0, 25.0, 300.0)),
    "bg_nbd": (BGNBD(0.24, 4.4, 0.79, 2.43, 0.0, True), SlowGeometric(0.24, 4.4, 0.79, 2.43, False)),
    "mbg_nbd": (MBGNBD(1.3, 6.0, 1.6, 0.7, 0.0, True), SlowGeometric(1.3, 6.0, 1.6, 0.7, True)),
}
HISTORIES = [(0, 0.0, 0.0), (0, 0.0, 30.0), (3, 30.0, 31.0), (12, 20.0, 38.0), (30, 37.0, 38.0)]


def twice(decay: np.ndarray, rate: float, h: float) -> np.ndarray:
    """The integral of 2 (1 - exp(-rate t)) / rate exp(-(rate + decay) t) over (0, h)."""
    one, two = decay + rate, decay + 2 * rate
    return 2 / rate * (-np.expm1(-one * h) / one + np.expm1(-two * h) / two)


def slow_square(slow: SlowPareto | SlowGeometric, u: np.ndarray, v: np.ndarray, h: float, d: float) -> np.ndarray:
    if isinstance(slow, SlowPareto):
        return slow.discounted(u, v, h, 2 * d) + u**2 * twice(v, d, h)
    return slow.discounted(u, v, h, 2 * d) + u**2 * (1 - v) * twice(u * v, d, h)


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("h", "d"), [(26.0, 0.02), (156.0, 0.002), (2000.0, 0.01)])
def test_moments_equal_the_integrals(name: str, history: tuple[float, float, float], h: float, d: float) -> None:
    model, slow = MODELS[name]
    x, _, T = history
    alive = slow.mean(lambda u, v: slow.alive(u, v, *history))
    mean = slow.mean(lambda u, v: slow.alive(u, v, *history) * slow.discounted(u, v, h, d)) / alive
    square = slow.mean(lambda u, v: slow.alive(u, v, *history) * slow_square(slow, u, v, h, d)) / alive
    assert model.dert_if_alive(h, d, x, T)[0] == pytest.approx(mean, rel=1e-5)
    assert model.square_if_alive(h, d, x, T)[0] == pytest.approx(square, rel=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_without_discount_the_moments_are_those_of_the_count(name: str) -> None:
    model, slow = MODELS[name]
    x, tx, T = 3, 30.0, 31.0
    nearly = model.square_if_alive([52.0, 0.0], 1e-9, x, T)
    assert model.square_if_alive([52.0, 0.0], 0.0, x, T) == pytest.approx(nearly, rel=1e-6)
    assert nearly[1] == 0.0
    if isinstance(model, ParetoNBD):  # E[N] + E[rate^2] E[min(lifetime, horizon)^2]
        life = slow.mean(
            lambda u, v: slow.alive(u, v, x, tx, T) * (-np.expm1(-52 * v) - 52 * v * np.exp(-52 * v)) / v**2
        )
        lived = 2 * life / slow.mean(lambda u, v: slow.alive(u, v, x, tx, T))
        q = model.r + x
        pairs = q * (q + 1) / (model.alpha + T) ** 2 * lived
        once = model.dert_if_alive(52.0, 0.0, x, T)[0]
        assert model.square_if_alive(52.0, 0.0, x, T)[0] == pytest.approx(once + pairs, rel=1e-6)


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("name", MODELS)
def test_silence_splits_into_the_dead_and_the_living(name: str, history: tuple[float, float, float]) -> None:
    """By total probability: whoever is silent to T + h has the chance p_none, and the p_alive of the later day."""
    model, _ = MODELS[name]
    x, tx, T = history
    none, still = model.silence_if_alive(26.0, x, T)
    alive = model.p_alive(*history)
    silent = 1 - alive * (1 - none)
    assert silent == pytest.approx(model.p_none(26.0, *history), rel=1e-9)
    assert alive * still / silent == pytest.approx(model.p_alive(x, tx, T + 26.0), rel=1e-9)
    assert still <= none


def drawn(name: str, n: int, T: float, until: float) -> tuple[Model, list[np.ndarray]]:
    """Draw customers from a model's story; return the days of each one's repeat purchases up to `until`."""
    rng = np.random.default_rng(11)
    rate = rng.gamma(0.9, 1 / 6.0, n)
    if name == "pareto_nbd":
        model: Model = ParetoNBD(0.9, 6.0, 1.2, 30.0, 0.0, True)
        life, cap = rng.exponential(1.0, n) / rng.gamma(1.2, 1 / 30.0, n), np.full(n, np.inf)
    else:
        model = MBGNBD(0.9, 6.0, 0.9, 6.0, 0.0, True)
        life, cap = np.full(n, np.inf), rng.geometric(rng.beta(0.9, 6.0, n)).astype(float) - 1
    at, times, active, step = np.zeros(n), [], np.arange(n), 0
    while len(active):
        at[active] += rng.exponential(1.0, len(active)) / rate[active]
        active = active[(at[active] < np.minimum(life[active], until)) & (step < cap[active])]
        step += 1
        row = np.full(n, np.nan)
        row[active] = at[active]
        times.append(row)
    return model, times


@pytest.mark.parametrize("name", ["pareto_nbd", "mbg_nbd"])
def test_moments_and_the_silent_match_drawn_customers(name: str) -> None:
    n, T, h, H, d = 60_000, 40.0, 15.0, 80.0, 0.01
    model, times = drawn(name, n, T, T + H)
    stack = np.stack(times)
    x = (stack <= T).sum(axis=0).astype(float)
    tx = np.nan_to_num(np.where(stack <= T, stack, 0.0)).max(axis=0)
    discounts = np.where(stack > T, np.exp(-d * (stack - T)), 0.0)
    z = np.nan_to_num(discounts).sum(axis=0)
    alive = model.p_alive(x, tx, T)
    distinct, index = np.unique(x, return_inverse=True)  # all have the same T
    for moment, came in ((model.dert_if_alive, z), (model.square_if_alive, z**2)):
        forecast = alive * moment(H, d, distinct, T)[index]
        miss = came - forecast
        for part in np.array_split(np.argsort(forecast, kind="stable"), 5):
            assert abs(miss[part].mean()) < 4 * miss[part].std() / np.sqrt(len(part))
    silent = ~((stack > T) & (stack <= T + h)).any(axis=0)
    ahead = model.dert_if_alive(H - h, d, distinct, T + h)[index]
    miss = (z - np.exp(-d * h) * model.p_alive(x, tx, T + h) * ahead)[silent]
    assert abs(miss.mean()) < 4 * miss.std() / np.sqrt(silent.sum())


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=30, deadline=None)
@given(
    x=st.integers(0, 20_000),
    T=st.floats(0, 1e4),
    h=st.floats(0.01, 1e4),
    d=st.floats(0.0, 0.1),
)
def test_moments_are_coherent(name: str, x: int, T: float, h: float, d: float) -> None:
    model, _ = MODELS[name]
    mean, square = model.dert_if_alive([h, 2 * h], d, x, T), model.square_if_alive([h, 2 * h], d, x, T)
    assert np.all(np.isfinite(square))
    assert np.all(square >= mean**2 * (1 - 1e-4))  # Jensen
    assert square[0] <= square[1] * (1 + 1e-4)
    none, still = model.silence_if_alive(h, x, T)
    assert 0 <= still[0] <= none[0] * (1 + 1e-9) <= 1 + 1e-8
