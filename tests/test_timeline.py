"""The layout of cutoffs: the embargo, the ladder of short logs, and the sentence for those too short."""

from __future__ import annotations

import datetime as dt
import itertools
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from setia.errors import InputError
from setia.timeline import Timeline, TimelineSettings, date_of, day_of, longest_horizon, plan

FIRST = 17_000

choices = st.builds(
    TimelineSettings,
    count=st.integers(1, 15),
    step_days=st.none() | st.integers(1, 60),
    min_history_days=st.none() | st.integers(1, 80),
)
lengths = st.integers(1, 500)
horizons = st.integers(1, 200)


def planned(chosen: TimelineSettings, length: int, horizon: int) -> Timeline | None:
    try:
        return plan(chosen, FIRST, FIRST + length - 1, horizon)
    except InputError:
        return None


@settings(max_examples=400, deadline=None, derandomize=True)
@given(chosen=choices, length=lengths, horizon=horizons)
def test_the_embargo_holds(chosen: TimelineSettings, length: int, horizon: int) -> None:
    timeline = planned(chosen, length, horizon)
    assume(timeline is not None)
    assert timeline is not None
    assert timeline.holdout + horizon <= timeline.as_of
    assert all(cutoff + horizon <= timeline.as_of for cutoff in timeline.cutoffs)
    if timeline.out_of_time:
        assert timeline.validation + horizon <= timeline.holdout
        assert all(cutoff + horizon <= timeline.holdout for cutoff in timeline.fit)
    if not timeline.folded:
        assert timeline.out_of_time
        assert all(cutoff + horizon <= timeline.validation for cutoff in timeline.fit)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(chosen=choices, length=lengths, horizon=horizons)
def test_the_lists_are_in_order_and_every_cutoff_has_a_history(
    chosen: TimelineSettings, length: int, horizon: int
) -> None:
    timeline = planned(chosen, length, horizon)
    assume(timeline is not None)
    assert timeline is not None
    history = (horizon + 1) // 2 if chosen.min_history_days is None else chosen.min_history_days
    for cutoffs in (timeline.fit, timeline.final, timeline.cutoffs):
        assert cutoffs
        assert list(cutoffs) == sorted(set(cutoffs))
    assert {*timeline.fit, timeline.validation, timeline.holdout, *timeline.final} == set(timeline.cutoffs)
    assert timeline.cutoffs[0] - FIRST + 1 >= history
    assert max(len(timeline.fit), len(timeline.final)) <= chosen.count
    # the models that go into use know the latest outcomes there are
    assert timeline.final[-1] == timeline.holdout == timeline.as_of - horizon
    if chosen.step_days is not None:
        for cutoffs in (timeline.fit, timeline.final):
            assert {b - a for a, b in itertools.pairwise(cutoffs)} <= {chosen.step_days}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(chosen=choices, length=lengths, horizon=horizons)
def test_what_is_shared_is_said(chosen: TimelineSettings, length: int, horizon: int) -> None:
    timeline = planned(chosen, length, horizon)
    assume(timeline is not None)
    assert timeline is not None
    assert bool(timeline.sharing) == timeline.folded
    assert any("across customers" in said for said in timeline.sharing) == (not timeline.out_of_time)
    for said in timeline.sharing:
        assert re.search(r"\d{4}-\d\d-\d\d", said)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(chosen=choices, length=lengths, horizon=horizons)
def test_the_longest_possible_horizon_works_and_a_day_more_does_not(
    chosen: TimelineSettings, length: int, horizon: int
) -> None:
    as_of = FIRST + length - 1
    try:
        plan(chosen, FIRST, as_of, horizon)
    except InputError as error:
        said = str(error)
    else:
        assume(False)
    longest = re.search(r"longest possible horizon is (\d+) day", said)
    if longest is None:
        assert "No horizon is possible" in said
        assert planned(chosen, length, 1) is None
        return
    assert f"horizon_days={longest[1]} " in said
    assert planned(chosen, length, int(longest[1])) is not None
    assert planned(chosen, length, int(longest[1]) + 1) is None


@given(length=st.integers(0, 500))
def test_the_longest_horizon_leaves_half_of_it_for_history(length: int) -> None:
    longest = longest_horizon(FIRST, FIRST + length - 1)
    fits = [h for h in range(1, length + 1) if max(1, (h + 1) // 2) + h <= length]
    assert longest == max(fits, default=0)


def test_the_ladder() -> None:
    rungs = {}
    for length in range(1, 200):
        timeline = planned(TimelineSettings(), length, 30)
        rungs[length] = None if timeline is None else (timeline.folded, timeline.out_of_time)
    assert rungs[44] is None
    assert rungs[45] == rungs[74] == (True, False)
    assert rungs[75] == rungs[104] == (True, True)
    assert rungs[105] == rungs[199] == (False, True)


def test_a_year_of_log() -> None:
    timeline = plan(TimelineSettings(count=3), day_of("2017-01-01"), day_of("2017-12-31"), 60)
    assert date_of(timeline.holdout) == dt.date(2017, 11, 1)
    assert date_of(timeline.validation) == dt.date(2017, 9, 2)
    assert [date_of(cutoff).isoformat() for cutoff in timeline.fit] == ["2017-05-05", "2017-06-04", "2017-07-04"]
    assert [date_of(cutoff).isoformat() for cutoff in timeline.final] == ["2017-09-02", "2017-10-02", "2017-11-01"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"count": 0}, "cutoffs.count=0"),
        ({"step_days": 0}, "cutoffs.step_days=0"),
        ({"step_days": -5}, "cutoffs.step_days=-5"),
        ({"min_history_days": 0}, "cutoffs.min_history_days=0"),
    ],
)
def test_a_setting_that_means_nothing_is_refused(wrong: dict[str, int], named: str) -> None:
    with pytest.raises(InputError, match=re.escape(named)) as caught:
        TimelineSettings(**wrong)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("horizon", [0, -3])
def test_a_horizon_of_no_days_is_refused(horizon: int) -> None:
    with pytest.raises(InputError, match=f"horizon_days={horizon} must be at least 1"):
        plan(TimelineSettings(), FIRST, FIRST + 100, horizon)


@given(day=st.integers(-20_000, 40_000))
def test_days_and_dates_are_one(day: int) -> None:
    assert day_of(date_of(day)) == day
    assert day_of(date_of(day).isoformat()) == day


@pytest.mark.parametrize("text", ["31.10.2017", "2017-13-01", "2017-02-29", "", "yesterday"])
def test_what_is_no_date_is_said(text: str) -> None:
    with pytest.raises(InputError, match="write it as YYYY-MM-DD") as caught:
        day_of(text)
    assert repr(text) in str(caught.value)


@given(length=st.integers(110, 800), horizon=st.integers(1, 120))
def test_the_lists_share_their_cutoffs(length: int, horizon: int) -> None:
    timeline = planned(TimelineSettings(count=1000), length, horizon)
    assume(timeline is not None)
    assert timeline is not None
    assert timeline.cutoffs == timeline.final
    steps = {b - a for a, b in itertools.pairwise(timeline.final)}
    assert all(step <= 30 and step <= (horizon + 1) // 2 for step in steps)
    assert max(steps, default=0) - min(steps, default=0) <= 1
