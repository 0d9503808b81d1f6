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
from setia.learn.members import ClassifierSettings, Members, Raw, fit_members, mean_of, stack
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
    assert raw.defect.shape == raw.value.shape == (len(panel()), 2)
    assert raw.defect.dtype == raw.value.dtype == np.float64
    assert ((raw.defect >= 0) & (raw.defect <= 1)).all()
    assert (raw.value >= 0).all()


def test_the_second_is_the_buy_till_you_die_model_itself() -> None:
    raw = members().predict(panel().X)
    assert np.array_equal(raw.defect[:, 1], panel().column("btyd_p_none"))
    assert np.array_equal(raw.value[:, 1], panel().column("btyd_value"))
    assert panel().names[-len(COLUMNS) :] == tuple(COLUMNS)


def test_on_what_it_learnt_from_the_total_adds_up_to_the_net_values() -> None:
    assert panel().value.min() < 0
    assert members().predict(panel().X).value[:, 0].sum() == pytest.approx(panel().value.sum(), rel=1e-6)


def test_rows_whose_defection_is_unknown_teach_the_classifier_nothing() -> None:
    unknown = np.arange(len(panel())) % 3 == 0
    gaps = replace(panel(), defected=np.where(unknown, np.nan, panel().defected))
    expected = fitted(panel().rows(~unknown)).predict(panel().X).defect
    assert np.array_equal(fitted(gaps).predict(panel().X).defect, expected)
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
    for name in ("defect", "value"):
        assert np.array_equal(getattr(fixed.predict(watch.X), name), getattr(stopped.predict(watch.X), name))


def test_a_seed_decides_everything() -> None:
    first, again = (fitted(panel()).predict(panel().X) for _ in range(2))
    assert np.array_equal(first.defect, again.defect)
    assert np.array_equal(first.value, again.value)


def test_they_are_the_same_after_a_journey(tmp_path: Path) -> None:
    members().save(tmp_path)
    back = Members.load(tmp_path, members().level, members().rounds)
    for name in ("defect", "value"):
        assert np.array_equal(getattr(back.predict(panel().X), name), getattr(members().predict(panel().X), name))


def raw(first: float) -> Raw:
    defect = np.array([[first, first], [first + 0.1, first + 0.1]])
    return Raw(defect, 10 * defect)


def test_forecasts_are_stacked_in_the_order_asked_for() -> None:
    whole = stack([raw(0.1), raw(0.5)], np.array([2, 0, 3, 1]))
    assert whole.defect[:, 0].tolist() == pytest.approx([0.5, 0.1, 0.6, 0.2])
    assert whole.value[:, 1].tolist() == pytest.approx([5, 1, 6, 2])
    assert stack([raw(0.1), raw(0.5)]).defect[:, 0].tolist() == pytest.approx([0.1, 0.2, 0.5, 0.6])
    assert whole.rows(np.array([1])).value.tolist() == [[1.0, 1.0]]


def test_the_mean_of_several_fits_is_their_mean() -> None:
    mean = mean_of([raw(0.1), raw(0.5)])
    assert mean.defect[:, 0].tolist() == pytest.approx([0.3, 0.4])
    assert mean.value[:, 0].tolist() == pytest.approx([3, 4])
