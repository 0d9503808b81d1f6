"""How much of a predicted difference between customers to believe."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from setia.learn.predictor import Array

#: Slopes that are thought possible, and how likely each is before the data speak: effects that all have in common are
#: the rule, and differences between customers the exception.
SLOPES: Final = np.linspace(0, 1, 201)
BEFORE: Final = 1 - SLOPES


def slope_of(weighed: Array, unseen: Array, fold: NDArray[np.int64]) -> float:
    """Return by how much to multiply differences between predicted effects, from 0 to 1.

    The effects of single rows (unbiased, noisy) are regressed on out-of-fold predictions, fold by fold since each has
    a model of its own: the slope of the best linear predictor (Chernozhukov et al. 2018). What is
    returned is its mean given the data, with its robust error, under a prior that falls evenly
    from 0 to 1: without evidence a third is believed, and the order of customers survives.
    """
    across = unseen - _means(unseen, fold)
    away = weighed - _means(weighed, fold)
    spread = float(across @ across)
    if spread <= 0:
        return 0.0
    slope = float(across @ away) / spread
    error = float(np.sqrt(np.sum((across * (away - slope * across)) ** 2))) / spread
    if error <= 0:
        return float(np.clip(slope, SLOPES[0], SLOPES[-1]))
    log = -(((SLOPES - slope) / error) ** 2) / 2
    chance = BEFORE * np.exp(log - log.max())
    return float(chance @ SLOPES / chance.sum())


def _means(values: Array, fold: NDArray[np.int64]) -> Array:
    return np.asarray((np.bincount(fold, values) / np.maximum(np.bincount(fold), 1))[fold], dtype=np.float64)
