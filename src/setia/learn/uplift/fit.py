"""Learning the effect of a contact from a campaign with a random control group."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from setia.learn.predictor import Array, Matrix
from setia.learn.uplift.learners import learn
from setia.learn.uplift.settings import UpliftSettings
from setia.learn.uplift.shrink import slope_of
from setia.learn.uplift.trial import Trial, trial
from setia.learn.uplift.uplift import Uplift


def fit_uplift(
    settings: UpliftSettings, X: Matrix, treated: ArrayLike, outcome: ArrayLike, propensity: ArrayLike, seed: int
) -> Uplift:
    """Return the effect of treatment on the outcome (1 or 0, or money), learnt from every row.

    X is float32 of shape (rows, features), NaN where unknown, and known before the campaign; `treated` 1 or 0 and
    `outcome` have the shape (rows,); `propensity` is the known chance of treatment, one number or (rows,). Several
    arms are several calls, each with its own customers and the control group.

    Raises:
        InputError: shapes differ, a value cannot be, or an arm is too small to learn from.
    """
    return _fit(settings, trial(X, treated, outcome, propensity), seed)


def cross_fitted(
    settings: UpliftSettings, X: Matrix, treated: ArrayLike, outcome: ArrayLike, propensity: ArrayLike, seed: int
) -> Array:
    """Return the effect of each row by a model that saw nothing of it, shape (rows,), to judge the learner by.

    Arguments as in `fit_uplift`; there are `settings.folds` models, each fitted from its beginning to the other folds.

    Raises:
        InputError: as `fit_uplift`.
    """
    data = trial(X, treated, outcome, propensity)
    fold, effects = data.folds(settings.folds, seed), np.empty(len(data))
    for one in range(settings.folds):
        held = fold == one
        effects[held] = _fit(settings, data.only(~held), seed).predict(data.X[held])
    return effects


def _fit(settings: UpliftSettings, data: Trial, seed: int) -> Uplift:
    fold = data.folds(settings.folds, seed)
    tamed = data.capped(settings.cap)
    found = learn(settings, tamed, fold, seed)
    slope = slope_of(found.weighed, found.unseen, fold)
    centre = float(found.raw.predict(data.X).mean())
    return Uplift(found.raw, _mean_effect(data), slope, centre, data.X.shape[1])


def _mean_effect(data: Trial) -> float:
    """Return the difference of the arms' means of the whole outcome, each row weighted by its inverse chance."""
    one = data.treated / data.propensity
    none = (1 - data.treated) / (1 - data.propensity)
    return float(np.average(data.outcome, weights=one) - np.average(data.outcome, weights=none))
