"""What the summary says of trust: intervals, the level at each cutoff, the season that a short log has not seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_training import small_training

from setia.report.trust import of_season, trust
from setia.timeline import TimelineSettings, plan


def test_intervals_levels_and_season_are_told() -> None:
    training = small_training()
    held, *levels, season = trust(training)
    coverage = training.evaluation.figure("coverage", "setia")
    assert coverage is not None
    assert f"held {100 * coverage.value:.0f} %" in held
    assert len(levels) == len(training.levels) == 2
    for sentence, level in zip(levels, training.levels, strict=True):
        assert level.role in sentence
        assert f"{100 * level.bias:+.1f} %" in sentence
    assert "has not seen" in season


def test_without_intervals_it_says_so() -> None:
    training = small_training()
    bare = tuple(figure for figure in training.evaluation.figures if figure.metric != "coverage")
    first, *_ = trust(replace(training, evaluation=replace(training.evaluation, figures=bare)))
    assert "not judged" in first


@pytest.mark.parametrize(("days", "told"), [(200, True), (394, True), (395, False), (900, False)])
def test_a_log_of_a_year_and_a_horizon_has_seen_the_season(days: int, told: bool) -> None:
    assert (of_season(plan(TimelineSettings(), 0, days - 1, 30)) is not None) == told
