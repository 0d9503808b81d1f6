"""The uplift metrics against plain loops, and the laws that they must keep."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from setia.errors import InputError
from setia.metrics import auuc, profit_curve, qini, uplift_curve

Floats = NDArray[np.float64]
AREAS = (auuc, qini)


def campaign(rows: int = 400, seed: int = 0) -> tuple[Floats, Floats, Floats, Floats]:
    """Outcome, treated, score with ties, and chances of treatment that differ; high scores gain, low ones lose."""
    random = np.random.default_rng(seed)
    score = np.round(random.normal(size=rows), 1)
    chance = random.choice([0.3, 0.6, 0.8], size=rows)
    treated = (random.random(rows) < chance).astype(float)
    return random.exponential(5, rows) + 4 * score * treated, treated, score, chance


def plain(y: Floats, t: Floats, score: Floats, chance: Floats) -> tuple[list[float], list[float], list[float]]:
    """Share, height of the uplift curve and of the Qini curve, one customer at a time."""
    everybody = sum(t[i] / chance[i] for i in range(len(y)))
    shares, gains, heights = [0.0], [0.0], [0.0]
    for level in sorted(set(score), reverse=True):
        rows = treated = control = outcome = without = 0.0
        for i in range(len(y)):
            if score[i] >= level:
                rows += 1
                if t[i] == 1:
                    treated += 1 / chance[i]
                    outcome += y[i] / chance[i]
                else:
                    control += 1 / (1 - chance[i])
                    without += y[i] / (1 - chance[i])
        mean_t = outcome / treated if treated else 0.0
        mean_c = without / control if control else 0.0
        shares.append(rows / len(y))
        gains.append(rows / len(y) * (mean_t - mean_c))
        heights.append((outcome - treated * mean_c) / everybody)
    return shares, gains, heights


def area(x: list[float], y: list[float]) -> float:
    return sum((x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2 for i in range(1, len(x)))


@pytest.mark.parametrize("seed", range(3))
def test_curves_and_areas_are_those_of_plain_loops(seed: int) -> None:
    data = campaign(seed=seed)
    shares, gains, heights = plain(*data)
    share, gain = uplift_curve(*data)
    np.testing.assert_allclose(share, shares)
    np.testing.assert_allclose(gain, gains, atol=1e-12)
    assert auuc(*data) == pytest.approx(area(shares, gains))
    assert qini(*data) == pytest.approx(area(shares, heights) - heights[-1] / 2)


def test_a_case_by_hand() -> None:
    """Chances of one half, so all weights are equal: the better half gains 3, the other nothing."""
    y, t, score = [4.0, 1.0, 2.0, 2.0], [1, 0, 1, 0], [2, 2, 1, 1]
    share, gain = uplift_curve(y, t, score, 0.5)
    np.testing.assert_allclose(share, [0, 0.5, 1])
    np.testing.assert_allclose(gain, [0, 1.5, 1.5])
    assert auuc(y, t, score, 0.5) == pytest.approx(0.375 + 0.75)
    assert qini(y, t, score, 0.5) == pytest.approx(0.375)
    share, profit = profit_curve(y, t, score, 0.5, value_per_outcome=0.4, contact_cost=0.2)
    np.testing.assert_allclose(profit, [0, 0.5, 0.4])


@pytest.mark.parametrize("metric", AREAS)
def test_the_right_order_is_good_and_the_wrong_one_bad(metric: Any) -> None:
    y, t, score, chance = campaign(4000)
    nothing = metric(y, t, np.zeros_like(score), chance)
    assert metric(y, t, -score, chance) < nothing - 0.5 < nothing + 0.5 < metric(y, t, score, chance)


def test_one_score_for_all_is_chance() -> None:
    y, t, score, chance = campaign()
    flat = np.zeros_like(score)
    assert qini(y, t, flat, chance) == pytest.approx(0, abs=1e-12)
    assert auuc(y, t, flat, chance) == pytest.approx(uplift_curve(y, t, score, chance)[1][-1] / 2)


@pytest.mark.parametrize("metric", AREAS)
def test_the_order_of_the_rows_does_not_matter(metric: Any) -> None:
    data = campaign()
    shuffled = np.random.default_rng(1).permutation(len(data[0]))
    assert metric(*(column[shuffled] for column in data)) == pytest.approx(metric(*data))


@pytest.mark.parametrize("metric", AREAS)
def test_a_weight_is_a_repetition(metric: Any) -> None:
    data = campaign()
    times = np.random.default_rng(2).integers(0, 4, len(data[0]))
    assert metric(*data, weight=times) == pytest.approx(metric(*(np.repeat(column, times) for column in data)))


def test_profit_takes_weights_too() -> None:
    data = campaign()
    times = np.random.default_rng(2).integers(1, 4, len(data[0]))
    share, profit = profit_curve(*data, 0.3, 0.5, weight=times)
    repeated = profit_curve(*(np.repeat(column, times) for column in data), 0.3, 0.5)
    np.testing.assert_allclose(share, repeated[0])
    np.testing.assert_allclose(profit, repeated[1], atol=1e-12)


def test_unequal_chances_do_not_bias_the_mean_effect() -> None:
    """Those who would buy anyway were contacted more often; the contact itself does nothing."""
    random = np.random.default_rng(3)
    loyal = random.random(60_000) < 0.5
    chance = np.where(loyal, 0.8, 0.3)
    treated = random.random(60_000) < chance
    y = (random.random(60_000) < np.where(loyal, 0.6, 0.1)).astype(float)
    assert abs(uplift_curve(y, treated, loyal, chance)[1][-1]) < 0.01
    assert uplift_curve(y, treated, loyal, treated.mean())[1][-1] > 0.2


@pytest.mark.parametrize("metric", AREAS)
def test_without_an_arm_there_is_no_figure(metric: Any) -> None:
    y, _, score, chance = campaign()
    assert np.isnan(metric(y, np.ones_like(y), score, chance))
    assert np.isnan(metric(y, np.zeros_like(y), score, chance))


@pytest.mark.parametrize("chance", [0.0, 1.0, float("nan")])
def test_a_chance_that_is_none_is_refused(chance: float) -> None:
    y, t, score, _ = campaign()
    with pytest.raises(InputError, match="between 0 and 1"):
        qini(y, t, score, chance)
