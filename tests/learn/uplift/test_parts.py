"""The parts of an uplift model, one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from learn.uplift.campaigns import known
from setia.errors import InputError
from setia.learn.uplift import UpliftSettings, fit_uplift
from setia.learn.uplift.ridge import fit_ridge
from setia.learn.uplift.shrink import slope_of
from setia.learn.uplift.trial import trial


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"learner": "s"}, "no uplift learner 's'"),
        ({"folds": 1}, "2 folds"),
        ({"rounds": 0}, "rounds"),
        ({"penalty": -1.0}, "penalty"),
        ({"leaf_share": 0.0}, "leaf_share"),
        ({"cap": 1.5}, "cap"),
    ],
)
def test_settings_that_cannot_be_are_told_in_a_sentence(settings: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        UpliftSettings(**settings)


@pytest.mark.parametrize(("learner", "shares"), [("t", (1, -1)), ("x", (0.2, 0.8)), ("dr", (1,))])
def test_a_learner_adds_its_parts_as_its_paper_says(learner: Any, shares: tuple[float, ...]) -> None:
    """With four treated of five, the X-learner trusts what the control group's customers would have gained."""
    past = known(400)
    treated = (np.arange(400) % 5 > 0).astype(float)
    settings = UpliftSettings(learner=learner, rounds=2, folds=2)
    fitted = fit_uplift(settings, past.X, treated, past.outcome, 0.8, seed=0)
    assert fitted.raw.shares == pytest.approx(shares)


def test_folds_hold_their_share_of_both_arms() -> None:
    data = trial(*known(1003)[:4])
    fold = data.folds(5, seed=0)
    for arm in (0, 1):
        count = np.bincount(fold[data.treated == arm])
        assert count.max() - count.min() <= 1
    assert (fold != data.folds(5, seed=1)).any()


def test_large_orders_are_cut_and_the_total_kept() -> None:
    data = trial(*known(2000, kind="money")[:4])
    cut = data.capped(0.5)
    assert cut.outcome.sum() == pytest.approx(data.outcome.sum())
    assert np.unique(cut.outcome[cut.outcome >= np.quantile(cut.outcome[cut.outcome > 0], 0.6)]).size == 1
    assert ((cut.outcome == 0) == (data.outcome == 0)).all()
    np.testing.assert_allclose(data.capped(1.0).outcome, data.outcome)


def test_ones_and_noughts_are_not_cut() -> None:
    data = trial(*known(2000, kind="binary")[:4])
    np.testing.assert_array_equal(data.capped(0.9).outcome, data.outcome)


def test_doubly_robust_effects_are_those_of_a_plain_loop_and_right_on_average() -> None:
    past = known(20_000)
    data, wrong = trial(*past[:4]), np.full(20_000, 3.0)
    found = data.weighed(wrong + 1, wrong)
    for i in range(20):
        t, e, y = past.treated[i], past.propensity[i], past.outcome[i]
        assert found[i] == pytest.approx(1 + (y - 4) / e if t else 1 - (y - 3) / (1 - e))
    assert found[past.X[:, 0] > 0].mean() == pytest.approx(2, abs=0.2)
    assert found[past.X[:, 0] < 0].mean() == pytest.approx(0, abs=0.2)


def test_a_line_without_a_fine_is_that_of_least_squares() -> None:
    X = np.linspace(0, 1, 101, dtype=np.float32)[:, None]
    line = fit_ridge(X, 3 - 2 * X[:, 0].astype(float), penalty=0.0)
    np.testing.assert_allclose(line.predict(X), 3 - 2 * X[:, 0], atol=1e-6)


def test_a_fine_of_one_per_row_halves_a_slope_and_keeps_the_mean() -> None:
    X = np.linspace(0, 1, 101, dtype=np.float32)[:, None]
    p = fit_ridge(X, 3 - 2 * X[:, 0].astype(float), penalty=1.0).predict(X)
    assert p.mean() == pytest.approx(2)
    assert p[0] - p[-1] == pytest.approx(1, rel=1e-5)


def test_a_line_sees_what_is_missing_and_stays_within_what_it_knows() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(2000, 1)).astype(np.float32)
    X[random.random(2000) < 0.5] = np.nan
    line = fit_ridge(X, np.isnan(X[:, 0]).astype(float), penalty=0.0)
    p = line.predict(np.array([[np.nan], [0.0], [1e30]], dtype=np.float32))
    np.testing.assert_allclose(p, [1, 0, 0], atol=1e-6)


def proof(slope: float, noise: float, rows: int = 5000) -> float:
    """The slope found where single effects are `slope` times the forecast, and noise; folds differ in level."""
    random = np.random.default_rng(0)
    fold, unseen = random.integers(0, 5, rows), random.normal(size=rows)
    weighed = slope * unseen + noise * random.normal(size=rows)
    return slope_of(weighed, unseen + 10.0 * fold, fold)


def test_proven_differences_are_believed_as_far_as_they_hold() -> None:
    assert proof(0.6, 1) == pytest.approx(0.6, abs=0.05)
    assert proof(0.0, 1) < 0.05
    assert 0 < proof(-1.0, 1) < 0.05
    assert proof(0.6, 0) == pytest.approx(0.6)


def test_without_evidence_a_slope_is_that_of_before() -> None:
    assert proof(0.5, 1e5) == pytest.approx(1 / 3, abs=0.02)


def test_one_forecast_for_all_has_no_slope() -> None:
    assert slope_of(np.arange(4.0), np.zeros(4), np.array([0, 0, 1, 1])) == 0
