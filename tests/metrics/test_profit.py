"""Profit of a retention campaign: against brute force, by hand, and what must never change a figure."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import integrate, stats

from setia.errors import InputError
from setia.metrics import best_depth, campaign_curve, campaign_profit, empc, mpc

Floats = NDArray[np.float64]
CLV, OFFER, CONTACT = 200.0, 0.05, 0.005


def brute(y: Floats, p: Floats, w: Floats, gamma: float) -> tuple[float, float]:
    """Try every threshold, one at a time."""
    best = (0.0, 0.0)
    for least in sorted(set(p.tolist()), reverse=True):
        hit = p >= least
        leavers, others = (w * hit * y).sum() / w.sum(), (w * hit * (1 - y)).sum() / w.sum()
        profit = CLV * ((gamma * (1 - OFFER) - CONTACT) * leavers - (OFFER + CONTACT) * others)
        best = max(best, (float(profit), float(leavers + others)), key=lambda one: one[0])
    return best


def customers(seed: int, n: int = 40, ties: bool = True) -> tuple[Floats, Floats, Floats]:
    rng = np.random.default_rng(seed)
    p = rng.random(n)
    y = (rng.random(n) < p).astype(float)
    return y, np.round(p, 1) if ties else p, rng.integers(0, 4, n).astype(float)


def test_two_customers_by_hand() -> None:
    # one leaver of two is found: 200 x (0.3 x 0.95 - 0.005) / 2 = 28; the other would cost 200 x 0.055 / 2 = 5.5
    found = mpc([1, 0], [0.9, 0.1])
    assert found.value == pytest.approx(28.0)
    assert found.fraction == 0.5
    # the wrong way round both are contacted
    found = mpc([1, 0], [0.1, 0.9])
    assert found.value == pytest.approx(22.5)
    assert found.fraction == 1.0
    # a perfect order takes the leaver at every gamma that pays: nearly all of E[gamma] = 0.3
    assert empc([1, 0], [0.9, 0.1]).value == pytest.approx(28.0, abs=0.01)


@pytest.mark.parametrize("seed", range(6))
def test_mpc_is_the_best_of_all_thresholds(seed: int) -> None:
    y, p, w = customers(seed)
    for gamma in (0.0, 0.05, 0.3, 1.0):
        found = mpc(y, p, w, keep_chance=gamma)
        assert (found.value, found.fraction) == pytest.approx(brute(y, p, w, gamma))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("alpha", "beta"), [(6.0, 14.0), (2.0, 30.0), (1.0, 1.0)])
def test_empc_is_the_integral_over_gamma(seed: int, alpha: float, beta: float) -> None:
    y, p, w = customers(seed)
    law = stats.beta(alpha, beta)
    middle = law.ppf((np.arange(500) + 0.5) / 500)
    each = np.array([brute(y, p, w, gamma) for gamma in middle])
    found = empc(y, p, w, alpha=alpha, beta=beta)
    assert found.value == pytest.approx(each[:, 0].mean(), rel=2e-3)
    assert found.fraction == pytest.approx(each[:, 1].mean(), abs=5e-3)


def test_empc_agrees_with_quadrature_to_many_digits() -> None:
    y, p, w = customers(9)
    law = stats.beta(6, 14)

    def at(gamma: float) -> float:
        return brute(y, p, w, gamma)[0] * float(law.pdf(gamma))

    wanted = sum(integrate.quad(at, low, low + 0.02, limit=200)[0] for low in np.arange(0, 1, 0.02))
    assert empc(y, p, w).value == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_no_figure_is_below_what_nobody_or_everybody_brings(seed: int) -> None:
    y, p, w = customers(seed)
    rate = float(np.average(y, weights=w))
    everybody = CLV * ((0.3 * (1 - OFFER) - CONTACT) * rate - (OFFER + CONTACT) * (1 - rate))
    assert mpc(y, p, w).value >= max(0.0, everybody) - 1e-12
    assert empc(y, p, w).value >= max(0.0, everybody) - 1e-12
    # the best threshold for each gamma is no worse than one for the mean of gamma
    assert empc(y, p, w).value >= mpc(y, p, w).value - 1e-12


@pytest.mark.parametrize("ties", [True, False])
def test_only_the_order_of_scores_counts(ties: bool) -> None:
    y, p, w = customers(3, 200, ties)
    shuffled = np.random.default_rng(1).permutation(len(y))
    for metric in (mpc, empc):
        plain = metric(y, p, w)
        for found in (metric(y, np.exp(3 * p) - 7, w), metric(y[shuffled], p[shuffled], w[shuffled])):
            assert (found.value, found.fraction) == pytest.approx((plain.value, plain.fraction))


def test_weights_count_customers() -> None:
    y, p, w = customers(4)
    times = w.astype(int)
    for metric in (mpc, empc):
        once = metric(np.repeat(y, times), np.repeat(p, times))
        counted = metric(y, p, w)
        assert (counted.value, counted.fraction) == pytest.approx((once.value, once.fraction))


def test_equal_scores_are_all_or_nobody() -> None:
    y = np.array([1.0, 0.0, 0.0, 0.0])
    assert mpc(y, np.full(4, 0.5)).fraction in (0.0, 1.0)
    assert mpc(y, np.full(4, 0.5)).value == pytest.approx(200 * (0.28 - 0.055 * 3) / 4)


def test_one_class_alone() -> None:
    assert empc([0, 0], [0.2, 0.4]).value == pytest.approx(0.0)
    assert empc([0, 0], [0.2, 0.4]).fraction == pytest.approx(0.0)
    assert mpc([1, 1], [0.2, 0.4]).fraction == 1.0


def test_an_offer_that_costs_nothing_goes_to_everybody() -> None:
    found = empc([1, 0, 0], [0.9, 0.5, 0.1], offer_share=0.0, contact_share=0.0)
    assert found.value == pytest.approx(200 * 0.3 / 3)


def test_settings_no_campaign_can_have() -> None:
    for wrong in ({"clv": 0.0}, {"offer_share": 1.0}, {"contact_share": -1.0}, {"keep_chance": 1.1}):
        with pytest.raises(InputError):
            mpc([1, 0], [0.5, 0.2], **wrong)
    with pytest.raises(InputError):
        empc([1, 0], [0.5, 0.2], alpha=0.0)


def test_a_campaign_by_hand() -> None:
    y, value, score = [1, 0, 1, 0], [100.0, 50.0, 20.0, 80.0], [4.0, 3.0, 2.0, 1.0]
    # 0.5 x 90 - 1 = 44; -10 x 0.2 - 1 = -3; 0.5 x 10 - 1 = 4; -3
    share, profit = campaign_curve(y, value, score, offer_cost=10, contact_cost=1, keep_chance=0.5, take_rate=0.2)
    assert share == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert profit == pytest.approx(np.array([0, 44, 41, 45, 42]) / 4)
    assert best_depth(share, profit).fraction == 0.75
    assert best_depth(share, profit).value == pytest.approx(45 / 4)
    assert campaign_profit(share, profit, 0.375) == pytest.approx((44 - 1.5) / 4)
    with pytest.raises(InputError):
        campaign_profit(share, profit, 1.5)


def test_a_campaign_with_equal_customers_is_that_of_mpc() -> None:
    y, p, w = customers(5)
    share, profit = campaign_curve(
        y, np.full(len(y), CLV), p, w, offer_cost=CLV * OFFER, contact_cost=CLV * CONTACT, keep_chance=0.3
    )
    best, wanted = best_depth(share, profit), mpc(y, p, w)
    assert (best.value, best.fraction) == pytest.approx((wanted.value, wanted.fraction))


def test_the_own_expected_profit_is_the_best_order() -> None:
    rng = np.random.default_rng(2)
    y, value = (rng.random(300) < 0.3).astype(float), rng.gamma(1.0, 50.0, 300)
    keep = rng.random(300)
    own = y * keep * (value - 5) - (1 - y) * 5 * 0.5 - 0.5

    def most(score: Floats) -> float:
        curve = campaign_curve(y, value, score, offer_cost=5, contact_cost=0.5, keep_chance=keep, take_rate=0.5)
        return best_depth(*curve).value

    assert most(own) == pytest.approx(np.maximum(own, 0).sum() / 300)
    assert most(own) >= most(value) >= 0
    assert most(-own) >= 0
