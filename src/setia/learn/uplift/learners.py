"""The T-, X- and DR-learner: how models of one column become a model of the difference between two arms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from setia.learn.predictor import Array, Matrix
from setia.learn.uplift.pair import Pair, fit_pair
from setia.learn.uplift.settings import UpliftSettings
from setia.learn.uplift.trial import Trial


@dataclass(frozen=True)
class Raw:
    """An effect before it is shrunk: the sum of pairs, each times its share."""

    shares: tuple[float, ...]
    pairs: tuple[Pair, ...]

    def predict(self, X: Matrix) -> Array:
        """Return the effect per row, shape (rows,)."""
        parts = (share * pair.predict(X) for share, pair in zip(self.shares, self.pairs, strict=True))
        return np.asarray(np.sum(list(parts), axis=0), dtype=np.float64)


@dataclass(frozen=True)
class Learnt:
    """The effect learnt from all rows, and what cross-fitting says of each row without having seen it.

    `weighed` are doubly robust effects of single rows, `unseen` the raw effects of a model of the other folds.
    """

    raw: Raw
    weighed: Array
    unseen: Array


def learn(settings: UpliftSettings, data: Trial, fold: NDArray[np.int64], seed: int) -> Learnt:
    """Return the effect that a learner finds; `fold` holds a fold per row."""
    if settings.learner == "dr":
        return _doubly_robust(settings, data, fold, seed)
    learner = _two_models if settings.learner == "t" else _crossed
    weighed, unseen = np.empty(len(data)), np.empty(len(data))
    for one in range(settings.folds):
        held = fold == one
        arms = _arms(settings, data.only(~held), seed)
        rest = data.only(held)
        weighed[held] = rest.weighed(arms[1].predict(rest.X), arms[0].predict(rest.X))
        unseen[held] = learner(settings, data.only(~held), arms, seed).predict(rest.X)
    return Learnt(learner(settings, data, _arms(settings, data, seed), seed), weighed, unseen)


def _arms(settings: UpliftSettings, data: Trial, seed: int) -> tuple[Pair, Pair]:
    """Return a model of the outcome without treatment, and one with."""

    def of(arm: int) -> Pair:
        rows = data.only(data.treated == arm)
        return fit_pair(settings, rows.X, rows.outcome, seed)

    return of(0), of(1)


def _two_models(settings: UpliftSettings, data: Trial, arms: tuple[Pair, Pair], seed: int) -> Raw:  # noqa: ARG001
    return Raw((1.0, -1.0), (arms[1], arms[0]))


def _crossed(settings: UpliftSettings, data: Trial, arms: tuple[Pair, Pair], seed: int) -> Raw:
    """Learn what each arm gained over the other arm's model (Künzel et al. 2019).

    The two are weighted by the mean chance of treatment: the smaller arm's model imputes the effects of the larger
    one, and is the weaker of the two.
    """
    one, none = data.only(data.treated == 1), data.only(data.treated == 0)
    of_treated = fit_pair(settings, one.X, one.outcome - arms[0].predict(one.X), seed)
    of_control = fit_pair(settings, none.X, arms[1].predict(none.X) - none.outcome, seed)
    chance = float(data.propensity.mean())
    return Raw((1 - chance, chance), (of_treated, of_control))


def _doubly_robust(settings: UpliftSettings, data: Trial, fold: NDArray[np.int64], seed: int) -> Learnt:
    """Learn the doubly robust effects of single rows, weighed by models of the other folds (Kennedy 2023)."""
    weighed, unseen = np.empty(len(data)), np.empty(len(data))
    for one in range(settings.folds):
        held = fold == one
        arms, rest = _arms(settings, data.only(~held), seed), data.only(held)
        weighed[held] = rest.weighed(arms[1].predict(rest.X), arms[0].predict(rest.X))
    for one in range(settings.folds):
        held = fold == one
        unseen[held] = fit_pair(settings, data.X[~held], weighed[~held], seed).predict(data.X[held])
    return Learnt(Raw((1.0,), (fit_pair(settings, data.X, weighed, seed),)), weighed, unseen)
