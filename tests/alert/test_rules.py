"""The plain rules that alarms are compared with, against plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_visits import SPAN, START, as_visits, known_by, later_changed, people

from setia.alert.odds import last_visits
from setia.alert.rules import RULES

DAYS = np.arange(START, START + SPAN + 1)


def plain_overdue(mine: list[int], day: int) -> float:
    seen = [one for one in mine if one <= day]
    if len(seen) < 2:
        return -math.inf
    gap = (seen[-1] - seen[0]) / (len(seen) - 1)
    return (day - seen[-1]) / gap


def plain_dropped(mine: list[int], day: int) -> float:
    length = min(day - 30 - mine[0], 90)
    recent = sum(day - 30 < one <= day for one in mine)
    before = sum(day - 120 < one <= day - 30 for one in mine[1:])
    if length < 45 or not before:
        return -math.inf
    return -(recent / 30) / (before / length) + 1e-6 * before


PLAIN = {"overdue": plain_overdue, "dropped": plain_dropped}


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=25)
@given(seed=st.integers(0, 999))
def test_they_say_what_plain_loops_say(name: str, seed: int) -> None:
    now = people(seed)
    visits = as_visits(now)
    found = RULES[name](visits, DAYS, last_visits(visits, DAYS))
    for place, who in enumerate(sorted(now)):
        mine = [one[0] for one in now[who]]
        assert found[place].tolist() == pytest.approx([PLAIN[name](mine, day) for day in DAYS.tolist()])


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=25)
@given(seed=st.integers(0, 999), age=st.integers(20, SPAN - 5))
def test_no_later_day_tells(name: str, seed: int, age: int) -> None:
    now, day = people(seed), START + age
    days, scores = np.arange(START, day + 1), []
    for one in (now, later_changed(now, day, seed)):
        visits = as_visits(one)
        found = RULES[name](visits, days, last_visits(visits, days))
        scores.append(dict(zip(visits.ids.to_pylist(), found.tolist(), strict=True)))
    assert all(scores[0][who] == scores[1][who] for who in known_by(now, day))


def test_both_meet_customers_who_come_no_more() -> None:
    mine = [(START + 3 * number, 1.0, 1.0) for number in range(30)]
    visits = as_visits({"c": mine})
    last = last_visits(visits, DAYS)
    overdue, dropped = (rule(visits, DAYS, last)[0] for rule in RULES.values())
    assert overdue[87 + 9] == 3.0
    assert dropped[87] == pytest.approx(-1.0, abs=0.05)
    assert dropped[87 + 30] == pytest.approx(0.0, abs=1e-4)
