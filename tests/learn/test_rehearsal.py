"""The rehearsal: a forecast never comes from a model that knew its answer, and lies beside its own row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from makers import ONE, THREE, TWO, made_up_panel, quick, rehearsed
from sklearn.base import BaseEstimator
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge

from setia.learn.dropout import DropoutSettings, with_dropout
from setia.learn.grow import folds_of
from setia.learn.members import ClassifierSettings, RegressorSettings
from setia.learn.rehearsal import FOLDS, Rehearsal, rehearse
from setia.panel import Panel
from setia.progress import Progress
from setia.timeline import Timeline

SEED = 5
#: scikit-learn's do not stop early, so nothing at all may pass from a row to its own forecast.
PLAIN: Any = {
    "classifier": ClassifierSettings(lambda random_state: LinearDiscriminantAnalysis()),
    "regressor": RegressorSettings(lambda random_state: Ridge()),
}
FORESTS: Any = {}


@pytest.fixture(scope="module")
def panel() -> Panel:
    return with_dropout(DropoutSettings("mbg_nbd"), made_up_panel(120), 30, "revenue")[0]


def other_outcomes(panel: Panel, rows: Any) -> Panel:
    """Return the panel with other outcomes in some rows."""
    return replace(
        panel,
        defected=np.where(rows, 1 - panel.defected, panel.defected),
        value=np.where(rows, 500.0, panel.value),
        purchases=np.where(rows, 9.0, panel.purchases),
    )


def moved(before: Rehearsal, after: Rehearsal, which: str) -> Any:
    """Return which rows are forecast otherwise."""
    left, right = getattr(before, which), getattr(after, which)
    return ~(np.isclose(left.none, right.none).all(axis=1) & np.isclose(left.value, right.value).all(axis=1))


@pytest.mark.parametrize("timeline", [THREE, TWO])
def test_what_comes_after_the_holdout_cutoff_reaches_no_forecast(panel: Panel, timeline: Timeline) -> None:
    later = other_outcomes(panel, panel.cutoff >= timeline.holdout)
    for settings in (PLAIN, FORESTS):
        before, after = rehearsed(panel, timeline, **settings), rehearsed(later, timeline, **settings)
        assert not moved(before, after, "raw_holdout").any()
        assert not moved(before, after, "raw_validation").any()
        assert before.rounds == after.rounds
        assert (before.holdout.defected != after.holdout.defected).all()


def test_with_a_validation_of_its_own_its_outcomes_reach_no_forecast(panel: Panel) -> None:
    later = other_outcomes(panel, panel.cutoff >= THREE.validation)
    assert not moved(rehearsed(panel, THREE, **PLAIN), rehearsed(later, THREE, **PLAIN), "raw_validation").any()


@pytest.mark.parametrize("timeline", [TWO, ONE])
@pytest.mark.parametrize("fold", range(FOLDS))
def test_where_days_are_shared_no_customer_is_forecast_by_own_outcomes(
    panel: Panel, timeline: Timeline, fold: int
) -> None:
    own = folds_of(panel.customer_id, FOLDS, SEED) == fold
    before, after = (rehearsed(each, timeline, SEED, **PLAIN) for each in (panel, other_outcomes(panel, own)))
    mine = folds_of(before.validation.customer_id, FOLDS, SEED) == fold
    changed = moved(before, after, "raw_validation")
    assert 0 < mine.sum() < len(mine)
    assert not changed[mine].any()
    assert changed[~mine].mean() > 0.5  # the others did learn from them


class Echo(BaseEstimator):  # type: ignore[misc]
    """Says the feature `noise` of each row."""

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Echo:
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: Any) -> Any:
        return np.abs(X[:, 5])


@pytest.mark.parametrize("timeline", [THREE, TWO, ONE])
def test_each_forecast_lies_beside_its_row(panel: Panel, timeline: Timeline) -> None:
    found = rehearsed(panel, timeline, classifier=ClassifierSettings(Echo), regressor=RegressorSettings(Echo))
    for rows, raw, cutoff in (
        (found.validation, found.raw_validation, timeline.validation),
        (found.holdout, found.raw_holdout, timeline.holdout),
    ):
        at = panel.at(cutoff)
        assert np.array_equal(rows.customer_id, at.customer_id)
        assert np.array_equal(rows.X, at.X)
        assert raw.none[:, 0] == pytest.approx(np.abs(at.column("noise")))


def test_where_there_is_no_holdout_the_validation_is_it(panel: Panel) -> None:
    found = rehearsed(panel, ONE, **PLAIN)
    assert found.raw_holdout is found.raw_validation
    assert np.array_equal(found.holdout.X, found.validation.X)


@pytest.mark.parametrize("timeline", [THREE, TWO])
def test_the_size_of_the_forests_is_kept_for_the_final_fit(panel: Panel, timeline: Timeline) -> None:
    found = rehearsed(panel, timeline)
    assert set(found.rounds) == {"classifier", "silence", "total", "lift"}
    assert found.rounds["silence"] is None  # defection is silence: one forest tells both
    assert all(size is not None and 1 <= size <= 20 for name, size in found.rounds.items() if name != "silence")
    assert set(rehearsed(panel, timeline, **PLAIN).rounds.values()) == {None}


def test_the_seed_decides(panel: Panel) -> None:
    first, again, other = (rehearsed(panel, TWO, seed, **PLAIN) for seed in (1, 1, 2))
    assert not moved(first, again, "raw_holdout").any()
    assert moved(first, other, "raw_validation").any()


@pytest.mark.parametrize("timeline", [THREE, TWO, ONE])
def test_where_defection_is_more_than_silence_both_are_forecast(panel: Panel, timeline: Timeline) -> None:
    """Also where the labels of some folds are those of silence by chance."""
    half = replace(panel, defected=np.where(panel.purchases < 2, 1.0, 0.0))
    odd = folds_of(panel.customer_id, FOLDS, SEED) == 1
    mixed = replace(panel, defected=np.where(odd, half.defected, panel.defected))
    chosen = quick()
    for rows in (half, mixed, panel):
        found = rehearse(chosen.classifier, chosen.regressor, rows, timeline, 10**6, SEED, apart=True)
        for raw, judged in ((found.raw_validation, found.validation), (found.raw_holdout, found.holdout)):
            assert raw.defect is not None
            assert raw.defect.shape == (len(judged),)
        assert found.rounds["silence"] is not None
        plain = rehearse(chosen.classifier, chosen.regressor, panel, timeline, 10**6, SEED)
        assert plain.raw_holdout.defect is None
        if rows is panel:
            assert np.array_equal(found.raw_holdout.defect, plain.raw_holdout.none[:, 0])
            assert np.array_equal(found.raw_holdout.none, plain.raw_holdout.none)


@pytest.mark.parametrize(("timeline", "parts"), [(THREE, 1), (TWO, FOLDS)])
def test_it_tells_how_far_it_is(panel: Panel, timeline: Timeline, parts: int) -> None:
    seen = []

    class Counting(Progress):
        def each(self, items: Any, name: str, total: int) -> Any:
            seen.append(total)
            return super().each(items, name, total)

    chosen = quick(**PLAIN)
    rehearse(chosen.classifier, chosen.regressor, panel, timeline, 10**6, SEED, Counting(quiet=True))
    assert seen == [parts]


def test_forests_grow_on_a_sample_and_forecast_every_row(panel: Panel) -> None:
    chosen = quick()
    few = rehearse(chosen.classifier, chosen.regressor, panel, THREE, 60, SEED)
    assert len(few.raw_validation.none) == len(few.validation) == 120
    assert moved(few, rehearsed(panel, THREE, SEED), "raw_validation").any()


@pytest.mark.parametrize("fold", range(FOLDS))
def test_what_will_be_judged_did_not_even_stop_the_forests(panel: Panel, fold: int) -> None:
    own = folds_of(panel.customer_id, FOLDS, SEED) == fold
    before, after = (rehearsed(each, ONE, SEED) for each in (panel, other_outcomes(panel, own)))
    mine = folds_of(before.holdout.customer_id, FOLDS, SEED) == fold
    assert not moved(before, after, "raw_holdout")[mine].any()
