"""The days of a search: whole futures, a last horizon nobody sees, and the same forecast as training's."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import makers
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_logs import Row

from setia import metrics
from setia.errors import InputError
from setia.timeline import TimelineSettings, plan
from setia.training import train
from setia.tuning import Recipe
from setia.tuning.cases import Case, cases_of, days_of

HORIZON = makers.HORIZON
LAST = makers.START + makers.SPAN - 1


@given(st.integers(1, 60), st.integers(3, 400), st.integers(1, 6))
def test_days_leave_the_last_horizon_alone_and_can_be_trained_on(horizon: int, length: int, wanted: int) -> None:
    settings, first = TimelineSettings(), 17_000
    last = first + length - 1
    try:
        days = days_of(settings, first, last, horizon, wanted)
    except InputError:
        assert length < 3 * horizon + (horizon + 1) // 2
        return
    assert 1 <= len(days) <= wanted
    assert days == sorted(set(days), reverse=True)
    assert days[0] == last - 2 * horizon
    for day in days:
        timeline = plan(settings, first, day, horizon)
        assert max(timeline.cutoffs) + horizon <= day
    gaps = -np.diff(days)
    assert (gaps == horizon).all() or days[-1] < first + 2 * horizon + (horizon + 1) // 2


def test_a_log_that_is_too_short_says_how_long_it_must_be() -> None:
    with pytest.raises(InputError, match=r"tune for horizon_days=30: that takes 105 days"):
        days_of(TimelineSettings(), 17_000, 17_090, 30, 3)


RECIPE = Recipe({}, lambda _: makers.quick(), "")


def built(rows: Iterable[Row], wanted: int) -> tuple[Case, ...]:
    where = makers.engine()
    try:
        return tuple(cases_of(makers.small_log(where, rows), where, RECIPE, 1, wanted))
    finally:
        where.close()


@functools.cache
def small() -> tuple[list[Row], tuple[Case, ...]]:
    rows = makers.rows_of(600)
    return rows, built(rows, 2)


def test_the_cases_of_a_log_are_a_horizon_apart_and_share_a_panel() -> None:
    _, found = small()
    assert [case.day for case in found] == [LAST - 2 * HORIZON, LAST - 3 * HORIZON]
    assert found[0].panel is found[1].panel
    for case in found:
        assert set(case.now.cutoff) == {case.day}
        assert case.now.names == case.panel.names
        assert set(case.timeline(makers.quick().cutoffs).cutoffs) <= set(case.panel.cutoff)


def test_figures_are_those_of_a_training_on_the_same_day() -> None:
    rows, (case, _) = small()
    where = makers.engine()
    try:
        bundle = train(makers.quick(), makers.small_log(where, (r for r in rows if r["day"] <= case.day)), where).bundle
    finally:
        where.close()
    said = bundle.forecast(case.now.X[:, : len(bundle.feature_names)])
    figures = case.figures(makers.quick())
    assert metrics.rmse(case.now.value, said.expected_value) == pytest.approx(figures.rmse, rel=1e-6)
    known = ~np.isnan(case.now.defected)
    log_loss = metrics.log_loss(case.now.defected[known], said.p_defect[known])
    assert log_loss == pytest.approx(figures.log_loss, rel=1e-6)


def test_the_last_horizon_of_the_log_moves_no_figure() -> None:
    rows, (case, _) = small()
    kept = [row for row in rows if row["day"] <= LAST - HORIZON or row["customer_id"] == "edge"]  # as long a log
    assert len(kept) < len(rows)
    assert built(kept, 1)[0].figures(makers.quick()) == case.figures(makers.quick())


def test_a_log_without_a_single_usable_day_says_why() -> None:
    with pytest.raises(InputError, match="at least 50 are needed"):
        built(makers.rows_of(30), 1)
