"""Fitting one estimator, stopping early, and folds that follow the customer."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import FOREST

from setia.learn.boost import Sample
from setia.learn.grow import folds_of, grow
from setia.learn.predictor import Estimator, Forest


def noise(rows: int, seed: int) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    X = random.normal(size=(rows, 4)).astype(np.float32)
    return X, (random.random(rows) < 0.5 + 0.3 * np.sign(X[:, 0])).astype(float)


def forest(**more: Any) -> Any:
    from lightgbm import LGBMClassifier

    return partial(LGBMClassifier, **{**FOREST, "n_estimators": 150, **more})


def test_it_stops_where_the_watched_rows_gain_no_more() -> None:
    train, watch = noise(300, 1), noise(300, 2)
    stopped, rounds = grow(forest(), Sample(*train), Sample(*watch), patience=10, random_state=1)
    assert rounds is not None
    assert 0 < rounds < 150
    whole, every = grow(forest(), Sample(*train), random_state=1)
    assert every == 150
    fixed, same = grow(forest(), Sample(*train), rounds=rounds, random_state=1)
    assert same == rounds
    assert isinstance(fixed, Forest)
    assert fixed.booster.num_trees() == rounds
    assert np.array_equal(stopped.predict(watch[0]), fixed.predict(watch[0]))
    assert not np.allclose(stopped.predict(watch[0]), whole.predict(watch[0]))


def test_at_least_one_round_is_grown() -> None:
    grown, rounds = grow(forest(), Sample(*noise(100, 1)), rounds=0)
    assert rounds == 1
    assert isinstance(grown, Forest)
    assert grown.booster.num_trees() == 1


def test_a_seed_decides_everything() -> None:
    train = noise(200, 3)
    some = forest(n_estimators=20, subsample=0.5, subsample_freq=1, colsample_bytree=0.5)
    first, again, other = (grow(some, Sample(*train), random_state=seed)[0].predict(train[0]) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_features_keep_their_names() -> None:
    grown, _ = grow(forest(), Sample(*noise(100, 1)), rounds=3, names=["a", "b", "c", "d"])
    assert isinstance(grown, Forest)
    assert grown.booster.feature_name() == ["a", "b", "c", "d"]


def test_an_estimator_without_rounds_has_none() -> None:
    from sklearn.linear_model import LogisticRegression

    train = noise(200, 1)
    more = {"names": list("abcd"), "C": 0.5, "random_state": 1}
    grown, rounds = grow(LogisticRegression, Sample(*train), Sample(*noise(50, 2)), rounds=7, **more)
    assert rounds is None
    assert isinstance(grown, Estimator)
    assert np.allclose(grown.predict(train[0]), LogisticRegression(C=0.5).fit(*train).predict_proba(train[0])[:, 1])


IDS = np.array([f"customer {number}" for number in range(2000)], dtype=object)


def test_folds_are_of_equal_size_and_stand_for_ever() -> None:
    assert np.bincount(folds_of(IDS, 4, 7)) == pytest.approx(500, abs=60)
    # written down, so that no machine and no release deals them out otherwise
    assert folds_of(IDS[:12], 4, 7).tolist() == [0, 0, 3, 3, 3, 3, 0, 1, 0, 0, 2, 0]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(chosen=st.lists(st.integers(0, 1999), min_size=1, max_size=40), folds=st.integers(2, 6))
def test_a_fold_belongs_to_the_customer(chosen: list[int], folds: int) -> None:
    whole = folds_of(IDS, folds, 3)
    assert set(whole) == set(range(folds))
    assert np.array_equal(folds_of(IDS[chosen], folds, 3), whole[chosen])


@pytest.mark.parametrize("folds", [2, 3, 4])
def test_another_seed_is_another_division(folds: int) -> None:
    one, other = folds_of(IDS, folds, 1), folds_of(IDS, folds, 2)
    pairs = np.bincount(one * folds + other, minlength=folds * folds)
    # as if thrown by dice, not the same groups under other numbers
    assert pairs.min() > 0.7 * len(IDS) / folds**2
