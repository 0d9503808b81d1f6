"""What the members say, combined: weights and calibration learnt on later cutoffs, shrunk to what serves most logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from setia.errors import InputError
from setia.learn.members import Raw
from setia.learn.predictor import Array

CLIP = 1e-5
#: Where the blend of means starts: total, lift, buy-till-you-die.
VALUE_START: Final = (0.4, 0.4, 0.2)


@dataclass(frozen=True)
class CombineSettings:
    """The starting point of the blend, and how many rows of evidence it is worth.

    `forest_share` is the forest's slope in the start (the buy-till-you-die model has the rest), worth
    `prior_rows`. The start has no shift of level; that is worth `level_prior_rows`, far more, because a level
    learnt in one season misleads in the next.
    """

    forest_share: float = 0.8
    prior_rows: float = 1500.0
    level_prior_rows: float = 20_000.0

    def __post_init__(self) -> None:
        if not 0 <= self.forest_share <= 1 or self.prior_rows < 0 or self.level_prior_rows < 0:
            raise InputError("combine.forest_share must lie between 0 and 1, and the rows must not be negative.")


@dataclass(frozen=True)
class Combination:
    """p_defect = sigmoid(intercept + slopes @ logit(p)), value = weights @ means, in the order of `Raw`.

    Logistic stacking (Wolpert 1992), which with one member would be Platt's calibration (1999). The value
    weights are not negative and sum to one.
    """

    intercept: float
    slopes: tuple[float, ...]
    weights: tuple[float, ...]

    def p_defect(self, raw: Raw) -> Array:
        """Return the calibrated probability of defection, shape (rows,)."""
        return _sigmoid(self.intercept + _logit(raw.defect) @ np.asarray(self.slopes))

    def expected_value(self, raw: Raw) -> Array:
        """Return the expected value within the horizon, shape (rows,)."""
        return np.asarray(raw.value @ np.asarray(self.weights))


def _logit(p: Array) -> Array:
    p = np.clip(p, CLIP, 1 - CLIP)
    return np.asarray(np.log(p) - np.log1p(-p))


def _sigmoid(z: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-z)))


def fit_combination(settings: CombineSettings, raw: Raw, defected: Array, value: Array) -> Combination:
    """Learn weights and calibration from forecasts of rows that the members did not see.

    `defected` may hold NaN (unknown), which is left out.
    """
    known = ~np.isnan(defected)
    intercept, *slopes = _stack_logits(_logit(raw.defect[known]), defected[known], settings)
    weights = _stack_means(raw.value, value, settings)
    return Combination(intercept, tuple(slopes), tuple(float(w) for w in weights))


def _stack_logits(z: Array, y: Array, settings: CombineSettings) -> list[float]:
    """Minimise the log loss of sigmoid(a + z @ b) plus a ridge towards the start, by Newton's method."""
    start = np.array([0.0, settings.forest_share, 1.0 - settings.forest_share])
    theta = start.copy()
    if len(y) == 0:
        return [float(t) for t in theta]
    design = np.column_stack([np.ones(len(y)), z])
    # What one row tells of a coefficient, p(1-p) z^2 on average, times the rows the start is worth.
    rows = np.array([settings.level_prior_rows, settings.prior_rows, settings.prior_rows])
    strength = rows * np.mean(design**2, axis=0) * max(y.mean() * (1 - y.mean()), 1e-3)
    for _ in range(50):
        p = _sigmoid(design @ theta)
        gradient = design.T @ (p - y) + strength * (theta - start)
        hessian = (design * (p * (1 - p))[:, None]).T @ design + np.diag(strength)
        move = np.linalg.solve(hessian, gradient)
        theta = theta - move
        if np.max(np.abs(move)) < 1e-9:
            break
    return [float(t) for t in theta]


def _stack_means(means: Array, value: Array, settings: CombineSettings) -> Array:
    """Return weights >= 0, summing to one, that minimise the squared error of the blend, shrunk to the start.

    Each row is divided by the root of its expected level, so that a handful of huge customers do not
    decide alone (the variance of spend grows with its mean).
    """
    from scipy.optimize import nnls

    start = np.array(VALUE_START)
    if len(value) == 0:
        return start
    middle = np.maximum(means.mean(axis=1), 0.0)
    scale = 1.0 / np.sqrt(middle + max(middle.mean(), 1e-9))
    X, y = means * scale[:, None], value * scale
    ridge = np.sqrt(settings.prior_rows * np.mean(X**2))
    weights, _ = nnls(np.vstack([X, ridge * np.eye(len(start))]), np.concatenate([y, ridge * start]))
    return np.asarray(weights / weights.sum()) if weights.sum() > 0 else start
