"""The members whose forecasts are combined: each says who defects, what comes in, or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from setia.learn.dropout import COLUMNS
from setia.learn.grow import Factory, grow
from setia.learn.predictor import Array, Matrix, Predictor, load
from setia.panel import Panel

#: The models that lie in files of their own.
MODELS: Final = ("classifier", "total")


@dataclass(frozen=True)
class ClassifierSettings:
    """`estimator` makes a classifier; `patience` is for early stopping where it can."""

    estimator: Factory
    patience: int = 100


@dataclass(frozen=True)
class RegressorSettings:
    """`estimator` makes a regressor of the value within the horizon: means, not below zero."""

    estimator: Factory
    patience: int = 100


@dataclass(frozen=True)
class Raw:
    """What each member says of each row, before calibration and blending.

    `defect` holds probabilities of defection and `value` means, both of shape (rows, 2): what the forest
    says, then what the buy-till-you-die model says.
    """

    defect: Array
    value: Array

    def rows(self, chosen: np.ndarray) -> Raw:
        """Return some rows."""
        return replace(self, defect=self.defect[chosen], value=self.value[chosen])


def stack(parts: list[Raw], order: np.ndarray | None = None) -> Raw:
    """Put several batches of forecasts under each other, in `order` where one is given."""
    whole = replace(
        parts[0],
        defect=np.concatenate([part.defect for part in parts]),
        value=np.concatenate([part.value for part in parts]),
    )
    return whole if order is None else whole.rows(order)


def mean_of(parts: list[Raw]) -> Raw:
    """Average forecasts of the same rows by several fits."""
    return replace(
        parts[0],
        defect=np.mean([part.defect for part in parts], axis=0),
        value=np.mean([part.value for part in parts], axis=0),
    )


@dataclass(frozen=True)
class Members:
    """The fitted members: two forests, and the buy-till-you-die model that comes along as features.

    The features they take end with those of `dropout.COLUMNS`, whose forecasts take part in their own right.
    `level` brings the mean of the total back to that of the net values: its training target is cut at
    zero. `rounds` is the size of each forest.
    """

    classifier: Predictor
    total: Predictor
    level: float
    rounds: Mapping[str, int | None] = field(default_factory=dict)

    def predict(self, X: Matrix) -> Raw:
        """Forecast rows of extended features, shape (rows, features + dropout columns)."""
        added = dict(zip(COLUMNS, X[:, -len(COLUMNS) :].T.astype(np.float64), strict=True))
        total = self.level * np.maximum(self.total.predict(X), 0.0)
        return Raw(
            np.column_stack([self.classifier.predict(X), added["btyd_p_none"]]),
            np.column_stack([total, added["btyd_value"]]),
        )

    def save(self, folder: Path) -> None:
        """Write the models into a folder."""
        for name in MODELS:
            getattr(self, name).save(folder / name)

    @staticmethod
    def load(folder: Path, level: float, rounds: Mapping[str, int | None]) -> Members:
        """Read the models back."""
        classifier, total = (load(folder / name) for name in MODELS)
        return Members(classifier, total, level, rounds)


def fit_members(
    classifier: ClassifierSettings,
    regressor: RegressorSettings,
    train: Panel,
    watch: Panel | None,
    seed: int,
    rounds: Mapping[str, int | None] | None = None,
) -> Members:
    """Fit every member on `train`; `watch` stops them early, `rounds` fixes their size instead.

    Rows whose defection is not known yet teach the classifier nothing and are left out of its fit.
    """
    size = rounds or {}
    known = train.rows(~np.isnan(train.defected))
    seen = None if watch is None else watch.rows(~np.isnan(watch.defected))
    defect, n_defect = grow(
        classifier.estimator,
        known.X,
        known.defected,
        None if seen is None else (seen.X, seen.defected),
        rounds=size.get("classifier"),
        patience=classifier.patience,
        names=train.names,
        random_state=seed,
    )
    total, n_total = grow(
        regressor.estimator,
        train.X,
        np.maximum(train.value, 0.0),
        None if watch is None else (watch.X, np.maximum(watch.value, 0.0)),
        rounds=size.get("total"),
        patience=regressor.patience,
        names=train.names,
        random_state=seed,
    )
    predicted = float(np.maximum(total.predict(train.X), 0.0).sum())
    level = float(train.value.sum()) / predicted if predicted > 0 else 1.0
    return Members(defect, total, level, {"classifier": n_defect, "total": n_total})
