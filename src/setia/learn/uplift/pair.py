"""The model that every uplift learner is made of: the mean of a small forest and a ridge line.

The line finds what rises steadily, the forest what does not; where there is little to find, their mean errs less
than either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from setia.learn import workers
from setia.learn.predictor import Array, Forest, Matrix
from setia.learn.uplift.ridge import Ridge, fit_ridge
from setia.learn.uplift.settings import UpliftSettings

#: With fewer rows threads wait for each other longer than they work.
MANY_ROWS: Final = 200_000


@dataclass(frozen=True)
class Pair:
    """A forest and a line that were fitted to the same rows."""

    forest: Forest
    ridge: Ridge

    def predict(self, X: Matrix) -> Array:
        """Return the mean of both forecasts, shape (rows,)."""
        return (self.forest.predict(X) + self.ridge.predict(X)) / 2


def fit_pair(settings: UpliftSettings, X: Matrix, y: Array, seed: int) -> Pair:
    """Return the pair fitted to features (rows, features) and a numeric target (rows,)."""
    import lightgbm

    parameters = {
        "objective": "regression",
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "min_child_samples": max(1, int(settings.leaf_share * len(y))),
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "feature_fraction": 0.5,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": workers.workers() if len(y) >= MANY_ROWS else 1,
        "verbose": -1,
    }
    booster = lightgbm.train(parameters, lightgbm.Dataset(X, y, params=parameters), settings.rounds)
    return Pair(Forest(booster), fit_ridge(X, y, settings.penalty))
