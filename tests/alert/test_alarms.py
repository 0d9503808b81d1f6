"""When alarms are given, against plain loops: on the day of a rise, once, and by no later day's doing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_visits import SPAN, START, WATCHING, People, as_visits, beliefs, clock, known_by, later_changed, people

import setia.alert.alarms as module
from setia.alert.alarms import Alarms, alarms, at_count, grids, loud, months

Mask = NDArray[np.bool_]
LEVELS = np.array([-2.0, -2.0, -2.0])


def pairs(given: Alarms) -> list[tuple[int, int]]:
    return list(zip(given.customer.tolist(), given.day.tolist(), strict=True))


def plain_alarms(loud: list[list[bool]], days: list[int], cool_days: int) -> list[tuple[int, int]]:
    found = []
    for who, mine in enumerate(loud):
        last = None
        for place in range(1, len(days)):
            rises = mine[place] and not mine[place - 1]
            if rises and (last is None or days[place] >= last + cool_days):
                last = days[place]
                found.append((who, last))
    return found


masks = st.integers(1, 30).flatmap(
    lambda days: st.lists(st.lists(st.booleans(), min_size=days, max_size=days), min_size=1, max_size=5)
)


@given(loud=masks, cool_days=st.integers(1, 12), first=st.integers(0, 30), more=st.integers(0, 30))
def test_they_are_what_plain_loops_say(loud: list[list[bool]], cool_days: int, first: int, more: int) -> None:
    days = np.arange(100, 100 + len(loud[0]))
    given = alarms(np.array(loud), days, cool_days)
    plain = plain_alarms(loud, days.tolist(), cool_days)
    assert pairs(given) == plain
    assert len(given) == len(plain)
    first, last = 100 + first, 100 + first + more
    assert pairs(given.between(first, last)) == [(who, day) for who, day in plain if first <= day <= last]


def test_no_second_alarm_before_the_days_are_over() -> None:
    days = np.arange(20)
    mask = np.zeros((1, 20), dtype=bool)
    mask[0, [3, 9, 13]] = True
    assert alarms(mask, days, 10).day.tolist() == [3, 13]
    assert alarms(mask, days, 11).day.tolist() == [3]


def given_by(now: People, last: int) -> set[tuple[str, int]]:
    visits, days = as_visits(now), np.arange(START, last + 1)
    found = set()
    for first, grid in grids(visits, days, beliefs(clock(visits)), WATCHING):
        for who, day in pairs(alarms(loud(grid, LEVELS), days, 20)):
            found.add((str(visits.ids[first + who]), day))
    return found


@settings(max_examples=30)
@given(seed=st.integers(0, 999), age=st.integers(20, SPAN - 5))
def test_no_later_day_gives_or_takes_one(seed: int, age: int) -> None:
    now, day = people(seed), START + age
    before = {(who, when) for who, when in given_by(now, START + SPAN) if when <= day}
    after = given_by(later_changed(now, day, seed), START + SPAN)
    assert before == {(who, when) for who, when in after if when <= day}
    assert before == given_by(now, day)
    assert {who for who, _ in before} <= set(known_by(now, day))


def test_the_loops_meet_alarms() -> None:
    assert sum(len(given_by(people(seed), START + SPAN)) for seed in range(5)) >= 5


def test_it_does_not_matter_how_many_customers_are_looked_at_together(monkeypatch: pytest.MonkeyPatch) -> None:
    now = people(3, 20)
    whole = given_by(now, START + SPAN)
    monkeypatch.setattr(module, "PLACES", 3 * SPAN)
    visits, days = as_visits(now), np.arange(START, START + SPAN)
    parts = list(grids(visits, days, beliefs(clock(visits)), WATCHING))
    assert [first for first, _ in parts] == list(range(0, visits.customers, 3))
    assert given_by(now, START + SPAN) == whole


def test_months_count_customer_days() -> None:
    watched = np.zeros((3, 400), dtype=bool)
    watched[:2, :365] = True
    assert months(watched) == pytest.approx(24, abs=0.02)


scores = st.lists(st.lists(st.integers(-1, 6), min_size=25, max_size=25), min_size=1, max_size=6)


@given(cells=scores, wanted=st.integers(0, 8), cool_days=st.integers(1, 9))
def test_a_score_gives_as_many_as_are_wanted(cells: list[list[int]], wanted: int, cool_days: int) -> None:
    score = np.array(cells, dtype=float)
    score[score < 0] = -np.inf
    days = np.arange(50, 75)
    found = at_count(score, days, cool_days, wanted, 60, 70)
    most = {}
    for height in sorted(set(score[np.isfinite(score)].tolist())):
        one = plain_alarms((score >= height).tolist(), days.tolist(), cool_days)
        most[height] = [(who, day) for who, day in one if 60 <= day <= 70]
    assert len(found) <= wanted
    assert len(set(pairs(found))) == len(found)
    # what it gives is given at one height, and as many as are wanted wherever the search meets such a height
    assert not len(found) or any(set(pairs(found)) <= set(one) for one in most.values())
    assert not most or len(found) == wanted or len(found) >= min(len(one) for one in most.values())


@settings(max_examples=50)
@given(seed=st.integers(0, 999), wanted=st.integers(1, 12))
def test_where_higher_means_fewer_it_finds_the_very_height(seed: int, wanted: int) -> None:
    """Each customer rises once, to a height of its own: the highest are told."""
    rng = np.random.default_rng(seed)
    tops, at = rng.permutation(10) + 1.0, rng.integers(1, 20, 10)
    score = np.where(np.arange(20) >= at[:, None], tops[:, None], -np.inf)
    found = at_count(score, np.arange(20), 5, wanted, 0, 19)
    assert sorted(tops[found.customer].tolist()) == sorted(tops.tolist())[-min(wanted, 10) :]


def test_of_many_as_alarming_an_even_part_is_taken() -> None:
    score = np.zeros((9, 4))
    score[:, 2:] = 1.0
    assert at_count(score, np.arange(4), 3, 3, 0, 3).customer.tolist() == [0, 4, 8]
    nobody = at_count(np.full((2, 4), -np.inf), np.arange(4), 3, 3, 0, 3)
    assert len(nobody) == 0
