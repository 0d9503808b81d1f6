"""The plain logistic curve that `classifier=logistic` fits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from setia.learn.linear import logistic
from setia.metrics import auc


def data(rows: int = 400) -> tuple[Any, Any]:
    """Heavy tails, gaps, a column that is never filled and one that never changes."""
    random = np.random.default_rng(4)
    drive = random.normal(size=rows)
    X = np.column_stack([np.exp(3 * drive), random.lognormal(5, 3, rows), np.full(rows, np.nan), np.ones(rows)])
    X[random.random(rows) < 0.1, 0] = np.nan
    return X.astype(np.float32), (random.random(rows) < 1 / (1 + np.exp(-2 * drive))).astype(float)


def test_it_learns_through_gaps_and_tails() -> None:
    X, y = data()
    p = logistic().fit(X, y).predict_proba(X)[:, 1]
    assert ((p > 0) & (p < 1)).all()
    assert auc(y, p) > 0.8
    assert p.mean() == pytest.approx(y.mean(), abs=0.01)


def test_it_takes_rows_that_it_has_never_seen_the_like_of() -> None:
    X, y = data()
    strange = np.array([[1e30, -1e30, 7, 2], [np.nan] * 4], dtype=np.float32)
    p = logistic().fit(X, y).predict_proba(strange)[:, 1]
    assert np.isfinite(p).all()


def test_less_regularisation_says_more() -> None:
    X, y = data()
    weak, strong = (logistic(C=C).fit(X, y)[-1].coef_ for C in (10.0, 0.001))
    assert np.abs(weak).sum() > np.abs(strong).sum()


def test_every_feature_keeps_a_coefficient() -> None:
    X, y = data()
    assert logistic(random_state=1).fit(X, y)[-1].coef_.shape == (1, X.shape[1])
