"""Forests that share their bins are the very forests that LightGBM's estimators grow one by one."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import FOREST

from setia.learn.boost import Bins, Sample, boost, boosts

ROWS = 240
MATRIX = np.random.default_rng(1).normal(size=(ROWS, 5)).astype(np.float32)
MATRIX[::9, 2] = np.nan
WATCHED = np.random.default_rng(2).normal(size=(ROWS, 5)).astype(np.float32)
OFFSET = 0.2 * MATRIX[:, 0].astype(float)


def outcome(X: Any) -> Any:
    return (X[:, 0] + np.sin(7 * X[:, 1]) > 0).astype(float)


def estimator(money: bool, **more: Any) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    some = {**FOREST, "n_estimators": 60, "subsample": 0.7, "subsample_freq": 1, "colsample_bytree": 0.6} | more
    return (
        LGBMRegressor(objective="tweedie", random_state=3, **some) if money else LGBMClassifier(random_state=3, **some)
    )


def alone(made: Any, offset: Any, watched: bool) -> str:
    """Fit as a user of LightGBM would."""
    import lightgbm

    more: dict[str, Any] = {"init_score": offset}
    if watched:
        more |= {"eval_X": WATCHED, "eval_y": outcome(WATCHED)}
        more["callbacks"] = [lightgbm.early_stopping(5, first_metric_only=True, verbose=False)]
        if offset is not None:
            more["eval_init_score"] = [OFFSET]
    return str(made.fit(MATRIX, outcome(MATRIX), **more).booster_.model_to_string())


def shared(made: Any, offset: Any, watched: bool, bins: Bins) -> str:
    watch = Sample(WATCHED, outcome(WATCHED), None if offset is None else OFFSET) if watched else None
    train = Sample(MATRIX, outcome(MATRIX), offset)
    forest, rounds = boost(made, train, watch, patience=5, names=None, bins=bins)
    assert rounds == forest.booster.num_trees()
    return str(forest.booster.model_to_string())


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    order=st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=4),
    leaves=st.integers(2, 9),
    child=st.sampled_from([5, 10, 90]),
)
def test_in_whatever_order_they_grow_on_the_same_bins(order: Any, leaves: int, child: int) -> None:
    bins = Bins()
    for k, (money, lifted, watched) in enumerate(order):
        # every other one asks for other bins: it must not get those of its neighbour
        more = {"num_leaves": leaves, "min_child_samples": child if k % 2 else 10, "max_bin": 31 if k % 2 else 255}
        offset = OFFSET if lifted and money else None
        expected = alone(estimator(money, **more), offset, watched)
        assert shared(estimator(money, **more), offset, watched, bins) == expected


def test_the_same_matrix_is_sorted_once() -> None:
    bins = Bins()
    train = Sample(MATRIX, outcome(MATRIX))
    first = bins.dataset(train, {"verbosity": -1, "objective": "binary"}, None)
    again = bins.dataset(train._replace(offset=OFFSET), {"verbosity": -1, "objective": "tweedie"}, None)
    assert first is again
    assert bins.dataset(train, {"verbosity": -1, "objective": "binary", "max_bin": 7}, None) is not first
    assert bins.dataset(Sample(MATRIX.copy(), train.y), {"verbosity": -1, "objective": "binary"}, None) is not first


def test_weights_of_classes_hold_for_one_forest_only() -> None:
    bins = Bins()
    for weights in ("balanced", None):
        expected = alone(estimator(False, class_weight=weights), None, False)
        assert shared(estimator(False, class_weight=weights), None, False, bins) == expected


@pytest.mark.parametrize("objective", ["binary", lambda y, p: (p - y, np.ones(len(y)))])
def test_a_loss_of_ones_own_is_left_to_the_estimator(objective: Any) -> None:
    from sklearn.linear_model import Ridge

    assert boosts(partial(estimator, False)(objective=objective)) is isinstance(objective, str)
    assert not boosts(Ridge())
