"""From an appraisal to members: budget and count are of the contacted alone, and some are left alone by lot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy.makers import expected_of, stakes_of

from setia.act.plan import UNPROVEN, Chosen, plan
from setia.act.settings import ActSettings
from setia.campaign import detectable, recommended_share
from setia.errors import InputError
from setia.policy import Expected


def planned(
    expected: Expected, seed: int = 0, name: str = "spring", p_none: float = 0.4, **asked: Any
) -> Chosen | None:
    """Plan a campaign among every second customer of a base."""
    n = len(expected.profit)
    stakes = stakes_of(2 * n, seed=n, p_none=np.full(2 * n, p_none))
    return plan(ActSettings(**asked), stakes, np.arange(1, 2 * n, 2), expected, name, seed)


def some(n: int = 300, seed: int = 0) -> Expected:
    """Customers of whom about six in ten pay, at costs of their own."""
    random = np.random.default_rng(seed)
    return expected_of(random.normal(0.5, 2.0, n), random.gamma(2.0, 1.0, n) + 0.1)


def made(expected: Expected, **asked: Any) -> Chosen:
    found = planned(expected, **asked)
    assert found is not None
    return found


@given(st.integers(4, 120), st.integers(0, 9999), st.floats(0.02, 1.2), st.none() | st.sampled_from([0.1, 0.2, 0.5]))
@settings(max_examples=60)
def test_what_is_contacted_never_costs_more_than_the_budget(
    n: int, seed: int, part: float, control: float | None
) -> None:
    expected = some(n, seed)
    paying = expected.profit > 0
    budget = part * float(expected.cost[paying].sum()) + 0.01
    chosen, refused = None, ""
    try:
        chosen = planned(expected, seed, budget=budget, control=control)
    except InputError as error:
        refused = str(error)
    if chosen is None:
        few = "Contacting pays with 1 customer" if paying.sum() == 1 else f"act.budget={budget:g} leaves fewer than two"
        assert refused.startswith(few if paying.any() else "")
        return
    assert chosen.cost <= budget
    assert (chosen.expected.profit > 0).all()
    assert 0 < chosen.control.size < len(chosen.places)


def test_a_budget_is_of_the_contacted_not_of_all_members() -> None:
    expected = some(2000)
    chosen = made(expected, budget=300.0, control=0.3)
    assert 290 < chosen.cost <= 300
    assert chosen.expected.cost.sum() > 400
    assert chosen.control.size == round(0.3 * len(chosen.places))


def test_a_budget_that_the_lot_would_break_is_kept_by_fewer_members() -> None:
    """Few members of whom the cheap one is left alone: all of them fit the budget, those contacted do not."""
    expected = expected_of([9.0, 8.0, 7.0, 6.0, 1.0], [2.0, 2.0, 2.0, 2.0, 0.5])
    for seed in range(20):
        assert made(expected, seed=seed, budget=7.99, control=0.2).cost <= 7.99


@pytest.mark.parametrize("control", [0.1, 0.25, 0.5, 0.8])
@pytest.mark.parametrize("count", [2, 7, 50])
def test_a_count_is_of_the_contacted(count: int, control: float) -> None:
    chosen = made(some(600), count=count, control=control)
    contacted, members = int(chosen.contacted.sum()), len(chosen.places)
    assert contacted <= count
    assert contacted >= count - 1
    assert chosen.control.size == max(round(control * members), 1)


def test_members_are_the_best_who_pay() -> None:
    expected = some()
    chosen = made(expected, count=40, control=0.2)
    best = np.argsort(-expected.profit, kind="stable")[:50]
    assert chosen.places.tolist() == (1 + 2 * best).tolist()
    assert chosen.expected.profit == pytest.approx(expected.profit[best])
    everybody = made(expected)
    assert len(everybody.places) == (expected.profit > 0).sum()
    assert everybody.profit == pytest.approx(everybody.expected.profit[~everybody.control.mask].sum())
    assert everybody.cost == pytest.approx(everybody.expected.cost[~everybody.control.mask].sum())


def test_without_a_share_as_many_are_left_alone_as_it_takes() -> None:
    expected = expected_of(np.linspace(5, 1, 4000))
    chosen = made(expected, detect=0.05)
    wanted = recommended_share(4000, 0.6, 0.05)
    assert wanted.enough
    assert wanted.share != UNPROVEN
    assert chosen.control.size == round(wanted.share * 4000)
    assert detectable(4000 - chosen.control.size, chosen.control.size, 0.6) <= 0.05 + 1e-3
    assert "expect no proof" not in chosen.power


def test_where_no_share_could_prove_it_a_fifth_is_left_alone_and_that_is_said() -> None:
    chosen = made(expected_of(np.linspace(5, 1, 100)), detect=0.01)
    assert not recommended_share(100, 0.6, 0.01).enough
    assert chosen.control.size == round(UNPROVEN * 100)
    assert chosen.power.endswith("That is more than the 1.0 points wanted (act.detect): expect no proof.")
    assert "20 controls and 80 contacted" in chosen.power


@pytest.mark.parametrize("p_none", [0.0, 1.0])
def test_where_all_or_none_buy_anyhow_a_plan_is_made(p_none: float) -> None:
    assert made(some(), p_none=p_none).control.size > 0


def test_the_seed_and_the_name_decide_the_lot() -> None:
    one, same, seed, name = (made(some(), count=80, **more) for more in ({}, {}, {"seed": 1}, {"name": "autumn"}))
    assert np.array_equal(one.control.mask, same.control.mask)
    for other in (seed, name):
        assert np.array_equal(one.places, other.places)
        assert not np.array_equal(one.control.mask, other.control.mask)


def test_nobody_who_pays_is_no_campaign() -> None:
    assert planned(expected_of([-1.0, 0.0, -3.0])) is None
    assert planned(expected_of([])) is None


@pytest.mark.parametrize(
    ("profits", "asked", "said"),
    [
        ([5.0, 4.0], {"budget": 0.5}, "act.budget=0.5 leaves fewer than two members, of whom one is left alone"),
        ([5.0, 4.0], {"budget": 0.5}, "contact and offer cost about 1.00 a customer. Allow for more."),
        ([5.0, 4.0], {"count": 1}, "act.count=1 leaves fewer than two members"),
        ([5.0, -4.0], {}, "Contacting pays with 1 customer only"),
        ([5.0, -4.0], {"budget": 99.0}, "Contacting pays with 1 customer only"),
    ],
)
def test_too_few_for_two_arms_is_a_sentence(profits: list[float], asked: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as error:
        planned(expected_of(profits), **asked)
    assert said in str(error.value)
    assert "None" not in str(error.value)
