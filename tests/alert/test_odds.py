"""The odds of a change against plain loops, and that no later day tells."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_visits import (
    BREADTH,
    MONEY,
    SCALE,
    SHAPE,
    SPAN,
    START,
    WATCHING,
    Visit,
    as_visits,
    beliefs,
    clock,
    known_by,
    later_changed,
    people,
    steady_clock,
)

from setia.alert.beliefs import Marks
from setia.alert.clock import Clock
from setia.alert.odds import BACK, HALF, HAZARD, KINDS, LEFT, MEMORY_DAYS, ever_watched, grid_of, last_visits

DAYS = np.arange(START, START + SPAN + 1)
EVER = replace(WATCHING, recent_days=1e9)


def plain_log(marks: Marks, amount: float) -> float:
    low, high = marks.mean - 3 * marks.sd, marks.mean + 3 * marks.sd
    return min(max(math.log(amount), low), high) if amount > 0 else low


def plain_pace(times: list[float], place: int) -> tuple[float, float, list[int]]:
    """Return the posterior of the rate at a visit, and the visits within the memory."""
    memory = [number for number in range(place + 1) if times[number] > times[place] - MEMORY_DAYS]
    tenure = times[place] - times[0]
    return SHAPE + len(memory) - (tenure < MEMORY_DAYS), SCALE + min(tenure, MEMORY_DAYS), memory


def density(x: float, mean: float, variance: float) -> float:
    return math.exp(-((x - mean) ** 2) / (2 * variance))


def plain_odds(mine: list[Visit], day: int, ticking: Clock) -> tuple[list[float], bool]:
    """Return the logarithms of the odds of each kind at the end of a day, and whether the customer is watched."""
    seen = [one for one in mine if one[0] <= day]
    if not seen:
        return [-math.inf] * len(KINDS), False
    *times, now = (float(time) for time in ticking.at(np.array([*(one[0] for one in seen), day])))
    ever, lately = [0.0] * len(KINDS), [0.0] * len(KINDS)
    for n in range(min(BACK, len(seen))):
        place = len(seen) - 1 - n
        a, b, memory = plain_pace(times, place)
        t = now - times[place]
        ratios = [LEFT**n * ((b + t) / (b + LEFT * t)) ** (a + n)]
        for column, marks in ((1, MONEY), (2, BREADTH)):
            logs = [plain_log(marks, one[column]) for one in seen]
            if not n:
                ratios.append(0.0)  # a change after the last visit has left no mark yet
                continue
            known = len(memory)
            usual = (marks.weight * marks.mean + sum(logs[i] for i in memory)) / (marks.weight + known)
            variance = marks.sd**2 * (1 / n + 1 / (marks.weight + known))
            after = sum(logs[place + 1 :]) / n
            ratios.append(density(after, usual + math.log(HALF), variance) / density(after, usual, variance))
        for kind, ratio in enumerate(ratios):
            ever[kind] += ratio * b / a
            lately[kind] += ratio * b / a * (t <= WATCHING.recent_days)
    odds = [math.log(x) - math.log(1 / HAZARD + y) if x else -math.inf for x, y in zip(lately, ever, strict=True)]
    a, b, _ = plain_pace(times, len(seen) - 1)
    enough = len(seen) >= WATCHING.min_visits and a / b * WATCHING.follow_up_days >= WATCHING.min_expected
    return odds, enough and day - seen[-1][0] <= WATCHING.follow_up_days


@settings(max_examples=12)
@given(seed=st.integers(0, 999))
def test_they_are_what_plain_loops_say(seed: int) -> None:
    now = people(seed, 5)
    visits = as_visits(now)
    ticking, days = clock(visits), DAYS[seed % 4 :: 4]
    found = grid_of(visits, days, beliefs(ticking), WATCHING)
    for place, who in enumerate(sorted(now)):
        for column, day in enumerate(days.tolist()):
            odds, watched = plain_odds(now[who], day, ticking)
            assert found.odds[:, place, column].tolist() == pytest.approx(odds, rel=1e-4, abs=1e-3)
            assert found.watched[place, column] == watched


def test_a_customer_is_read_no_farther_back_than_the_memory() -> None:
    """Over two years: the first visits are forgotten, to the day."""
    last = START + 800
    mine: list[Visit] = [(START + 73 * number, 10.0 + number, 2.0) for number in range(11)]
    ticking, days = steady_clock(last), np.arange(START + 300, last)
    found = grid_of(as_visits({"c": mine}), days, beliefs(ticking), WATCHING)
    for column, day in enumerate(days.tolist()):
        assert found.odds[:, 0, column].tolist() == pytest.approx(plain_odds(mine, day, ticking)[0], abs=1e-3)


@settings(max_examples=25)
@given(seed=st.integers(0, 999), age=st.integers(10, SPAN - 5))
def test_no_later_day_tells(seed: int, age: int) -> None:
    now, day = people(seed), START + age
    other = later_changed(now, day, seed + 1)
    days = np.arange(START, day + 1)
    grids = []
    for one in (now, other, {who: [v for v in visits if v[0] <= day] for who, visits in now.items()}):
        visits = as_visits(one)
        names = visits.ids.to_pylist()
        found = grid_of(visits, days, beliefs(clock(visits)), WATCHING)
        grids.append({who: (found.odds[:, names.index(who)], found.watched[names.index(who)]) for who in names})
    for who in known_by(now, day):
        for odds, watched in (grid[who] for grid in grids[1:]):
            # sums that run over other customers differ in their last bits
            assert odds == pytest.approx(grids[0][who][0], rel=1e-5, abs=1e-5)
            assert np.array_equal(watched, grids[0][who][1])


def test_a_visit_tells_on_its_own_day() -> None:
    weekly: list[Visit] = [(START + 7 * number, 10.0, 2.0) for number in range(12)]
    came = (*weekly, (START + 100, 10.0, 2.0))
    without, having = (
        grid_of(as_visits({"c": list(one)}), DAYS, beliefs(steady_clock()), EVER).odds[0, 0] for one in (weekly, came)
    )
    assert np.flatnonzero(without != having)[0] == 100
    assert having[100] < without[100]


def test_silence_raises_them_and_a_visit_lowers_them() -> None:
    mine: list[Visit] = [(START + 3 * number, 10.0, 2.0) for number in range(20)]
    found = grid_of(as_visits({"c": mine}), DAYS, beliefs(steady_clock()), EVER).odds[0, 0]
    silent = found[58:]  # from the day after the last visit
    assert (np.diff(silent) > 0).all()
    assert silent[-1] > math.log(0.9) > math.log(0.1) > silent[0]


def test_half_of_the_money_tells_of_spend_and_nothing_else() -> None:
    mine: list[Visit] = [(START + 3 * number, 20.0 if number < 25 else 5.0, 2.0) for number in range(34)]
    found = grid_of(as_visits({"c": mine}), DAYS, beliefs(steady_clock()), EVER).odds[:, 0, 99]
    assert found[1] > math.log(0.9) > math.log(0.3) > max(found[0], found[2])


def test_what_the_log_cannot_tell_is_never_likely() -> None:
    visits = as_visits(people(1), amounts=False, categories=False)
    found = grid_of(visits, DAYS, beliefs(steady_clock(), None, None), WATCHING)
    assert np.isneginf(found.odds[1:]).all()
    assert np.isfinite(found.odds[0]).any()


@settings(max_examples=20)
@given(seed=st.integers(0, 999))
def test_the_last_visit_is_the_last_up_to_the_day(seed: int) -> None:
    now = people(seed)
    visits = as_visits(now)
    found = last_visits(visits, DAYS)
    for place, who in enumerate(sorted(now)):
        for column, day in enumerate(DAYS.tolist()):
            seen = sum(one[0] <= day for one in now[who])
            assert found[place, column] == (visits.starts[place] + seen - 1 if seen else -1)


@settings(max_examples=20)
@given(seed=st.integers(0, 999))
def test_who_is_never_watched_is_left_out(seed: int) -> None:
    visits = as_visits(people(seed))
    believed = beliefs(clock(visits))
    some = [bool(one.any()) for one in grid_of(visits, DAYS, believed, WATCHING).watched]
    left = ever_watched(visits, believed, WATCHING)
    assert left.ids.to_pylist() == [who for who, here in zip(visits.ids.to_pylist(), some, strict=True) if here]
