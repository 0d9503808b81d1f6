"""Customers made unchanging: as many visits between the same first and last day, in the same gaps, by the seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_visits import SPAN, START, People, Visit, as_visits, beliefs, clock, people, steady_clock

from setia.alert import unchanging as module
from setia.alert.clock import Clock
from setia.alert.unchanging import unchanging
from setia.history import Visits


def made(visits: Visits, ticking: Clock, seed: int = 0) -> Visits:
    return unchanging(visits, beliefs(ticking), np.random.default_rng(seed))


def ends(visits: Visits) -> tuple[list[int], list[int]]:
    return visits.day[visits.starts[:-1]].tolist(), visits.day[visits.starts[1:] - 1].tolist()


@settings(max_examples=30)
@given(seed=st.integers(0, 999))
def test_number_and_ends_of_the_visits_stay(seed: int) -> None:
    visits = as_visits(people(seed, 20))
    found = made(visits, clock(visits), seed)
    assert found.starts.tolist() == visits.starts.tolist()
    assert found.customer.tolist() == visits.customer.tolist()
    assert found.ids.equals(visits.ids)
    assert ends(found) == ends(visits)
    assert all((np.diff(found.day[a:b]) >= 0).all() for a, b in zip(found.starts[:-1], found.starts[1:], strict=True))


def test_the_ends_stay_in_a_large_base_as_well() -> None:
    """Sums over all customers must not push the last visit over midnight."""
    rng = np.random.default_rng(1)
    several = {
        f"c{n:05d}": [(START + int(day), 1.0, 1.0) for day in np.unique(rng.integers(0, SPAN, 15))] for n in range(9000)
    }
    visits = as_visits(several)
    assert ends(made(visits, clock(visits))) == ends(visits)


@settings(max_examples=30)
@given(seed=st.integers(0, 999))
def test_the_gaps_stay_in_another_order_where_nobody_changed(seed: int) -> None:
    visits, usual = as_visits(people(seed, 20)), pytest.MonkeyPatch()
    usual.setattr(module, "PLAIN", np.inf)
    found = made(visits, steady_clock(), seed)
    usual.undo()
    for a, b in zip(visits.starts[:-1], visits.starts[1:], strict=True):
        assert sorted(np.diff(found.day[a:b])) == sorted(np.diff(visits.day[a:b]))
        assert found.value is not None
        assert visits.value is not None
        reach = np.clip(np.log(np.maximum(visits.value[a:b], 1e-9)), 2.5 - 3 * 0.8, 2.5 + 3 * 0.8)
        assert sorted(np.log(found.value[a:b])) == pytest.approx(sorted(reach))


@settings(max_examples=10)
@given(seed=st.integers(0, 99))
def test_the_same_seed_makes_the_same(seed: int) -> None:
    visits = as_visits(people(seed, 20))
    one, two, other = (made(visits, steady_clock(), number) for number in (seed, seed, seed + 1))
    assert one.day.tolist() == two.day.tolist() != other.day.tolist()
    assert one.value is not None
    assert two.value is not None
    assert one.value.tolist() == two.value.tolist()


def halves(visits: Visits) -> tuple[int, int]:
    middle = (visits.day[0] + visits.day[-1]) / 2
    return int((visits.day[1:] <= middle).sum()), int((visits.day[1:] > middle).sum())


def test_who_came_half_as_often_from_a_day_on_comes_evenly() -> None:
    mine: list[Visit] = [(START + day, 8.0, 2.0) for day in range(0, 61, 2)]
    mine += [(START + day, 8.0, 2.0) for day in range(70, 130, 10)]
    visits = as_visits({"c": mine})
    before = halves(visits)
    after = np.mean([halves(made(visits, steady_clock(), seed)) for seed in range(20)], axis=0)
    assert before[0] > 4 * before[1]
    assert after[0] == pytest.approx(after[1], rel=0.2)


def test_what_was_spent_comes_to_one_level() -> None:
    mine: list[Visit] = [(START + 2 * number, 20.0 if number < 20 else 2.0, 2.0) for number in range(40)]
    found = made(as_visits({"c": mine}), steady_clock()).value
    assert found is not None
    assert found == pytest.approx(np.full(40, np.sqrt(40.0)))


def test_columns_that_tell_nothing_stay_as_they_are() -> None:
    now: People = {"a": [(START, 1.0, 1.0)], "b": [(START + n, 1.0, 1.0) for n in range(6)]}
    for visits in (as_visits(now, amounts=False), as_visits(now)):
        found = unchanging(visits, beliefs(steady_clock(), None, None), np.random.default_rng(0))
        assert (found.value is None) == (visits.value is None)
        assert found.categories is visits.categories


def test_nobody_is_no_fault() -> None:
    nobody = as_visits({"a": [(START, 1.0, 1.0)]}).of(np.array([False]))
    assert made(nobody, steady_clock()).customers == 0
