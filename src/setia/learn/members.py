"""The members whose forecasts are combined: each says who defects, what comes in, or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from setia.learn.dropout import COLUMNS
from setia.learn.grow import Factory, grow
from setia.learn.predictor import Array, Matrix, Predictor, load
from setia.panel import Panel


@dataclass(frozen=True)
class ClassifierSettings:
    """`estimator` makes a classifier; `patience` is for early stopping where it can."""

    estimator: Factory
    patience: int = 100


@dataclass(frozen=True)
class RegressorSettings:
    """`total` makes the estimator of value in the horizon (means, not below zero), `amount` that of
    log(value) among those who buy."""

    total: Factory
    amount: Factory
    patience: int = 100


@dataclass(frozen=True)
class Raw:
    """What each member says of each row, before calibration and blending.

    `defect` has shape (rows, members that give a probability of defection), `value` (rows, members that
    give a mean); the names stand in the same order.
    """

    defect: Array
    value: Array
    defect_names: tuple[str, ...]
    value_names: tuple[str, ...]

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
    """The fitted members.

    The features they take end with those of `dropout.COLUMNS`, whose forecasts take part in their own right.
    `smear` turns the mean of log(value) into a mean of value (Duan 1983), `level` brings the total's mean
    back to that of the net values (its training target is cut at zero), `refund` is the mean value
    of those who do not buy.
    """

    classifier: Predictor
    total: Predictor
    amount: Predictor
    level: float
    smear: float
    refund: float
    rounds: Mapping[str, int | None] = field(default_factory=dict)

    def predict(self, X: Matrix) -> Raw:
        """Forecast rows of features, shape (rows, features)."""
        defect = self.classifier.predict(X)
        total = self.level * np.maximum(self.total.predict(X), 0.0)
        amount = self.smear * np.expm1(np.clip(self.amount.predict(X), 0.0, 30.0))
        two_part = (1 - defect) * amount + defect * self.refund
        added = dict(zip(COLUMNS, X[:, -len(COLUMNS) :].T, strict=True))
        silent, spent = added["btyd_p_none"], added["btyd_value"]
        return Raw(
            np.column_stack([defect, silent.astype(np.float64)]),
            np.column_stack([total, two_part, spent.astype(np.float64)]),
            ("forest", "btyd"),
            ("total", "two_part", "btyd"),
        )

    def save(self, folder: Path) -> None:
        """Write the three models into a folder."""
        for name in ("classifier", "total", "amount"):
            getattr(self, name).save(folder / name)

    @staticmethod
    def load(folder: Path, level: float, smear: float, refund: float, rounds: Mapping[str, int | None]) -> Members:
        """Read the three models back."""
        classifier, total, amount = (load(folder / name) for name in ("classifier", "total", "amount"))
        return Members(classifier, total, amount, level, smear, refund, rounds)


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
    names = train.names
    defect, n_defect = grow(
        classifier.estimator,
        known.X,
        known.defected,
        None if seen is None else (seen.X, seen.defected),
        rounds=size.get("classifier"),
        patience=classifier.patience,
        names=names,
        random_state=seed,
    )
    total, n_total = grow(
        regressor.total,
        train.X,
        np.maximum(train.value, 0.0),
        None if watch is None else (watch.X, np.maximum(watch.value, 0.0)),
        rounds=size.get("total"),
        patience=regressor.patience,
        names=names,
        random_state=seed,
    )
    buyers, buyers_seen = _buyers(train), None if watch is None else _buyers(watch)
    amount, n_amount = grow(
        regressor.amount,
        buyers.X,
        np.log1p(buyers.value),
        None if buyers_seen is None or not len(buyers_seen) else (buyers_seen.X, np.log1p(buyers_seen.value)),
        rounds=size.get("amount"),
        patience=regressor.patience,
        names=names,
        random_state=seed,
    )
    absent = train.rows(train.purchases == 0)
    return Members(
        defect,
        total,
        amount,
        level=_ratio(train.value, np.maximum(total.predict(train.X), 0.0)),
        smear=_ratio(buyers.value, np.expm1(np.clip(amount.predict(buyers.X), 0.0, 30.0))),
        refund=float(absent.value.mean()) if len(absent) else 0.0,
        rounds={"classifier": n_defect, "total": n_total, "amount": n_amount},
    )


def _buyers(panel: Panel) -> Panel:
    return panel.rows((panel.purchases > 0) & (panel.value > 0))


def _ratio(actual: Array, predicted: Array) -> float:
    total = float(predicted.sum())
    return float(actual.sum()) / total if total > 0 else 1.0
