"""The leak alarm: what has seen the future is told by name, and shuffled answers cannot be guessed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from makers import ONE, THREE, TWO, made_up_panel, quick, rehearsed

from setia import metrics
from setia.errors import InputError
from setia.learn.combine import CombineSettings
from setia.learn.dropout import DropoutSettings, with_dropout
from setia.learn.leak import CERTAIN_AUC, stop_on_leak
from setia.panel import Panel
from setia.timeline import Timeline
from setia.training import OURS, judge


def planted(panel: Panel, column: Any, name: str = "planted") -> Panel:
    return replace(panel, names=(*panel.names, name), X=np.column_stack([panel.X, column]).astype(np.float32))


@pytest.fixture(scope="module")
def panel() -> Panel:
    return made_up_panel(300, cutoffs=(100, 130))


def test_honest_features_pass(panel: Panel) -> None:
    stop_on_leak(panel)


def noisy(panel: Panel, spread: float, missing: float = 0.0) -> Any:
    random = np.random.default_rng(1)
    found = panel.defected + random.normal(scale=spread, size=len(panel))
    return np.where(random.random(len(panel)) < missing, np.nan, found)


@pytest.mark.parametrize("sign", [1, -1])
def test_what_knows_the_answer_is_told_by_name(panel: Panel, sign: int) -> None:
    with pytest.raises(InputError, match=r"The feature planted alone predicts defection with AUC 1\.000") as caught:
        stop_on_leak(planted(panel, sign * panel.defected))
    assert "leak.allow=[planted]" in str(caught.value)
    assert "seen the future" in str(caught.value)
    assert caught.value.exit_code == 2


def test_what_is_missing_for_those_who_left_is_a_leak_too(panel: Panel) -> None:
    with pytest.raises(InputError, match="planted"):
        stop_on_leak(planted(panel, np.where(panel.defected == 1, np.nan, 3.0)))


def test_far_above_the_recency_rule_is_enough(panel: Panel) -> None:
    recency = metrics.auc(panel.defected, panel.column("days_since_last"))
    leaky = noisy(panel, 0.35)
    assert recency + 0.1 < metrics.auc(panel.defected, leaky) < CERTAIN_AUC
    with pytest.raises(InputError, match=f"days since last purchase: {recency:.3f}"):
        stop_on_leak(planted(panel, leaky))
    stop_on_leak(planted(panel, noisy(panel, 1.5)))


def test_where_recency_tells_much_others_may_too(panel: Panel) -> None:
    names = {name: place for place, name in enumerate(panel.names)}
    X = panel.X.copy()
    X[:, names["days_since_last"]] = noisy(panel, 0.36)
    stop_on_leak(planted(replace(panel, X=X), noisy(panel, 0.35)))


def test_what_is_allowed_by_name_passes_and_nothing_else(panel: Panel) -> None:
    leaky = planted(panel, panel.defected)
    stop_on_leak(leaky, ["planted"])
    stop_on_leak(leaky, ("noise", "planted"))
    with pytest.raises(InputError, match="planted"):
        stop_on_leak(leaky, ["plant", "noise"])
    with pytest.raises(InputError, match="other"):
        stop_on_leak(planted(leaky, panel.defected, "other"), ["planted"])


def test_rows_whose_answer_is_unknown_are_left_out(panel: Panel) -> None:
    unknown = np.arange(len(panel)) % 2 == 0
    gaps = replace(panel, defected=np.where(unknown, np.nan, panel.defected))
    with pytest.raises(InputError, match="planted"):
        stop_on_leak(planted(gaps, np.where(unknown, 0.5, panel.defected)))
    stop_on_leak(planted(gaps, np.where(unknown, 1 - panel.defected, 0)))


@pytest.mark.parametrize("answer", [0.0, 1.0, np.nan])
def test_where_there_is_nothing_to_tell_apart_there_is_no_alarm(panel: Panel, answer: float) -> None:
    stop_on_leak(planted(replace(panel, defected=np.full(len(panel), answer)), panel.defected))


def test_among_a_few_chance_separates_and_there_is_no_alarm(panel: Panel) -> None:
    gone = np.flatnonzero(panel.defected == 1)
    for few, alarm in ((9, False), (10, True)):
        rows = np.concatenate([np.flatnonzero(panel.defected == 0), gone[:few]])
        some = panel.rows(np.isin(np.arange(len(panel)), rows))
        if alarm:
            with pytest.raises(InputError, match="planted"):
                stop_on_leak(planted(some, some.defected))
        else:
            stop_on_leak(planted(some, some.defected))


def test_under_another_definition_its_own_past_may_tell_nearly_all(panel: Panel) -> None:
    """Half of the customers cannot defect by it: what says so is no leak."""
    able = np.arange(len(panel)) % 2 == 0
    mine = np.where(able & (panel.column("noise") > -1), 1.0, 0.0)
    asked = replace(panel, defected=mine)
    own = planted(asked, able)
    assert metrics.auc(mine, able.astype(float)) > 0.9
    stop_on_leak(own)
    with pytest.raises(InputError, match=r"The feature planted alone predicts defection with AUC 1\.000"):
        stop_on_leak(planted(asked, mine))
    with pytest.raises(InputError, match=r"The feature planted alone predicts silence with AUC 1\.000"):
        stop_on_leak(planted(asked, panel.purchases))


def shuffled(panel: Panel, seed: int) -> Panel:
    """Deal the outcomes of each cutoff out anew."""
    random = np.random.default_rng(seed)
    order = np.arange(len(panel))
    for cutoff in np.unique(panel.cutoff):
        place = np.flatnonzero(panel.cutoff == cutoff)
        order[place] = random.permutation(place)
    outcomes = {name: getattr(panel, name)[order] for name in ("defected", "value", "purchases")}
    return replace(panel, **outcomes)


@pytest.mark.parametrize("timeline", [THREE, pytest.param(TWO, marks=pytest.mark.slow), ONE])
def test_shuffled_answers_cannot_be_guessed(timeline: Timeline) -> None:
    whole, _ = with_dropout(DropoutSettings("mbg_nbd"), made_up_panel(400), 30, "revenue")
    eager = quick(combine=CombineSettings(share_prior_rows=1.0, value_prior_rows=1.0))
    figures = []
    for seed in range(4, 8):
        tried = rehearsed(shuffled(whole, seed), timeline, seed)
        evaluation = judge(tried, eager, timeline, "revenue")
        auc, gini = (evaluation.figure(metric, OURS) for metric in ("auc", "gini"))
        assert auc is not None
        assert gini is not None
        forest = metrics.auc(tried.holdout.defected, tried.raw_holdout.none[:, 0])
        figures.append([auc.value, forest, 0.5 + gini.value / 2])
    # the standard error of one AUC of 400 customers is about .03, that of their mean .015
    assert np.mean(figures, axis=0) == pytest.approx(0.5, abs=0.04)


def test_the_same_without_shuffling_can() -> None:
    whole, _ = with_dropout(DropoutSettings("mbg_nbd"), made_up_panel(500), 30, "revenue")
    found = rehearsed(whole, THREE)
    assert metrics.auc(found.holdout.defected, found.raw_holdout.none[:, 0]) > 0.7
