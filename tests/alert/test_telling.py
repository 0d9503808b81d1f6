"""What an alarm is about, against plain loops: since when, how many came, and what is missing of a year."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_visits import (
    SPAN,
    START,
    WATCHING,
    People,
    Visit,
    as_visits,
    beliefs,
    clock,
    later_changed,
    people,
    steady_clock,
)

from setia.alert.alarms import Alarms, alarms, loud
from setia.alert.beliefs import Beliefs
from setia.alert.clock import Clock
from setia.alert.odds import Watching, grid_of
from setia.alert.telling import Facts, Order, facts, stakes
from setia.history import Visits

DAYS = np.arange(START, START + SPAN + 1)
LOW = np.array([-2.5, -2.5, -2.5])
BROAD = replace(WATCHING, recent_days=60.0, follow_up_days=60)


def order(believed: Beliefs, watching: Watching = WATCHING, thresholds: np.ndarray = LOW) -> Order:
    return Order(DAYS, START + SPAN, believed, watching, thresholds, 20)


def told(visits: Visits, asked: Order) -> tuple[Alarms, Facts]:
    grid = grid_of(visits, asked.days, asked.beliefs, asked.watching)
    given = alarms(loud(grid, asked.thresholds), asked.days, asked.cool_days)
    return given, facts(visits, given, grid, asked)


def one(mine: list[Visit], thresholds: tuple[float, ...], ticking: Clock | None = None) -> Facts:
    asked = order(beliefs(ticking or steady_clock()), BROAD, np.array(thresholds))
    return told(as_visits({"c": mine}), asked)[1]


def test_who_comes_no_more() -> None:
    mine: list[Visit] = [(START + 3 * number, 10.0 + number, 2.0) for number in range(20)]
    found = one(mine, (-0.7, np.inf, np.inf))
    assert (found.kind[0], found.seen[0], found.since[0], found.last[0]) == (0, 0, START + 57, START + 57)
    pace = (1.3 + 19) / (11 + 57)
    assert found.expected[0] == pytest.approx(pace * (found.day[0] - START - 57))
    assert found.usual_days[0] == pytest.approx(1 / pace)
    assert np.isnan(found.before[0])
    # all of a year's visits are missing, at what a visit brought
    assert found.stake[0] == pytest.approx(pace * 365 * (10 + 9.5))


def test_who_spends_less() -> None:
    mine: list[Visit] = [(START + 3 * number, 40.0 if number < 22 else 10.0, 2.0) for number in range(40)]
    found = one(mine, (np.inf, -1.0, np.inf))
    assert (found.kind[0], found.since[0]) == (1, START + 3 * 21)
    # the base's mean of 2.5 keeps logarithms within three deviations; 40 and 10 are well within
    assert found.before[0] == pytest.approx(40)
    assert found.after[0] == pytest.approx(10)
    assert found.seen[0] == (found.day[0] - START - 63) // 3
    pace = (1.3 + 21) / (11 + 63)
    assert found.stake[0] == pytest.approx(pace * 365 * 40 * 0.75)


def test_who_buys_fewer_kinds_of_things() -> None:
    mine: list[Visit] = [(START + 3 * number, 10.0, 4.0 if number < 22 else 1.0) for number in range(40)]
    found = one(mine, (np.inf, np.inf, -1.0))
    assert (found.kind[0], found.since[0]) == (2, START + 3 * 21)
    assert (found.before[0], found.after[0]) == (pytest.approx(4), pytest.approx(1))


@settings(max_examples=25)
@given(seed=st.integers(0, 999))
def test_it_all_hangs_together(seed: int) -> None:
    visits = as_visits(people(seed, 12))
    asked = order(beliefs(clock(visits)))
    given, found = told(visits, asked)
    for number, (who, day) in enumerate(zip(given.customer.tolist(), given.day.tolist(), strict=True)):
        mine = visits.day[visits.starts[who] : visits.starts[who + 1]]
        known = mine[mine <= day]
        assert found.last[number] == known[-1]
        assert found.since[number] in known
        assert found.seen[number] == (known > found.since[number]).sum()
        marked = found.kind[number] > 0
        assert not marked or found.seen[number] > 0
        assert np.isnan(found.before[number]) == np.isnan(found.after[number]) == (not marked)
        assert np.isfinite([found.stake[number], found.expected[number], found.odds[number]]).all()
        assert found.stake[number] >= 0
        assert found.odds[number] > LOW[found.kind[number]]


def test_a_low_threshold_tells_of_no_money_that_was_not_yet_brought() -> None:
    """After a long absence one visit has come: of a level of visits yet to come nothing can be told."""
    mine: list[Visit] = [*((START + 3 * number, 10.0, 2.0) for number in range(20)), (START + 85, 10.0, 2.0)]
    asked = order(beliefs(steady_clock()), thresholds=np.array([np.inf, -5.0, -5.0]))
    given, found = told(as_visits({"c": mine}), asked)
    assert START + 85 not in given.day.tolist()
    assert np.isfinite(found.stake).all()


@settings(max_examples=25)
@given(seed=st.integers(0, 999), age=st.integers(30, SPAN - 5))
def test_no_later_day_tells(seed: int, age: int) -> None:
    now, day = people(seed), START + age
    said = []
    for each in (now, later_changed(now, day, seed)):
        visits = as_visits(each)
        given, found = told(visits, order(beliefs(clock(visits))))
        names = visits.ids.to_pylist()
        rows = np.column_stack([column for name, column in vars(found).items() if name != "kind"])
        pairs = zip(given.customer, given.day, rows, strict=True)
        said.append({(names[who], int(when)): row for who, when, row in pairs if when <= day})
    assert said[0].keys() == said[1].keys()
    assert all(said[1][key] == pytest.approx(row, nan_ok=True, rel=1e-4) for key, row in said[0].items())


def test_the_money_of_any_alarm_is_the_pace_at_the_last_visit() -> None:
    now: People = {"a": [(START, 9.0, 1.0)], "b": [(START + 4 * number, 10.0, 1.0) for number in range(10)]}
    given = Alarms(np.array([0, 1, 1]), np.array([START + 30, START + 20, START + 90]))
    found = stakes(as_visits(now), given, DAYS, beliefs(steady_clock()))
    paces = [1.3 / 11 * 9, (1.3 + 5) / (11 + 20) * 10, (1.3 + 9) / (11 + 36) * 10]
    assert found == pytest.approx([365 * pace for pace in paces])
    # without money a visit counts as one
    bare = stakes(as_visits(now, amounts=False), given, DAYS, beliefs(steady_clock()))
    assert bare == pytest.approx(found / [9, 10, 10])
