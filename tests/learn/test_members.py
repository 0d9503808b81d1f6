"""The members: what each says, on which rows it was fitted, and the levels they are brought back to."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from makers import FOREST, made_up_panel, quick

from setia.learn.dropout import COLUMNS, DropoutSettings, with_dropout
from setia.learn.linear import logistic
from setia.learn.members import ClassifierSettings, Members, Raw, RegressorSettings, fit_members, mean_of, stack
from setia.panel import Panel

SETTINGS = quick()


@lru_cache(maxsize=1)
def panel() -> Panel:
    return with_dropout(DropoutSettings("mbg_nbd"), made_up_panel(), 30, "revenue")[0]


def fitted(train: Panel, watch: Panel | None = None, **more: Any) -> Members:
    return fit_members(SETTINGS.classifier, SETTINGS.regressor, train, watch, 1, **more)


@lru_cache(maxsize=1)
def members() -> Members:
    return fitted(panel())


def test_each_member_gives_a_probability_and_a_mean() -> None:
    raw = members().predict(panel().X)
    assert raw.none.shape == (len(panel()), 2)
    assert raw.value.shape == (len(panel()), 3)
    assert raw.none.dtype == raw.value.dtype == np.float64
    assert ((raw.none >= 0) & (raw.none <= 1)).all()
    assert (raw.value >= 0).all()


def test_the_last_is_the_buy_till_you_die_model_itself() -> None:
    raw = members().predict(panel().X)
    assert np.array_equal(raw.none[:, 1], panel().column("btyd_p_none"))
    assert np.array_equal(raw.value[:, 2], panel().column("btyd_value"))
    assert panel().names[-len(COLUMNS) :] == tuple(COLUMNS)


def test_on_what_it_learnt_from_total_and_lift_add_up_to_the_net_values() -> None:
    assert panel().value.min() < 0
    sums = members().predict(panel().X).value.sum(axis=0)
    assert sums[:2] == pytest.approx([panel().value.sum()] * 2, rel=1e-6)


def test_the_lift_follows_what_is_expected_beyond_all_that_it_was_fitted_to() -> None:
    X = panel().X.copy()
    place = list(panel().names).index("btyd_value")
    X[:, place] = X[:, place].max() * 2  # the trees take it for the largest they know
    twice = X.copy()
    twice[:, place] *= 2
    once, more = (members().predict(each).value for each in (X, twice))
    assert more[:, 0] == pytest.approx(once[:, 0])
    assert more[:, 1] == pytest.approx(2 * once[:, 1])


def test_without_an_offset_the_total_stands_in_for_the_lift(tmp_path: Path) -> None:
    from sklearn.dummy import DummyRegressor

    plain = fit_members(SETTINGS.classifier, RegressorSettings(lambda **_: DummyRegressor()), panel(), None, 1)
    said = plain.predict(panel().X).value
    assert plain.lift is None
    assert np.array_equal(said[:, 0], said[:, 1])
    plain.save(tmp_path)
    assert np.array_equal(Members.load(tmp_path, **plain.numbers()).predict(panel().X).value, said)


def test_rows_whose_defection_is_unknown_teach_the_classifier_nothing() -> None:
    unknown = np.arange(len(panel())) % 3 == 0
    gaps = replace(panel(), defected=np.where(unknown, np.nan, panel().defected))
    expected = fitted(panel().rows(~unknown)).predict(panel().X).none
    assert np.array_equal(fitted(gaps).predict(panel().X).none, expected)
    # their money is known all the same
    assert np.array_equal(fitted(gaps).predict(panel().X).value, members().predict(panel().X).value)


def test_watched_rows_stop_the_forests_and_teach_them_nothing_else() -> None:
    from lightgbm import LGBMClassifier

    train, watch = panel().at((100, 130)), panel().at(190)
    long = ClassifierSettings(partial(LGBMClassifier, **{**FOREST, "n_estimators": 120}), patience=8)
    stopped = fit_members(long, SETTINGS.regressor, train, watch, 1)
    assert 0 < (stopped.rounds["classifier"] or 0) < 120
    fixed = fit_members(long, SETTINGS.regressor, train, None, 1, stopped.rounds)
    assert fixed.rounds == stopped.rounds
    for name in ("none", "value"):
        assert np.array_equal(getattr(fixed.predict(watch.X), name), getattr(stopped.predict(watch.X), name))


@pytest.mark.parametrize("classifier", [SETTINGS.classifier, ClassifierSettings(logistic)], ids=["forest", "logistic"])
def test_where_nobody_falls_silent_all_have_the_same_small_chance(
    classifier: ClassifierSettings, tmp_path: Path
) -> None:
    """Defection may be more than silence, and silence too rare to be seen."""
    regular = replace(panel(), purchases=panel().purchases + 1)
    found = fit_members(classifier, SETTINGS.regressor, regular, None, 1, apart=True)
    raw = found.predict(regular.X)
    assert raw.none[:, 0] == pytest.approx(1 / (len(regular) + 2))
    assert raw.defect is not None
    assert raw.defect.std() > 0
    found.save(tmp_path)
    assert np.array_equal(Members.load(tmp_path, **found.numbers()).predict(regular.X).none, raw.none)


def test_a_seed_decides_everything() -> None:
    first, again = (fitted(panel()).predict(panel().X) for _ in range(2))
    assert np.array_equal(first.none, again.none)
    assert np.array_equal(first.value, again.value)


def test_they_are_the_same_after_a_journey(tmp_path: Path) -> None:
    members().save(tmp_path)
    back = Members.load(tmp_path, **members().numbers())
    for name in ("none", "value"):
        assert np.array_equal(getattr(back.predict(panel().X), name), getattr(members().predict(panel().X), name))


def raw(first: float) -> Raw:
    defect = np.array([[first, first], [first + 0.1, first + 0.1]])
    return Raw(defect, 10 * defect)


def test_forecasts_are_stacked_in_the_order_asked_for() -> None:
    whole = stack([raw(0.1), raw(0.5)], np.array([2, 0, 3, 1]))
    assert whole.none[:, 0].tolist() == pytest.approx([0.5, 0.1, 0.6, 0.2])
    assert whole.value[:, 1].tolist() == pytest.approx([5, 1, 6, 2])
    assert stack([raw(0.1), raw(0.5)]).none[:, 0].tolist() == pytest.approx([0.1, 0.2, 0.5, 0.6])
    assert whole.rows(np.array([1])).value.tolist() == [[1.0, 1.0]]


def test_the_mean_of_several_fits_is_their_mean() -> None:
    mean = mean_of([raw(0.1), raw(0.5)])
    assert mean.none[:, 0].tolist() == pytest.approx([0.3, 0.4])
    assert mean.value[:, 0].tolist() == pytest.approx([3, 4])
