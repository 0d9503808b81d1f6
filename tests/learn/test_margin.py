"""A customer's own margin: against a plain loop, between the base's and their own, and the bounds of a profit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from makers import made_up_panel

from setia.learn.clv import Lifetime
from setia.learn.margin import PROFIT, SPEND, Margin, fit_margin
from setia.panel import Panel

NAMES = (*SPEND, *PROFIT)


def priced(differ: bool, seed: int = 0, customers: int = 400) -> Panel:
    """Rows with a past of their own; margins differ between customers, or are the base's for all."""
    random = np.random.default_rng(seed)
    panel = made_up_panel(customers, cutoffs=(100, 130))
    own = np.tile(random.normal(0.2, 0.3, customers) if differ else np.full(customers, 0.2), 2)
    lately = random.gamma(2.0, 30.0, len(panel))
    spend = lately + random.gamma(2.0, 60.0, len(panel))
    noisy = own + random.normal(0.0, 0.3, len(panel))
    X = np.column_stack([spend, lately, spend * noisy, lately * noisy]).astype(np.float32)
    value = np.maximum(panel.value, 0.0)
    profit = value * (own + random.normal(0.0, 0.3, len(panel)))
    return replace(
        panel,
        names=NAMES,
        X=X,
        value=value,
        profit=profit,
        past_profit=spend * own,
        last_profit=lately * own,
    )


def test_the_share_is_what_a_plain_loop_says() -> None:
    panel, margin = priced(differ=True), Margin(0.25, 50.0, 20.0, 0.01, 0.5)
    said = margin.of(panel.X, panel.names)
    for row in range(0, len(panel), 37):
        spend, lately, profit, of_late = (float(v) for v in panel.X[row])
        long = (profit + 50.0 * 0.25) / (spend + 50.0)
        assert said[row] == pytest.approx((of_late + 20.0 * long) / (lately + 20.0), rel=1e-5)


def test_without_a_past_it_is_the_base_s_and_with_much_of_it_ones_own() -> None:
    margin = Margin(0.25, 50.0, 20.0, 0.0, 0.0)
    X = np.array([[0, 0, 0, 0], [1e6, 1e6, -4e5, -4e5], [np.nan] * 4], dtype=np.float32)
    assert margin.of(X, NAMES) == pytest.approx([0.25, -0.4, 0.25], abs=1e-3)


def test_a_once_profitable_customer_can_turn() -> None:
    margin = Margin(0.25, 50.0, 50.0, 0.0, 0.0)
    X = np.array([[2000, 1000, 500, 400], [2000, 1000, 500, -300]], dtype=np.float32)
    steady, turned = margin.of(X, NAMES)
    assert turned < 0 < steady


def test_own_history_counts_where_customers_differ_and_hardly_where_they_do_not() -> None:
    unlike, alike = fit_margin(priced(differ=True)), fit_margin(priced(differ=False))
    assert unlike.long_worth + unlike.recent_worth < alike.long_worth + alike.recent_worth
    for found, panel in ((unlike, priced(True, seed=9)), (alike, priced(False, seed=9))):
        assert panel.profit is not None
        by_base = float(np.mean((panel.profit - found.share * panel.value) ** 2))
        by_own = float(np.mean((panel.profit - found.of(panel.X, panel.names) * panel.value) ** 2))
        assert by_own < by_base * (0.9 if found is unlike else 1.02)


def test_bounds_hold_as_many_profits_as_they_should() -> None:
    panel = priced(differ=True, customers=4000)
    margin = fit_margin(panel)
    rows = panel.rows(panel.value > 0)
    assert rows.profit is not None
    # revenue known for sure: what is left is the margin's own spread
    share = margin.of(rows.X, rows.names)
    lo, hi = margin.bounds(share, rows.value, rows.value, rows.value)
    assert np.mean((rows.profit >= lo) & (rows.profit <= hi)) == pytest.approx(0.8, abs=0.05)


def test_bounds_turn_round_with_a_loss_and_no_revenue_is_no_profit() -> None:
    margin = Margin(0.2, 1.0, 1.0, 0.0, 0.0)
    mean, lo, hi = (np.array([v] * 3, dtype=float) for v in (100.0, 0.0, 250.0))
    share = np.array([0.3, -0.3, 0.0])
    low, high = margin.bounds(share, mean, lo, hi)
    assert low == pytest.approx([0.0, -75.0, 0.0])
    assert high == pytest.approx([75.0, 0.0, 0.0])
    wider = replace(margin, wobble=0.01).bounds(share, mean, np.full(3, 20.0), hi)
    plain = margin.bounds(share, mean, np.full(3, 20.0), hi)
    assert np.all(wider[0] < plain[0])
    assert np.all(wider[1] > plain[1])


def test_a_life_at_a_loss_puts_nothing_at_risk() -> None:
    one = np.array([10.0, 10.0])
    ahead = Lifetime(clv=10 * one, lo=one, hi=20 * one, value_at_risk=2 * one, value_leaving=one, value_gone=one)
    found = Margin(0.2, 1.0, 1.0, 0.0, 0.0).lifetime(ahead, np.array([0.5, -0.5]))
    assert found.clv == pytest.approx([50, -50])
    assert found.value_at_risk == pytest.approx([10, -10])
    assert found.value_leaving == pytest.approx([5, -5])
    assert found.hi[1] < 0 < found.hi[0]  # who surely goes on buying at a loss costs more than they bring
    assert np.all(found.lo <= found.clv)
    assert np.all(found.clv <= found.hi)


def test_it_is_kept_as_plain_numbers() -> None:
    margin = fit_margin(priced(differ=True))
    assert Margin.from_dict(margin.as_dict()) == margin
