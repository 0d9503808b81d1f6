"""Effects learnt from campaigns whose effects are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learn.uplift.campaigns import known
from setia.errors import InputError
from setia.learn.uplift import Uplift, UpliftSettings, cross_fitted, fit_uplift
from setia.metrics import qini

LEARNERS: Any = ("t", "x", "dr")
QUICK = UpliftSettings(folds=3)


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("kind", ["plain", "binary", "money"])
def test_known_effects_are_ranked_and_measured(learner: Any, kind: str) -> None:
    past, new = known(2000, kind=kind), known(2000, seed=1, kind=kind)
    p = fit_uplift(replace(QUICK, learner=learner), *past[:4], seed=0).predict(new.X)
    assert p.shape == (2000,)
    assert np.corrcoef(p, new.effect)[0, 1] > (0.6 if kind == "money" else 0.8)
    assert p.mean() == pytest.approx(new.effect.mean(), rel=0.2)
    assert np.var(p - new.effect) < np.var(new.effect)
    assert qini(new.outcome, new.treated, p, new.propensity) > 0


@pytest.mark.parametrize("learner", LEARNERS)
def test_what_all_gain_alike_is_nearly_one_number(learner: Any) -> None:
    past = known(size=0)
    p = fit_uplift(replace(QUICK, learner=learner), *past[:4], seed=0).predict(past.X)
    assert p.mean() == pytest.approx(1, abs=0.1)
    assert p.std() < 0.1


def test_chances_that_differ_do_not_bias_the_effect() -> None:
    """Who buys anyway is contacted more often; the contact does nothing."""
    random = np.random.default_rng(0)
    X = random.normal(size=(4000, 2)).astype(np.float32)
    chance = np.where(X[:, 0] > 0, 0.8, 0.3)
    treated = (random.random(4000) < chance).astype(float)
    p = fit_uplift(QUICK, X, treated, 10 * (X[:, 0] > 0) + random.normal(size=4000), chance, seed=0).predict(X)
    assert np.abs(p).max() < 0.5


def test_features_with_gaps_are_learnt_from() -> None:
    past = known()
    X = np.column_stack([past.X, np.full(len(past.X), np.nan), np.ones(len(past.X))]).astype(np.float32)
    X[np.random.default_rng(2).random(len(X)) < 0.3, 0] = np.nan
    p = fit_uplift(QUICK, X, *past[1:4], seed=0).predict(X)
    gap = np.isnan(X[:, 0])
    assert np.isfinite(p).all()
    assert np.corrcoef(p[~gap], past.effect[~gap])[0, 1] > 0.8
    assert p[gap].mean() == pytest.approx(past.effect[gap].mean(), abs=0.3)


def test_the_same_seed_says_the_same_and_rows_out_of_sight_do_not_matter() -> None:
    past = known(1500)
    first, again, other = (fit_uplift(QUICK, *past[:4], seed=seed).predict(past.X) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_out_of_sample_effects_are_good_and_do_not_know_their_row() -> None:
    past = known(2000)
    effects = cross_fitted(QUICK, *past[:4], seed=0)
    assert np.corrcoef(effects, past.effect)[0, 1] > 0.8
    changed = past.outcome.copy()
    changed[0] += 1000
    again = cross_fitted(QUICK, *past[:2], changed, past.propensity, seed=0)
    assert again[0] == effects[0]
    assert (again != effects).any()


@pytest.mark.parametrize("learner", LEARNERS)
def test_what_is_saved_is_loaded(learner: Any, tmp_path: Path) -> None:
    past = known(600, kind="money")
    fitted = fit_uplift(replace(QUICK, learner=learner, rounds=5), *past[:4], seed=0)
    fitted.save(tmp_path / "model")
    np.testing.assert_array_equal(Uplift.load(tmp_path / "model").predict(past.X), fitted.predict(past.X))


def test_half_a_model_is_not_loaded(tmp_path: Path) -> None:
    past = known(600)
    fit_uplift(replace(QUICK, rounds=2), *past[:4], seed=0).save(tmp_path)
    (tmp_path / "effect_0.lightgbm.txt").unlink()
    with pytest.raises(InputError, match="incomplete"):
        Uplift.load(tmp_path)
    (tmp_path / "uplift.json").write_text("{")
    with pytest.raises(InputError, match="no whole uplift model"):
        Uplift.load(tmp_path)


def test_an_outcome_that_never_changes_has_no_effect() -> None:
    past = known(400)
    p = fit_uplift(replace(QUICK, rounds=2), *past[:2], np.zeros(400), past.propensity, seed=0).predict(past.X)
    np.testing.assert_array_equal(p, 0)


def wrong(name: str) -> tuple[Any, ...]:
    X, treated, outcome, propensity, _ = known(400)
    few = np.zeros(400)
    few[:20] = 1
    return {
        "fewer than 50": (X, few, outcome, 0.5),
        "0 treated": (X, np.zeros(400), outcome, 0.5),
        "0 control": (X, np.ones(400), outcome, 0.5),
        "two arms": (X, treated * 2, outcome, 0.5),
        "missing or infinite": (X, treated, np.where(few, np.nan, outcome), 0.5),
        "between 0 and 1": (X, treated, outcome, 1.0),
        "shapes": (X, treated[:-1], outcome, propensity),
    }[name]


@pytest.mark.parametrize(
    "name",
    ["fewer than 50", "0 treated", "0 control", "two arms", "missing or infinite", "between 0 and 1", "shapes"],
)
def test_what_cannot_be_is_told_in_a_sentence(name: str) -> None:
    with pytest.raises(InputError, match=name) as told:
        fit_uplift(QUICK, *wrong(name), seed=0)
    assert str(told.value).endswith(".")


def test_other_features_than_those_learnt_from_are_refused() -> None:
    past = known(400)
    fitted = fit_uplift(replace(QUICK, rounds=2), *past[:4], seed=0)
    with pytest.raises(InputError, match="4 features"):
        fitted.predict(past.X[:, :2])


def test_effects_are_found_where_the_chance_followed_the_customer() -> None:
    """Who spends more was contacted more often; the doubly robust default is not misled by that."""
    random = np.random.default_rng(0)
    X = random.normal(size=(6000, 4)).astype(np.float32)
    chance, helped = np.where(X[:, 0] > 0, 0.8, 0.3), X[:, 1] > 0
    treated = (random.random(6000) < chance).astype(float)
    p = fit_uplift(QUICK, X, treated, 5 * X[:, 0] + random.normal(size=6000) + treated * helped, chance, 0).predict(X)
    assert np.corrcoef(p, helped)[0, 1] > 0.7
