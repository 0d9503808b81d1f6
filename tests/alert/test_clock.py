"""The clock of the base against plain loops; and a day's level knows that day and those before it, and no other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_visits import ALIVE, SCALE, SHAPE, SPAN, START, People, as_visits, clock, later_changed, people

from setia.alert.clock import CALM, Clock


def plain_levels(now: People) -> list[float]:
    count, time = dict.fromkeys(now, 0.0), dict.fromkeys(now, 0.0)
    last: dict[str, int] = {}
    levels = []
    for day in range(START, START + SPAN + 1):
        on = [who for who in last if last[who] >= day - ALIVE]
        expected = sum((SHAPE + count[who]) / (SCALE + time[who]) for who in on)
        came = [who for who in now if any(one[0] == day for one in now[who])]
        again = [who for who in came if who in on]
        levels.append((len(again) + CALM) / (expected + CALM))
        for who in again:
            count[who] += 1
        for who in on:
            time[who] += levels[-1]
        last |= dict.fromkeys(came, day)
    return levels


@settings(max_examples=20)
@given(seed=st.integers(0, 999))
def test_it_ticks_as_plain_loops_say(seed: int) -> None:
    now = people(seed, 40)
    assert np.diff(clock(as_visits(now)).elapsed, prepend=0.0) == pytest.approx(plain_levels(now))


@settings(max_examples=40)
@given(seed=st.integers(0, 999), age=st.integers(5, SPAN - 5))
def test_no_later_day_sets_it(seed: int, age: int) -> None:
    now, day = people(seed), START + age
    before, after = clock(as_visits(now)), clock(as_visits(later_changed(now, day, seed)))
    assert np.array_equal(before.elapsed[: age + 1], after.elapsed[: age + 1])
    assert np.array_equal(clock(as_visits(now), day).elapsed, before.elapsed[: age + 1])
    asked = np.arange(START, day + 1)
    assert np.array_equal(before.at(asked), after.at(asked))


def test_the_purchases_of_a_day_set_that_very_day() -> None:
    now: People = {"a": [(START, 1.0, 1.0), (START + 9, 1.0, 1.0)], "b": [(START + 1, 1.0, 1.0)]}
    more: People = now | {"b": [(START + 1, 1.0, 1.0), (START + 8, 1.0, 1.0)]}
    same, higher = (np.diff(clock(as_visits(one)).elapsed, prepend=0.0) for one in (now, more))
    assert np.flatnonzero(same != higher)[0] == 8
    assert higher[8] > same[8]
    # the first purchase of all says nothing of a pace
    assert same[0] == 1.0


def test_who_is_long_silent_sets_it_no_more() -> None:
    now: People = {f"c{n}": [(START, 1.0, 1.0)] for n in range(30)}
    levels = np.diff(clock(as_visits(now)).elapsed, prepend=0.0)
    assert (levels[1 : int(ALIVE) + 1] < 0.95).all()
    assert levels[int(ALIVE) + 1 :] == pytest.approx(1.0)


@settings(max_examples=30)
@given(levels=st.lists(st.floats(0.01, 5.0), min_size=1, max_size=60))
def test_days_and_times_are_each_others_inverse(levels: list[float]) -> None:
    made = Clock(START, np.cumsum(levels))
    days = np.arange(START, START + len(levels))
    assert np.array_equal(made.day_of(made.at(days)), days)
    # a time within a day is that day's
    assert np.array_equal(made.day_of(made.at(days) - np.array(levels) / 2), days)
    assert made.at(np.array([START - 1, START - 50])).tolist() == [0.0, 0.0]
    assert made.at(np.array([START + 999])).tolist() == [made.elapsed[-1]]
