"""The horizon that the log suggests, and what the choice may look at."""

from __future__ import annotations

import random

import makers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_logs import Row, frame, random_log

from setia.defection import HorizonCurve, choose_horizon
from setia.defection.horizon import SHORTEST_DAYS
from setia.history import prepare
from setia.timeline import TimelineSettings, plan

START = 17_000


def chosen(rows: list[Row], length: int, target: float = 0.9) -> HorizonCurve:
    where = makers.engine()
    lines = frame(where, "polars", rows, ("customer_id", "day", "amount"))
    return choose_horizon(prepare(lines), where, START, START + length - 1, target)


def line(customer: str, day: int) -> Row:
    return {"customer_id": customer, "day": START + day, "amount": 5.0}


def log(seed: int, length: int, customers: int = 20) -> list[Row]:
    rows = [row for row in random_log(seed, customers, length, START) if row["day"] < START + length]
    return [*rows, line("edge", 0), line("edge", length - 1)]


def plain(rows: list[Row], length: int, target: float) -> int:
    """Follow those known after a third of the log to its second third, day by day."""
    third, limit = length // 3, max(length * 2 // 7, 1)
    cutoff = START + third
    known = {row["customer_id"] for row in rows if row["amount"] > 0 and row["day"] <= cutoff}
    back: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: row["day"]):
        if row["amount"] > 0 and cutoff < row["day"] <= cutoff + third and row["customer_id"] in known:
            back.setdefault(row["customer_id"], row["day"] - cutoff)
    for days in range(1, limit + 1):
        if sum(wait <= days for wait in back.values()) >= target * len(back):
            return min(max(days, SHORTEST_DAYS), limit)
    return limit


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 100), length=st.integers(30, 200), target=st.sampled_from([0.5, 0.8, 0.9]))
def test_it_is_the_shortest_that_reaches_the_target(seed: int, length: int, target: float) -> None:
    rows = log(seed, length)
    curve = chosen(rows, length, target)
    if curve.days:
        assert curve.horizon_days == plain(rows, length, target)
    assert list(curve.share) == sorted(curve.share)
    assert all(0 <= share <= 1 for share in curve.share)
    assert curve.reached == bool(curve.share and curve.share[-1] >= target)


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 100), length=st.integers(4, 200))
def test_it_never_sees_a_day_after_the_holdout_cutoff(seed: int, length: int) -> None:
    rows = log(seed, length)
    curve = chosen(rows, length)
    holdout = START + length - 1 - curve.horizon_days
    random.seed(seed)
    mad = [line(f"c{random.randrange(20):02d}", random.randrange(holdout + 1 - START, length)) for _ in range(40)]
    for later in ([], mad):
        changed = [*(row for row in rows if row["day"] <= holdout), *later, line("edge", length - 1)]
        assert chosen(changed, length) == curve


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 100), length=st.integers(4, 300))
def test_what_it_chooses_leaves_room_for_every_part_of_the_timeline(seed: int, length: int) -> None:
    curve = chosen(log(seed, length, 5), length)
    assert 1 <= curve.horizon_days <= curve.limit_days
    timeline = plan(TimelineSettings(), START, START + length - 1, curve.horizon_days)
    assert (timeline.folded, timeline.out_of_time) == (False, True)


def test_buyers_of_every_tenth_day_are_back_within_ten() -> None:
    rows = [line(f"c{number}", day) for number in range(10) for day in range(number, 210, 10)]
    curve = chosen(rows, 210)
    assert curve.reached
    assert curve.horizon_days == 9
    assert curve.share[:2] == (0.1, 0.2)


def test_less_than_a_week_is_not_offered() -> None:
    rows = [line(f"c{number}", day) for number in range(5) for day in range(number % 2, 210, 2)]
    assert chosen(rows, 210).horizon_days == SHORTEST_DAYS


@pytest.mark.parametrize("customers", [1, 30])
def test_where_nobody_returns_it_still_answers(customers: int) -> None:
    rows = [line(f"c{number}", number) for number in range(customers)] + [line("late", 209)]
    curve = chosen(rows, 210)
    assert not curve.reached
    assert curve.days == ()
    assert 1 <= curve.horizon_days <= curve.limit_days
