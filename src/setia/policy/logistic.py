"""Logistic regression with a ridge, from a given start on the logit scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_STEPS = 50
_CLOSE = 1e-8
_LEAST = 1e-10


def logistic(X: Array, y: Array, offset: Array, ridge: Array) -> Array:
    """Return the coefficients b that minimise the log loss of sigmoid(offset + X b) plus sum ridge b^2 / 2.

    By Newton's method, halving a step that makes it worse.

    Args:
        X: shape (rows, columns).
        y: 0 or 1, shape (rows,).
        offset: shape (rows,).
        ridge: above 0, shape (columns,).
    """
    b = np.zeros(X.shape[1])
    loss = _loss(X, y, offset, ridge, b)
    for _ in range(_STEPS):
        p = chance(offset + X @ b)
        slope = X.T @ (p - y) + ridge * b
        bend = (X * (p * (1 - p))[:, None]).T @ X + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        size = 1.0
        while (new := _loss(X, y, offset, ridge, b - size * step)) > loss and size > _LEAST:
            size /= 2
        b = b - size * step
        if loss - new <= _CLOSE * (1 + abs(loss)):
            break
        loss = new
    return b


def chance(z: Array) -> Array:
    """Return the chance of a logit."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * z)), dtype=np.float64)


def logit(p: Array) -> Array:
    """Return the logit of a chance between 0 and 1."""
    return np.asarray(np.log(p) - np.log1p(-p), dtype=np.float64)


def _loss(X: Array, y: Array, offset: Array, ridge: Array, b: Array) -> float:
    z = offset + X @ b
    return float(np.sum(np.logaddexp(0.0, z) - y * z) + 0.5 * np.sum(ridge * b**2))
