"""What the members say, combined: weights and calibration learnt on a later cutoff."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setia.learn.members import Raw
from setia.learn.predictor import Array

CLIP = 1e-5


@dataclass(frozen=True)
class CombineSettings:
    """`prior_rows` says how many rows of evidence the starting point is worth: equal weights, no
    calibration. Few rows leave it nearly as it is, many override it."""

    prior_rows: float = 500.0


@dataclass(frozen=True)
class Combination:
    """p_defect = sigmoid(intercept + sum of slope x logit(p)), value = level x sum of weight x mean.

    With one member the first line is Platt's calibration (1999); with several it is logistic stacking
    (Wolpert 1992). The value weights are not negative and sum to one.
    """

    intercept: float
    slopes: tuple[float, ...]
    weights: tuple[float, ...]
    level: float
    defect_names: tuple[str, ...]
    value_names: tuple[str, ...]

    def p_defect(self, raw: Raw) -> Array:
        """Return the calibrated probability of defection, shape (rows,)."""
        return _sigmoid(self.intercept + _logit(raw.defect) @ np.asarray(self.slopes))

    def expected_value(self, raw: Raw) -> Array:
        """Return the expected value within the horizon, shape (rows,)."""
        return np.asarray(self.level * (raw.value @ np.asarray(self.weights)))


def _logit(p: Array) -> Array:
    p = np.clip(p, CLIP, 1 - CLIP)
    return np.log(p) - np.log1p(-p)


def _sigmoid(z: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-z))


def fit_combination(settings: CombineSettings, raw: Raw, defected: Array, value: Array) -> Combination:
    """Learn weights and calibration from forecasts of rows that the members did not see.

    `defected` may hold NaN (unknown), which is left out. Both fits are ridge regressions towards the
    starting point, with the strength of `prior_rows` rows.
    """
    known = ~np.isnan(defected)
    slopes, intercept = _stack_logits(_logit(raw.defect[known]), defected[known], settings.prior_rows)
    weights = _stack_means(raw.value, value, settings.prior_rows)
    return Combination(intercept, tuple(slopes), tuple(weights), 1.0, raw.defect_names, raw.value_names)


def _stack_logits(z: Array, y: Array, prior_rows: float) -> tuple[list[float], float]:
    """Minimise the log loss of sigmoid(a + z @ b) plus the ridge, by Newton's method."""
    k = z.shape[1]
    start = np.concatenate([[0.0], np.full(k, 1.0 / k)])
    theta = start.copy()
    if len(y) == 0:
        return [float(b) for b in theta[1:]], 0.0
    design = np.column_stack([np.ones(len(y)), z])
    # A row of evidence about slope j is worth p(1-p) z_j^2 <= z_j^2 / 4; the ridge is that of prior_rows.
    strength = prior_rows * np.mean(design**2, axis=0) / 8
    for _ in range(50):
        p = _sigmoid(design @ theta)
        gradient = design.T @ (p - y) + strength * (theta - start)
        hessian = (design * (p * (1 - p))[:, None]).T @ design + np.diag(strength)
        move = np.linalg.solve(hessian, gradient)
        theta = theta - move
        if np.max(np.abs(move)) < 1e-9:
            break
    return [float(b) for b in theta[1:]], float(theta[0])


def _stack_means(means: Array, value: Array, prior_rows: float) -> Array:
    """Return weights >= 0, summing to one, that minimise the squared error of the blend, shrunk to equal ones.

    Each row is divided by the root of its expected level, so that a handful of huge customers do not
    decide alone (the variance of spend grows with its mean).
    """
    from scipy.optimize import nnls

    k = means.shape[1]
    equal = np.full(k, 1.0 / k)
    if k == 1 or len(value) == 0:
        return equal
    middle = np.maximum(means.mean(axis=1), 0.0)
    scale = 1.0 / np.sqrt(middle + max(middle.mean(), 1e-9))
    X, y = means * scale[:, None], value * scale
    ridge = np.sqrt(prior_rows * np.mean(X**2))
    weights, _ = nnls(np.vstack([X, ridge * np.eye(k)]), np.concatenate([y, ridge * equal]))
    return np.asarray(weights / weights.sum()) if weights.sum() > 0 else equal
