"""What alarms would have been worth, against plain loops."""

from __future__ import annotations

import math
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setia.alert.alarms import Alarms
from setia.alert.episodes import Episodes
from setia.alert.replay import Quality, first_told, quality, tells

Case = tuple[Alarms, np.ndarray, Episodes]


def drawn(seed: int) -> Case:
    """Alarms of six customers with their money, by customer and day, and defections that may lie side by side."""
    rng = np.random.default_rng(seed)
    told = sorted({(int(rng.integers(6)), int(rng.integers(100, 160))) for _ in range(rng.integers(0, 25))})
    given = Alarms(*(np.array([pair[i] for pair in told], dtype=np.int64) for i in range(2)))
    rows = [
        (customer, begun - 7, begun, begun + int(rng.integers(0, 15)), begun + 20)
        for customer in range(6)
        for begun in rng.choice([105, 112, 119, 133, 140], rng.integers(0, 3), replace=False).tolist()
    ]
    rows = [rows[i] for i in rng.permutation(len(rows))]
    columns = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    stake = rng.permutation(len(given)) + 1.0
    who, before, begun, half, certain = columns
    return given, stake, Episodes(who, before, begun, half, certain, rng.uniform(1, 9, len(rows)))


def plain_first(given: Alarms, episodes: Episodes, number: int) -> int:
    own = [
        day
        for who, day in zip(given.customer.tolist(), given.day.tolist(), strict=True)
        if who == episodes.customer[number] and episodes.before[number] < day <= episodes.certain[number]
    ]
    return min(own, default=-1)


@given(seed=st.integers(0, 9999))
def test_the_first_alarm_of_a_defection(seed: int) -> None:
    given, _, episodes = drawn(seed)
    assert first_told(given, episodes).tolist() == [plain_first(given, episodes, n) for n in range(len(episodes))]


@given(seed=st.integers(0, 9999))
def test_which_alarms_tell_of_a_defection(seed: int) -> None:
    given, _, episodes = drawn(seed)
    plain = [
        any(
            who == episodes.customer[n] and episodes.before[n] < day <= episodes.certain[n]
            for n in range(len(episodes))
        )
        for who, day in zip(given.customer.tolist(), given.day.tolist(), strict=True)
    ]
    assert tells(given, episodes).tolist() == plain


def share(values: list[bool]) -> float:
    return sum(values) / len(values) if values else math.nan


def plain_quality(case: Case, months: float, lead_days: int, capacity: int) -> Quality:
    given, stake, episodes = case
    told = [plain_first(given, episodes, n) for n in range(len(episodes))]
    caught = [0 <= day <= half for day, half in zip(told, episodes.half.tolist(), strict=True)]
    leads = [end - day if day >= 0 else None for day, end in zip(told, episodes.certain.tolist(), strict=True)]
    some = [lead for lead in leads if lead is not None]
    right = tells(given, episodes).tolist()
    weeks: dict[int, list[int]] = {}
    for place, day in enumerate(given.day.tolist()):
        weeks.setdefault(day // 7, []).append(place)
    chosen = [place for own in weeks.values() for place in sorted(own, key=lambda at: -stake[at])[:capacity]]
    lost = sum(episodes.loss.tolist())
    won = sum(loss for loss, here in zip(episodes.loss.tolist(), caught, strict=True) if here)
    return Quality(
        method="m",
        alarms=len(given),
        alarms_per_month=1000 * len(given) / months if months else math.nan,
        caught=share(caught),
        caught_count=sum(caught),
        caught_loss=won / lost if lost else math.nan,
        lead_recall=share([lead is not None and lead >= lead_days for lead in leads]),
        lead_days=median(some) if some else math.nan,
        precision=share(right),
        precision_at_capacity=share([right[place] for place in chosen]),
    )


@settings(max_examples=60)
@given(seed=st.integers(0, 9999), lead_days=st.integers(0, 25), capacity=st.integers(1, 4), months=st.integers(0, 9))
def test_all_that_is_told_of_them(seed: int, lead_days: int, capacity: int, months: int) -> None:
    case = drawn(seed)
    given, stake, episodes = case
    found = quality("m", given, stake, episodes, float(months), lead_days, capacity)
    plain = plain_quality(case, months, lead_days, capacity)
    assert vars(found) == pytest.approx(vars(plain), nan_ok=True)


def whole(*columns: int) -> list[Any]:
    return [np.array([column], dtype=np.int64) for column in columns]


@pytest.mark.parametrize(
    ("day", "told", "caught"), [(93, False, False), (94, True, True), (110, True, True), (111, True, False)]
)
def test_the_days_at_the_edges(day: int, told: bool, caught: bool) -> None:
    """An alarm on the last day before the defection had begun is none of it; one on the day of half the loss is."""
    columns: list[Any] = [*whole(0, 93, 100, 110, 120), np.array([5.0])]
    episodes = Episodes(*columns)
    found = quality("m", Alarms(*whole(0, day)), np.ones(1), episodes, 1.0, 9, 1)
    assert (found.precision, found.caught) == (float(told), float(caught))
    assert first_told(Alarms(*whole(0, 120)), episodes).tolist() == [120]
    assert first_told(Alarms(*whole(0, 121)), episodes).tolist() == [-1]
    assert first_told(Alarms(*whole(1, 100)), episodes).tolist() == [-1]
