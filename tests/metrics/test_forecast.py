"""Every metric against scikit-learn or a plain loop, and the properties that a fair comparison rests on."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from setia import metrics

#: name -> whether its first argument is 0 / 1, not money.
METRICS: dict[str, bool] = {
    "auc": True,
    "average_precision": True,
    "log_loss": True,
    "calibration_error": True,
    "lift_top_decile": True,
    "gini": False,
    "rmse": False,
    "mae": False,
    "bias": False,
    "top_decile_share": False,
}
Array = Any


@st.composite
def cases(draw: st.DrawFn, tied: bool = True, weighted: bool = True) -> tuple[Array, Array, Array, Array]:
    """Draw outcomes, money, forecasts (many alike, if `tied`) and whole weights, some of them zero."""
    size = draw(st.integers(4, 40))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    score = random.integers(1, 6, size) / 7 if tied else random.permutation(size) / size + 0.5 / size
    y = random.integers(0, 2, size).astype(float)
    y[:2] = 0, 1
    value = np.round(random.gamma(0.4, 30, size) * random.integers(0, 2, size) - random.integers(0, 2, size), 2)
    value[2] += 50
    weight = random.integers(0, 4, size).astype(float) if weighted else np.ones(size)
    weight[:3] = np.maximum(weight[:3], 1)
    return y, value, score, weight


def call(name: str, y: Array, value: Array, score: Array, weight: Array = None) -> float:
    function: Callable[..., float] = getattr(metrics, name)
    return function(y if METRICS[name] else value, score, weight)


@pytest.mark.parametrize("name", METRICS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(case=cases())
def test_a_weight_is_a_number_of_copies(name: str, case: tuple[Array, ...]) -> None:
    y, value, score, weight = case
    copies = weight.astype(int)
    expected = call(name, *(np.repeat(each, copies) for each in (y, value, score)))
    assert call(name, y, value, score, weight) == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", METRICS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(case=cases(), seed=st.integers(0, 1000))
def test_the_order_of_the_rows_is_no_matter(name: str, case: tuple[Array, ...], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(case[0]))
    shuffled = call(name, *(each[order] for each in case))
    assert shuffled == pytest.approx(call(name, *case), rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", METRICS)
def test_lists_and_whole_numbers_will_do(name: str) -> None:
    y, value, score = [0, 1, 1, 0, 1], [0, 30, 2, 0, 7], [0.1, 0.7, 0.4, 0.5, 0.9]
    arrays = tuple(np.array(each, dtype=float) for each in (y, value, score))
    assert call(name, y, value, score) == call(name, *arrays)
    assert type(call(name, y, value, score)) is float


@settings(max_examples=60, deadline=None, derandomize=True)
@given(case=cases())
def test_ranking_agrees_with_scikit_learn(case: tuple[Array, ...]) -> None:
    y, _, score, weight = case
    assert metrics.auc(y, score, weight) == pytest.approx(sk.roc_auc_score(y, score, sample_weight=weight))
    expected = sk.average_precision_score(y, score, sample_weight=weight)
    assert metrics.average_precision(y, score, weight) == pytest.approx(expected)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(case=cases())
def test_errors_agree_with_scikit_learn(case: tuple[Array, ...]) -> None:
    y, value, score, weight = case
    assert metrics.log_loss(y, score, weight) == pytest.approx(sk.log_loss(y, score, sample_weight=weight))
    assert metrics.mae(value, score, weight) == pytest.approx(
        sk.mean_absolute_error(value, score, sample_weight=weight)
    )
    expected = sk.root_mean_squared_error(value, score, sample_weight=weight)
    assert metrics.rmse(value, score, weight) == pytest.approx(expected)


def test_one_wrong_certainty_costs_much_but_not_infinity() -> None:
    assert metrics.log_loss([0, 1], [1.0, 1.0]) == pytest.approx(-math.log(metrics.CLIP) / 2, rel=1e-3)


def plain_gini(value: Array, score: Array, weight: Array) -> float:
    """Copy each row as often as it weighs; twice the area between the curve of held value and the diagonal."""
    rows = [(s, v) for s, v, w in zip(score, value, weight, strict=True) for _ in range(int(w))]

    def area(key: Callable[[tuple[float, float]], float]) -> float:
        # Rows of equal rank share what they hold: the curve is a straight line over them.
        total, held, found = sum(v for _, v in rows), 0.0, 0.0
        for rank in sorted({key(row) for row in rows}, reverse=True):
            alike = [v for s, v in rows if key((s, v)) == rank]
            found += len(alike) * (held + sum(alike) / 2)
            held += sum(alike)
        return found / total / len(rows) - 0.5

    return area(lambda row: row[0]) / area(lambda row: row[1])


@settings(max_examples=80, deadline=None, derandomize=True)
@given(case=cases())
def test_gini_is_that_of_plain_loops(case: tuple[Array, ...]) -> None:
    _, value, score, weight = case
    if abs(np.sum(value * weight)) < 1e-6:
        return
    assert metrics.gini(value, score, weight) == pytest.approx(plain_gini(value, score, weight), rel=1e-9, abs=1e-9)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(case=cases(tied=False, weighted=False))
def test_gini_knows_the_best_and_the_worst_order(case: tuple[Array, ...]) -> None:
    value = np.abs(case[1])
    assert metrics.gini(value, value) == pytest.approx(1)
    assert metrics.gini(value, -value) == pytest.approx(-1)
    assert metrics.gini(value, np.zeros(len(value))) == pytest.approx(0, abs=1e-12)
    assert -1 - 1e-9 <= metrics.gini(value, case[2]) <= 1 + 1e-9


def plain_calibration(y: Array, p: Array, bins: int) -> float:
    """Ten bins of equal count where no two forecasts are alike and the count divides by ten."""
    order = sorted(range(len(p)), key=lambda i: p[i])
    size, gap = len(p) // bins, 0.0
    for b in range(bins):
        inside = order[b * size : (b + 1) * size]
        gap += abs(sum(y[i] - p[i] for i in inside))
    return gap / len(p)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 1000))
def test_calibration_error_is_that_of_plain_loops(seed: int) -> None:
    random = np.random.default_rng(seed)
    p = random.permutation(200) / 200 + 0.002
    y = (random.random(200) < p**2).astype(float)
    assert metrics.calibration_error(y, p) == pytest.approx(plain_calibration(y, p, 10))
    assert metrics.calibration_error(y, p, bins=4) == pytest.approx(plain_calibration(y, p, 4))


def test_one_forecast_for_all_is_off_by_its_distance_from_the_rate() -> None:
    y = [1] * 30 + [0] * 70
    assert metrics.calibration_error(y, [0.3] * 100) == pytest.approx(0)
    assert metrics.calibration_error(y, [0.45] * 100) == pytest.approx(0.15)


def test_the_top_tenth_holds_what_it_holds() -> None:
    value = np.array([50.0, 40, 5, 5] + [0.0] * 16)
    score = -np.arange(20.0)
    assert metrics.top_decile_share(value, score) == pytest.approx(0.9)
    assert metrics.lift_top_decile((value > 0).astype(float), score) == pytest.approx(2 / 20 / 0.1 / (4 / 20) * 1)
    # a tenth of 15 rows is one row and a half
    assert metrics.top_decile_share(value[:15], score[:15]) == pytest.approx((50 + 20) / 100)
    # rows that are told alike share what they hold
    assert metrics.top_decile_share(value, np.zeros(20)) == pytest.approx(0.1)
    assert metrics.lift_top_decile((value > 0).astype(float), np.zeros(20)) == pytest.approx(1)


def test_bias_is_a_share_of_what_came() -> None:
    assert metrics.bias([10, 30], [11, 33]) == pytest.approx(0.1)
    assert metrics.bias([10, 30], [0, 0]) == -1
    assert metrics.bias([10, 30], [20, 30], [1, 0]) == pytest.approx(1)


@pytest.mark.parametrize("name", ["auc", "average_precision", "lift_top_decile", "gini", "top_decile_share", "bias"])
def test_where_nothing_happened_there_is_no_figure(name: str) -> None:
    nothing = np.zeros(12)
    assert math.isnan(call(name, nothing, nothing, np.arange(12.0)))


def test_where_all_left_there_is_no_order_to_find() -> None:
    assert math.isnan(metrics.auc(np.ones(5), np.arange(5.0)))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(case=cases(), level=st.sampled_from([0.5, 0.8, 0.95]))
def test_interval_figures_are_those_of_plain_loops(case: tuple[Array, ...], level: float) -> None:
    _, value, score, weight = case
    low, high = 10 * score - 5, 40 * score - 5
    inside = cost = rows = 0.0
    for v, a, b, w in zip(value, low, high, weight, strict=True):
        rows += w
        inside += w * (a <= v <= b)
        cost += w * (b - a + 2 / (1 - level) * ((a - v) if v < a else (v - b) if v > b else 0))
    assert metrics.coverage(value, low, high, weight) == pytest.approx(inside / rows)
    assert metrics.interval_score(value, low, high, weight, level=level) == pytest.approx(cost / rows)


def test_the_true_quantiles_have_the_least_interval_score() -> None:
    value = np.linspace(0, 1, 2001)
    best = metrics.interval_score(value, np.full(2001, 0.1), np.full(2001, 0.9))
    for low, high in ((0.05, 0.9), (0.15, 0.9), (0.1, 0.85), (0.1, 0.95), (0.0, 1.0)):
        assert metrics.interval_score(value, np.full(2001, low), np.full(2001, high)) > best
    assert metrics.coverage([0, 0, 3], [0, 0, 0], [0, 1, 2]) == pytest.approx(2 / 3)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(case=cases(), seed=st.integers(0, 1000))
def test_the_distance_from_uniform_is_that_of_scipy(case: tuple[Array, ...], seed: int) -> None:
    from scipy.stats import kstest

    for pit in (case[2], np.random.default_rng(seed).random(len(case[2]))):
        copies = np.repeat(pit, case[3].astype(int))
        assert metrics.pit_ks(pit, case[3]) == pytest.approx(kstest(copies, "uniform").statistic)
        assert metrics.pit_ks(pit) == pytest.approx(kstest(pit, "uniform").statistic)


def test_a_forecast_that_is_always_too_low_is_as_far_from_uniform_as_can_be() -> None:
    assert metrics.pit_ks([1.0, 1.0, 1.0]) == pytest.approx(1)
    assert metrics.pit_ks([0.125, 0.375, 0.625, 0.875]) == pytest.approx(0.125)
