"""A ridge line over the ranks of features: the part of an effect that rises or falls steadily."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from setia.learn.predictor import Array, Matrix

#: Ranks are read off so many steps of equal count.
STEPS: Final = 100
#: A column that varies less than this says nothing.
FLAT: Final = 1e-6


@dataclass(frozen=True)
class Ridge:
    """A line over ranks from 0 to 1 (missing: the middle) and over flags of what is missing.

    `knots` are the quantiles of each feature, `slopes` two per feature: of its rank and of its flag.
    """

    knots: tuple[Array, ...]
    level: float
    slopes: Array

    def predict(self, X: Matrix) -> Array:
        """Return the line's height, shape (rows,)."""
        return self.level + _design(X, self.knots) @ self.slopes

    def record(self) -> dict[str, Any]:
        """Return the line as JSON holds it."""
        return {"knots": [knots.tolist() for knots in self.knots], "level": self.level, "slopes": self.slopes.tolist()}

    @classmethod
    def of(cls, record: dict[str, Any]) -> Ridge:
        """Return the line that `record` told of."""
        return cls(
            tuple(np.array(knots, dtype=np.float64) for knots in record["knots"]),
            float(record["level"]),
            np.array(record["slopes"], dtype=np.float64),
        )


def fit_ridge(X: Matrix, y: Array, penalty: float) -> Ridge:
    """Return the line of least squares whose slopes, over columns of unit spread, are fined `penalty` per row."""
    knots = tuple(_knots(column) for column in X.T)
    design = _design(X, knots)
    middle, spread, level = design.mean(axis=0), design.std(axis=0), float(y.mean())
    says = spread > FLAT
    scaled = (design[:, says] - middle[says]) / spread[says]
    fined = scaled.T @ scaled + penalty * len(y) * np.eye(scaled.shape[1])
    slopes = np.zeros(design.shape[1])
    slopes[says] = np.linalg.solve(fined, scaled.T @ (y - level)) / spread[says]
    return Ridge(knots, level - float(middle @ slopes), slopes)


def _knots(column: Matrix) -> Array:
    known = column[np.isfinite(column)]
    quantiles = np.quantile(known, np.linspace(0, 1, STEPS + 1)) if len(known) else np.zeros(1)
    return np.unique(quantiles.astype(np.float64))


def _design(X: Matrix, knots: tuple[Array, ...]) -> Array:
    ranks = np.full(X.shape, 0.5, dtype=np.float64)
    gaps = np.isnan(X)
    for at, steps in enumerate(knots):
        if len(steps) > 1:
            rank = np.interp(X[:, at], steps, np.linspace(0, 1, len(steps)))
            ranks[:, at] = np.where(gaps[:, at], 0.5, rank)
    return np.hstack([ranks, gaps.astype(np.float64)])
