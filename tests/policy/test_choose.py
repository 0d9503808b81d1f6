"""Whom to contact: nobody at a loss, never above the limits, the best first, and a budget filled well."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setia.errors import InputError
from setia.policy import Expected, Limits, choose

from .makers import expected_of

PROFITS = st.integers(-20, 40).map(lambda cents: cents / 4)
COSTS = st.integers(1, 40).map(lambda cents: cents / 4)
MANY = st.lists(st.tuples(PROFITS, COSTS), max_size=14)
LIMITS = st.builds(Limits, st.none() | st.integers(1, 60).map(float), st.none() | st.integers(1, 9))


def of(pairs: list[tuple[float, float]]) -> Expected:
    return expected_of([profit for profit, _ in pairs], [cost for _, cost in pairs])


@given(MANY, LIMITS)
def test_limits_are_kept_and_nobody_is_contacted_at_a_loss(pairs: list[tuple[float, float]], limits: Limits) -> None:
    expected = of(pairs)
    chosen = choose(expected, limits)
    assert len(set(chosen.tolist())) == len(chosen)
    assert (expected.profit[chosen] > 0).all()
    assert limits.count is None or len(chosen) <= limits.count
    assert limits.budget is None or expected.cost[chosen].sum() <= limits.budget


@given(MANY, st.none() | st.integers(1, 9))
def test_without_a_budget_all_who_pay_the_best_first(pairs: list[tuple[float, float]], count: int | None) -> None:
    paying = [(-profit, place) for place, (profit, _) in enumerate(pairs) if profit > 0]
    # of equals the first
    assert choose(of(pairs), Limits(count=count)).tolist() == [place for _, place in sorted(paying)][:count]


@given(MANY, st.integers(1, 60))
def test_a_budget_buys_the_most_profit_per_cost_until_it_is_spent(
    pairs: list[tuple[float, float]], budget: int
) -> None:
    ranked = sorted((-profit / cost, place) for place, (profit, cost) in enumerate(pairs) if profit > 0)
    spent, taken = 0.0, []
    for _, place in ranked:
        spent += pairs[place][1]
        if spent > budget:
            break
        taken.append(place)
    assert choose(of(pairs), Limits(float(budget))).tolist() == taken


@given(st.lists(st.tuples(PROFITS, COSTS), max_size=9), st.integers(1, 40))
def test_a_budget_is_filled_best_but_for_one_customer(pairs: list[tuple[float, float]], budget: int) -> None:
    expected = of(pairs)
    ours = expected.profit[choose(expected, Limits(float(budget)))].sum()
    best = max(
        sum(profit for profit, _ in group)
        for size in range(len(pairs) + 1)
        for group in itertools.combinations(pairs, size)
        if sum(cost for _, cost in group) <= budget
    )
    assert ours >= best - max([0.0, *(profit for profit, _ in pairs)]) - 1e-9


@given(st.lists(st.tuples(PROFITS, COSTS), min_size=1, max_size=40), st.integers(1, 80))
def test_by_profit_alone_a_budget_never_brings_a_customer_more(pairs: list[tuple[float, float]], budget: int) -> None:
    expected = of(pairs)
    by_profit = np.argsort(-expected.profit, kind="stable")
    fits = (np.cumsum(expected.cost[by_profit]) <= budget) & (expected.profit[by_profit] > 0)
    ours = expected.profit[choose(expected, Limits(float(budget)))].sum()
    assert ours >= expected.profit[by_profit[fits]].sum() - max(expected.profit.max(), 0.0) - 1e-9


def test_a_budget_prefers_two_cheap_customers_to_one_dear() -> None:
    expected = expected_of([10.0, 6.0, 6.0], [10.0, 5.0, 5.0])
    assert choose(expected, Limits(budget=10.0)).tolist() == [1, 2]
    assert choose(expected, Limits(count=2)).tolist() == [0, 1]
    assert choose(expected, Limits(budget=10.0, count=1)).tolist() == [1]


def test_a_budget_may_be_spent_to_the_last_cent() -> None:
    assert choose(expected_of([3.0, 2.0, 1.0]), Limits(budget=2.0)).tolist() == [0, 1]
    assert choose(expected_of([3.0, 2.0, 1.0]), Limits(budget=1.999)).tolist() == [0]


def test_who_costs_nothing_comes_first_and_who_is_not_known_not_at_all() -> None:
    expected = expected_of([1.0, np.nan, 9.0, 0.0, -1.0], [0.0, 1.0, 1.0, 0.0, 0.0])
    assert choose(expected, Limits(budget=1.0)).tolist() == [0, 2]
    assert choose(expected, Limits()).tolist() == [2, 0]
    assert choose(expected_of([]), Limits(budget=1.0)).tolist() == []


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"budget": 0.0}, r"act.budget=0.0 must be above 0; leave it out"),
        ({"budget": -1.0}, r"act.budget=-1.0 must be above 0"),
        ({"budget": float("nan")}, r"act.budget=nan must be above 0"),
        ({"count": 0}, r"act.count=0 must be at least 1"),
    ],
)
def test_limits_that_mean_nothing_are_refused(limits: dict[str, float], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Limits(**limits)
