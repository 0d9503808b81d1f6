"""Forests as tables say what LightGBM says: forecasts and contributions, missing values and ties included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setia.learn import shapley, tables
from setia.learn.predictor import MANY_ROWS, Forest
from setia.learn.trees import Leaf, Question, Split, Tree, questions_of, trees_of

FEATURES = 6


def random_matrix(rows: int, seed: int) -> np.ndarray:
    """Numbers of few values, so that many lie on a limit; zeros, missing and huge ones."""
    random = np.random.default_rng(seed)
    X = np.round(random.normal(size=(rows, FEATURES)), 1)
    X[:, 1] = random.integers(0, 4, rows)
    X[:, 2] *= 1e30
    X[:, 3][random.random(rows) < 0.3] = np.nan
    X[:, 4][random.random(rows) < 0.5] = 0.0
    return X.astype(np.float32)


def grown(seed: int = 0, rounds: int = 40, missing: bool = True, **settings: Any) -> Any:
    import lightgbm

    X = random_matrix(800, seed)
    if not missing:
        X = np.nan_to_num(X)
    y = np.nan_to_num(X[:, 0] + (X[:, 1] > 1) * X[:, 3]) + np.random.default_rng(seed).normal(size=len(X)) * 0.3
    given = {"objective": "binary", "num_leaves": 7, "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5}
    y = np.exp(y) if settings.get("objective") in ("tweedie", "poisson", "gamma") else (y > 0) * 1.0
    return lightgbm.train(given | settings, lightgbm.Dataset(X, y), rounds)


def edges(rows: int = 500) -> np.ndarray:
    X = random_matrix(rows, 99)
    X[0], X[1], X[2] = np.nan, np.inf, -np.inf
    X[3], X[4] = np.float32(1e-38), np.float32(-1e-38)
    return X


@pytest.mark.parametrize("missing", [True, False])
@pytest.mark.parametrize("leaves", [2, 4, 7, 9, 13])
def test_raw_scores_are_those_of_lightgbm(leaves: int, missing: bool) -> None:
    booster = grown(num_leaves=leaves, missing=missing)
    trees = trees_of(booster)
    assert trees is not None
    found = tables.tables_of(trees)
    assert found is not None
    assert all(len(table.values) == 2 ** len(table.questions) <= 2**tables.BITS for table in found)
    X = edges()
    assert np.allclose(tables.summed(found, X.T), booster.predict(X, raw_score=True), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(
    "settings",
    [
        {"objective": "binary", "sigmoid": 2.0},
        {"objective": "tweedie"},
        {"objective": "poisson"},
        {"objective": "regression"},
        {"objective": "huber"},
    ],
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_many_rows_are_forecast_as_few_are(settings: dict[str, Any], order: Any) -> None:
    forest = Forest(grown(**settings))
    assert forest.tables
    X = np.asarray(random_matrix(MANY_ROWS, 5), order=order)
    by_lightgbm = np.concatenate([forest.predict(X[start : start + 4096]) for start in range(0, len(X), 4096)])
    assert np.array_equal(by_lightgbm, forest.booster.predict(X))
    assert np.allclose(forest.predict(X), by_lightgbm, rtol=1e-12)


def test_blocks_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    forest = Forest(grown())
    X = random_matrix(MANY_ROWS + 11, 6)
    whole = forest.predict(X)
    monkeypatch.setattr(tables, "BLOCK", 1000)
    for threads in ("1", "2"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        assert np.array_equal(forest.predict(X), whole)


@pytest.mark.parametrize(
    "settings",
    [
        {"num_leaves": 31},
        {"zero_as_missing": True},
        {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5},
        {"objective": "regression", "reg_sqrt": True},
        {"objective": "cross_entropy"},
    ],
)
def test_other_forests_are_left_to_lightgbm(settings: dict[str, Any]) -> None:
    forest = Forest(grown(rounds=5, **settings))
    X = random_matrix(MANY_ROWS, 7)
    assert np.array_equal(forest.predict(X), forest.booster.predict(X))
    groups = [0, 1, 1, 2, 0, 2]
    parts = forest.booster.predict(X[:50], pred_contrib=True)[:, :-1]
    expected = np.column_stack([parts[:, np.equal(groups, group)].sum(axis=1) for group in range(3)])
    assert np.allclose(forest.pushes(X[:50], groups, 3), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["linear", "categories"])
def test_forests_of_more_than_limits_are_left_to_lightgbm(kind: str) -> None:
    import lightgbm

    X = np.nan_to_num(random_matrix(MANY_ROWS, 1))
    X[:, 2] /= 1e30
    data = lightgbm.Dataset(X, X[:, 0] + (X[:, 1] == 2), categorical_feature=[1] if kind == "categories" else "auto")
    forest = Forest(lightgbm.train({"verbosity": -1, "num_leaves": 5, "linear_tree": kind == "linear"}, data, 5))
    assert forest.tables is None
    assert np.array_equal(forest.predict(X), forest.booster.predict(X))


def test_doubles_are_left_to_lightgbm() -> None:
    forest = Forest(grown())
    X = random_matrix(MANY_ROWS, 8).astype(np.float64) * 1.1
    assert np.array_equal(forest.predict(X), forest.booster.predict(X))


@pytest.mark.parametrize("leaves", [2, 3, 7, 8])
def test_shares_are_lightgbms_contributions(leaves: int) -> None:
    forest = Forest(grown(num_leaves=leaves))
    X = edges()
    found = forest.pushes(X, range(FEATURES), FEATURES)
    assert found.shape == (len(X), FEATURES)
    assert np.allclose(found, forest.contributions(X)[:, :-1], rtol=0, atol=1e-12)
    assert forest.pushes(X[:0], range(FEATURES), FEATURES).shape == (0, FEATURES)


@st.composite
def small_trees(draw: st.DrawFn) -> Tree:
    """A tree over three features of -1, 0, 1 and missing."""

    def grow(depth: int, rows: int) -> Tree:
        if depth == 0 or rows < 2 or draw(st.booleans()):
            return Leaf(float(draw(st.integers(-5, 5))), float(rows))
        question = Question(
            draw(st.integers(0, 2)), np.float32(draw(st.sampled_from([-0.5, 0.5]))), draw(st.booleans())
        )
        left = draw(st.integers(1, rows - 1))
        return Split(question, grow(depth - 1, left), grow(depth - 1, rows - left), float(rows))

    return grow(3, 100)


def plain_value(tree: Tree, row: np.ndarray, known: frozenset[int]) -> float:
    """What the tree says of a row of which some features are known: the others are averaged over the training."""
    if isinstance(tree, Leaf):
        return tree.value
    question = tree.question
    if question.feature in known:
        number = row[question.feature]
        above = question.missing_above if np.isnan(number) else number > question.limit
        return plain_value(tree.above if above else tree.below, row, known)
    low, high = plain_value(tree.below, row, known), plain_value(tree.above, row, known)
    return (low * tree.below.rows + high * tree.above.rows) / (tree.below.rows + tree.above.rows)


@settings(deadline=None)
@given(small_trees())
def test_shares_are_means_over_all_orders(tree: Tree) -> None:
    """Shapley's definition: what a feature adds when the features become known in any order, on average."""
    from itertools import permutations

    values = [-1.0, 0.0, 1.0, np.nan]
    X = np.array([[a, b, c] for a in values for b in values for c in values], dtype=np.float32)
    if len(questions_of(tree)) > shapley.MOST_QUESTIONS:
        return
    shares = shapley.shares_of([tree], [0, 1, 2])
    assert shares is not None
    found = shapley.pushed(shares, X.T, 3)
    for place, row in enumerate(X[::7]):
        for feature in range(3):
            added = []
            for order in permutations(range(3)):
                before = frozenset(order[: order.index(feature)])
                added.append(plain_value(tree, row, before | {feature}) - plain_value(tree, row, before))
            assert found[feature, 7 * place] == pytest.approx(np.mean(added), abs=1e-9)
