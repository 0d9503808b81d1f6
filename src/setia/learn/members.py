"""The members whose forecasts are combined: each says who defects, what comes in, or both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from setia.learn.boost import Bins, Sample
from setia.learn.distributed import Cluster
from setia.learn.dropout import COLUMNS
from setia.learn.grow import Factory, grow, takes_offset
from setia.learn.predictor import Array, Matrix, Predictor, load, wrap
from setia.panel import Panel

#: The models that lie in files of their own.
MODELS: Final = ("classifier", "silence", "total", "lift")
#: The buy-till-you-die model is taken to expect at least this share of its mean: a factor cannot mend zero.
FLOOR_SHARE: Final = 1e-3

Sampled = Callable[[Panel], Sample]
Fitted = tuple[Predictor, int | None]


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

    `none` holds chances of no purchase within the horizon, shape (rows, 2): of a forest and of the buy-till-you-die
    model. `defect` is the forest's probability of defection, shape (rows,); null where defection means silence, and
    that is `none`. `value` holds means, shape (rows, 3): of the total, of the lift, and of the buy-till-you-die model.
    """

    none: Array
    value: Array
    defect: Array | None = None

    def rows(self, chosen: np.ndarray) -> Raw:
        """Return some rows."""
        defect = None if self.defect is None else self.defect[chosen]
        return Raw(self.none[chosen], self.value[chosen], defect)


def stack(parts: list[Raw], order: np.ndarray | None = None) -> Raw:
    """Put several batches of forecasts under each other, in `order` where one is given."""
    whole = Raw(
        np.concatenate([part.none for part in parts]),
        np.concatenate([part.value for part in parts]),
        None if parts[0].defect is None else np.concatenate([part.defect for part in parts if part.defect is not None]),
    )
    return whole if order is None else whole.rows(order)


def mean_of(parts: list[Raw]) -> Raw:
    """Average forecasts of the same rows by several fits."""
    return Raw(
        np.mean([part.none for part in parts], axis=0),
        np.mean([part.value for part in parts], axis=0),
        None if parts[0].defect is None else np.mean([p.defect for p in parts if p.defect is not None], axis=0),
    )


@dataclass(frozen=True)
class Members:
    """The fitted members: three or four forests, and the buy-till-you-die model that comes along as features.

    The features they take end with those of `dropout.COLUMNS`, whose forecasts take part in their own right.
    `classifier` tells who defects, `silence` who will not buy at all; null where that is the same.
    `total` forecasts the value as it is; `lift` the factor by which it exceeds what the buy-till-you-die
    model expects, so that it follows the largest customers beyond any value it was fitted to. (None where
    the estimator takes no offset; the total then stands in for it.) `levels` bring the means of both back
    to that of the net values: their training target is cut at zero. `floor` is the least that the
    buy-till-you-die model is taken to expect. `rounds` is the size of each forest.
    """

    classifier: Predictor
    total: Predictor
    lift: Predictor | None
    levels: tuple[float, float]
    floor: float
    silence: Predictor | None = None
    rounds: Mapping[str, int | None] = field(default_factory=dict)

    def predict(self, X: Matrix) -> Raw:
        """Forecast rows of extended features, shape (rows, features + dropout columns)."""
        defect = self.classifier.predict(X)
        value = self.values(X) * np.array([*self.levels, 1.0])
        by_btyd = _added(X, "btyd_p_none")
        if self.silence is None:
            return Raw(np.column_stack([defect, by_btyd]), value)
        return Raw(np.column_stack([self.silence.predict(X), by_btyd]), value, defect)

    def values(self, X: Matrix) -> Array:
        """Forecast the value only, before it is brought to its levels: shape (rows, 3), as in `Raw`."""
        spent = _added(X, "btyd_value")
        total = np.maximum(self.total.predict(X), 0.0)
        lifted = total if self.lift is None else np.maximum(spent, self.floor) * self.lift.predict(X)
        return np.column_stack([total, lifted, spent])

    def save(self, folder: Path) -> None:
        """Write the models into a folder."""
        for name in MODELS:
            model: Predictor | None = getattr(self, name)
            if model is not None:
                model.save(folder / name)

    def numbers(self) -> dict[str, Any]:
        """Return what `load` needs beside the folder, for JSON."""
        return {
            "has_lift": self.lift is not None,
            "has_silence": self.silence is not None,
            "levels": self.levels,
            "floor": self.floor,
            "rounds": dict(self.rounds),
        }

    @staticmethod
    def load(
        folder: Path,
        has_lift: bool,
        has_silence: bool,
        levels: Sequence[float],
        floor: float,
        rounds: Mapping[str, int | None],
    ) -> Members:
        """Read the models back."""
        classifier, total = (load(folder / name) for name in ("classifier", "total"))
        lift = load(folder / "lift") if has_lift else None
        silence = load(folder / "silence") if has_silence else None
        return Members(classifier, total, lift, (levels[0], levels[1]), floor, silence, rounds)


def fit_members(
    classifier: ClassifierSettings,
    regressor: RegressorSettings,
    train: Panel,
    watch: Panel | None,
    seed: int,
    rounds: Mapping[str, int | None] | None = None,
    cluster: Cluster | None = None,
    *,
    apart: bool = False,
) -> Members:
    """Fit every member on `train`; `watch` stops them early, `rounds` fixes their size instead.

    `apart`: to defect means something else than to buy nothing, so that silence takes a forest of its own.

    Rows whose defection is not known yet teach the classifier nothing and are left out of its fit. LightGBM's
    forests grow on the workers of a `cluster` where one is given.
    """
    bins = Bins()
    floor = FLOOR_SHARE * max(float(_added(train.X, "btyd_value").mean()), 1e-9)

    def forest(name: str, settings: ClassifierSettings | RegressorSettings, sample: Sampled) -> Fitted:
        return grow(
            settings.estimator,
            sample(train),
            None if watch is None else sample(watch),
            rounds=(rounds or {}).get(name),
            patience=settings.patience,
            names=train.names,
            bins=bins,
            cluster=cluster,
            random_state=seed,
        )

    defect, n_defect = forest("classifier", classifier, _defection)
    silence, n_silence = None, None
    if apart:
        both = 0 < (train.purchases == 0).sum() < len(train)
        silence, n_silence = forest("silence", classifier, _silence) if both else (_even_chance(train), None)
    total, n_total = forest("total", regressor, _money)
    lift, n_lift = None, None
    if takes_offset(regressor.estimator):
        lift, n_lift = forest("lift", regressor, lambda panel: _money_over(panel, floor))
    bare = Members(defect, total, lift, (1.0, 1.0), floor, silence)
    levels = float(train.value.sum()) / np.maximum(bare.values(train.X).sum(axis=0), 1e-300)
    found = {"classifier": n_defect, "silence": n_silence, "total": n_total, "lift": n_lift}
    return replace(bare, levels=(float(levels[0]), float(levels[1])), rounds=found)


def _added(X: Matrix, name: str) -> Array:
    """Return one of the columns that the dropout model adds at the end."""
    return X[:, list(COLUMNS).index(name) - len(COLUMNS)].astype(np.float64)


def means_silence(panel: Panel) -> bool:
    """Return whether those who defected are those who bought nothing, as far as is known."""
    known = ~np.isnan(panel.defected)
    return bool(np.array_equal(panel.defected[known] == 1, panel.purchases[known] == 0))


def _even_chance(panel: Panel) -> Predictor:
    """Return the same chance of silence for all, of rows that show one kind only: (k + 1) / (n + 2) (Laplace)."""
    from sklearn.dummy import DummyClassifier

    silent = int((panel.purchases == 0).sum())
    weights = [len(panel) - silent + 1, silent + 1]
    return wrap(DummyClassifier().fit(np.zeros((2, panel.X.shape[1])), [0, 1], sample_weight=weights))


def _silence(panel: Panel) -> Sample:
    return Sample(panel.X, (panel.purchases == 0).astype(np.float64))


def _defection(panel: Panel) -> Sample:
    known = ~np.isnan(panel.defected)
    # Where all are known, the matrix itself: the other forests grow on the same.
    return Sample(panel.X if known.all() else panel.X[known], panel.defected[known])


def _money(panel: Panel) -> Sample:
    return Sample(panel.X, np.maximum(panel.value, 0.0))


def _money_over(panel: Panel, floor: float) -> Sample:
    return _money(panel)._replace(offset=np.log(np.maximum(_added(panel.X, "btyd_value"), floor)))
