"""Thin, odd and heavy logs: finite numbers, or a sentence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setia import btyd
from setia.btyd.draws import draw_purchases
from setia.errors import InputError

FITTED = {
    "pareto_nbd": btyd.ParetoNBD(0.55, 10.6, 0.61, 11.7, 0.0, True),
    "bg_nbd": btyd.BGNBD(0.24, 4.4, 0.79, 2.43, 0.0, True),
    "mbg_nbd": btyd.MBGNBD(0.52, 6.2, 0.89, 1.6, 0.0, True),
}

THIN = {
    "one customer, one purchase": ([0], [0], [30]),
    "one customer": ([4], [20], [30]),
    "bought today": ([0], [0], [0]),
    "all bought today": ([0, 0, 0], [0, 0, 0], [0, 0, 0]),
    "nobody returned": ([0] * 50, [0] * 50, list(range(50))),
    "all alike": ([3] * 40, [21] * 40, [30] * 40),
    "all as busy as can be": ([365] * 30, [365] * 30, [365] * 30),
    "heavy and light": ([9000, 0, 0, 1], [720, 0, 0, 3], [721, 700, 3, 400]),
    "nobody ever leaves": (list(range(10, 60)), [99] * 50, [100] * 50),
    "all left at once": ([1] * 50, [1] * 50, [1000] * 50),
}


@pytest.mark.parametrize("name", btyd.FITS)
@pytest.mark.parametrize("log", THIN)
def test_thin_logs_give_finite_numbers(log: str, name: str) -> None:
    counts, index = btyd.compress(*THIN[log])
    model = btyd.FITS[name](counts)
    history = (counts.frequency, counts.recency, counts.T)
    assert np.isfinite(model.log_likelihood)
    for horizon in (1.0, 365.0, 3650.0):
        expected, none = model.expected_purchases(horizon, *history), model.p_none(horizon, *history)
        assert np.all(np.isfinite(expected) & (expected >= 0))
        assert np.all((none >= 0) & (none <= 1))
        assert np.all(none + expected >= 1 - 1e-9)  # Markov: P(any) <= E
        present = model.dert(horizon, 0.0003, *history)
        assert np.all((present <= expected * (1 + 1e-9)) & (present >= 0))
    alive = model.p_alive(*history)[index]
    assert np.all((alive >= 0) & (alive <= 1))
    assert len(alive) == len(THIN[log][0])


history = st.tuples(
    st.integers(0, 20_000), st.floats(0, 1), st.floats(0, 1e4), st.floats(0.1, 1e4), st.floats(1e-5, 0.1)
)


@pytest.mark.parametrize("name", FITTED)
@settings(max_examples=30, deadline=None)
@given(case=history)
def test_forecasts_are_coherent(name: str, case: tuple[int, float, float, float, float]) -> None:
    x, share, T, horizon, rate = case
    model, tx = FITTED[name], share * T if x else 0.0
    at = (x, tx, T)
    expected, none = model.expected_purchases([horizon, 2 * horizon], *at), model.p_none([horizon, 2 * horizon], *at)
    assert np.all(np.isfinite(expected))
    assert expected[0] <= expected[1] * (1 + 1e-9) + 1e-300
    assert 0 <= none[1] <= none[0] * (1 + 1e-9) <= 1 + 1e-8
    assert 1 - none[0] <= expected[0] + 1e-9
    assert none[1] >= 1 - model.p_alive(*at)[0] - 1e-9
    assert 0 <= model.dert(horizon, rate, *at)[0] <= expected[0] * (1 + 1e-9)
    assert model.dert(horizon, 0.0, *at)[0] == pytest.approx(expected[0])


@pytest.mark.parametrize("name", FITTED)
def test_a_horizon_of_nothing_holds_nothing(name: str) -> None:
    model = FITTED[name]
    assert model.expected_purchases(0.0, 3, 20, 30)[0] == 0
    assert model.p_none(0.0, 3, 20, 30)[0] == pytest.approx(1.0)


def test_one_time_buyers_of_the_bg_nbd_are_always_alive() -> None:
    assert FITTED["bg_nbd"].p_alive(0, 0, 1e6)[0] == 1.0
    assert FITTED["mbg_nbd"].p_alive(0, 0, 1e6)[0] < 0.01


def test_dropout_near_one_is_no_exception() -> None:
    near = [btyd.ParetoNBD(0.6, 8.0, s, 11.0, 0.0, True) for s in (1 - 1e-7, 1.0, 1 + 1e-7)]
    values = [m.expected_purchases(50, 2, 10, 30)[0] for m in near]
    assert values == pytest.approx([values[1]] * 3, rel=1e-6)


@given(
    rows=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=60),
    unit=st.sampled_from([1.0, 1 / 7, 3e7]),
)
@settings(max_examples=50, deadline=None)
def test_compress_loses_nothing(rows: list[tuple[int, int, int]], unit: float) -> None:
    x = np.array([r[0] for r in rows], dtype=float)
    tx = np.where(x > 0, [r[1] for r in rows], 0) * unit
    T = tx + np.array([r[2] for r in rows]) * unit
    counts, index = btyd.compress(x, tx, T)
    assert np.array_equal(counts.frequency[index], x)
    assert np.array_equal(counts.recency[index], tx)
    assert np.array_equal(counts.T[index], T)
    distinct, n = np.unique(np.stack([x, tx, T], axis=1), axis=0, return_counts=True)
    assert np.array_equal(np.stack([counts.frequency, counts.recency, counts.T], axis=1), distinct)
    assert np.array_equal(counts.weight, n)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (([], [], []), "no customer"),
        (([1, 1], [1], [2, 2]), "one length"),
        (([1, -1], [1, 1], [2, 2]), "row 1 with frequency -1"),
        (([1], [3], [2]), "recency 3, T 2"),
        (([np.nan], [0], [2]), "impossible history"),
        (([0], [1], [2]), "frequency 0"),
        (([1], [30.01], [30]), "recency 30.01, T 30;"),
        (([1], [30.0001], [30]), "recency 30.0001, T 30;"),
        (([3, 1.5], [2, 2], [3, 3]), "Row 1 has frequency 1.5"),
    ],
)
def test_impossible_histories_are_told_in_a_sentence(rows: tuple[list, list, list], says: str) -> None:
    with pytest.raises(InputError, match=says):
        btyd.compress(*rows)


def test_a_recency_above_tenure_by_rounding_is_no_fault() -> None:
    counts, index = btyd.compress([1, 1, 1], [30.0000001, 30, 29], [30, 30, 30])
    assert counts.recency.tolist() == [29, 30]
    assert index.tolist() == [1, 1, 0]


@pytest.mark.parametrize("horizon", [-1.0, float("nan"), float("inf"), [30.0, -2.0]])
@pytest.mark.parametrize("name", FITTED)
def test_an_impossible_horizon_is_told_in_a_sentence(name: str, horizon: float | list[float]) -> None:
    model, random = FITTED[name], np.random.default_rng(1)
    answers: list[Callable[[], object]] = [
        lambda: model.expected_purchases(horizon, 3, 20, 30),
        lambda: model.p_none(horizon, 3, 20, 30),
        lambda: model.dert(horizon, 0.001, 3, 20, 30),
        lambda: model.dert_if_alive(horizon, 0.001, 3, 30),
        lambda: model.square_if_alive(horizon, 0.001, 3, 30),
        lambda: model.silence_if_alive(horizon, 3, 30),
        lambda: draw_purchases(model, np.min(horizon), 3, 20, 30, 5, random),
    ]
    for answer in answers:
        with pytest.raises(InputError, match="The horizon must be a finite length of time"):
            answer()


@pytest.mark.parametrize("weight", [[1.0, -1.0], [0.0, 0.0], [1.0], [1.0, np.nan]])
def test_weights_must_be_weights(weight: list[float]) -> None:
    with pytest.raises(InputError, match="Weights"):
        btyd.compress([0, 0], [0, 0], [1, 2], weight)


SPEND = {
    "one customer": ([3], [20.0]),
    "all alike": ([2] * 30, [15.0] * 30),
    "huge spread": ([1, 1, 1, 2], [0.01, 1.0, 100.0, 1e7]),
    "heavy tail": (np.ones(500), np.random.default_rng(1).pareto(0.7, 500) + 1),
    "heavy buyers": ([5000, 8000, 1], [9.0, 11.0, 30.0]),
}


@pytest.mark.parametrize("log", SPEND)
def test_spend_of_thin_logs_is_finite(log: str) -> None:
    x, m = SPEND[log]
    model = btyd.gamma_gamma.fit(x, m)
    amounts = model.expected_amount(np.r_[x, 0, 3], np.r_[m, 0.0, np.nan])
    assert np.all(np.isfinite(amounts) & (amounts > 0))
    assert amounts[-1] == amounts[-2] == pytest.approx(model.population_mean)


def test_spend_without_a_repeat_buyer_is_told_in_a_sentence() -> None:
    with pytest.raises(InputError, match="None of 3 customers"):
        btyd.gamma_gamma.fit([0, 2, 1], [5.0, -3.0, np.nan])


def test_spend_drops_what_it_cannot_use_and_counts_it() -> None:
    x, m = np.array([1, 2, 3, 0, 2, 5]), np.array([10.0, 22.0, 15.0, 9.0, -4.0, np.inf])
    model = btyd.gamma_gamma.fit(x, m)
    assert model.dropped == 3
    assert model.log_likelihood == btyd.gamma_gamma.fit(x[:3], m[:3]).log_likelihood


@pytest.mark.parametrize("name", btyd.FITS)
def test_a_fit_on_many_customers_starts_from_few_and_still_uses_all(name: str) -> None:
    rng = np.random.default_rng(3)
    n = 40_000
    T = rng.integers(10, 60, n).astype(float)
    life = np.minimum(rng.exponential(20.0, n) / rng.gamma(0.8, 1.0, n), T)
    x = rng.poisson(rng.gamma(0.7, 0.2, n) * life).astype(float)
    tx = np.where(x > 0, np.ceil(life * rng.random(n) ** (1 / np.maximum(x, 1))), 0.0)
    counts, _ = btyd.compress(x, np.minimum(tx, T), T)
    assert 2000 < len(counts) < n / 2
    assert len(counts.thin(2000)) <= 2000
    assert counts.thin(2000).customers == pytest.approx(n)
    model = btyd.FITS[name](counts)
    unpenalised = getattr(btyd, name).fit(counts, penalty=0.0)
    assert model.converged
    assert model.log_likelihood == pytest.approx(unpenalised.log_likelihood, abs=0.02)
