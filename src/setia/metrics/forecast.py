"""How good forecasts are: one function per metric, arrays of shape (n,) in, one number out.

Every function takes an optional `weight`, so that a bootstrap can count a customer twice or not at all
without copying the arrays. Probabilities are of the event `y == 1` (defection). Rows of equal forecast
are one step: no figure depends on the order of the arrays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from setia.metrics.steps import by_score

Array = NDArray[np.float64]
#: Probabilities are kept this far from 0 and 1, so that one wrong certainty does not cost infinity.
CLIP = 1e-6


def _arrays(*values: ArrayLike | None) -> tuple[Array, ...]:
    arrays = [np.asarray(value, dtype=np.float64) for value in values[:-1]]
    weight = values[-1]
    arrays.append(np.ones_like(arrays[0]) if weight is None else np.asarray(weight, dtype=np.float64))
    return tuple(arrays)


def auc(y: ArrayLike, score: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the area under the ROC curve; ties count one half; NaN when one class is absent."""
    y, score, w = _arrays(y, score, weight)
    positive, negative = by_score(score, w * y, w * (1 - y))
    pairs = positive.sum() * negative.sum()
    if pairs == 0:
        return float("nan")
    below = negative.sum() - np.cumsum(negative)
    return float(np.sum(positive * (below + negative / 2)) / pairs)


def average_precision(y: ArrayLike, score: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the sum over thresholds of precision x gained recall (Manning et al. 2008, 8.4)."""
    y, score, w = _arrays(y, score, weight)
    hits, rows = by_score(score, w * y, w)
    found, seen = np.cumsum(hits), np.cumsum(rows)
    if found[-1] == 0:
        return float("nan")
    return float(np.sum(hits * found / np.maximum(seen, 1e-300)) / found[-1])


def log_loss(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the mean negative log likelihood, in nats."""
    y, p, w = _arrays(y, p, weight)
    p = np.clip(p, CLIP, 1 - CLIP)
    return float(np.average(-(y * np.log(p) + (1 - y) * np.log1p(-p)), weights=w))


def calibration_error(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None, bins: int = 10) -> float:
    """Return the expected calibration error over `bins` bins of equal count (Naeini et al. 2015).

    Rows of equal forecast stay together, in the bin of their middle.
    """
    y, p, w = _arrays(y, p, weight)
    gap, rows = by_score(p, w * (y - p), w)
    middle = (np.cumsum(rows) - rows / 2) / rows.sum()
    held = np.bincount(np.minimum((middle * bins).astype(int), bins - 1), gap, minlength=bins)
    return float(np.abs(held).sum() / rows.sum())


def lift_top_decile(y: ArrayLike, score: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the event rate in the tenth with the highest score, divided by the rate of all."""
    y, score, w = _arrays(y, score, weight)
    share = _held_by_top(y, score, w, 0.1)
    return float(share / 0.1)


def top_decile_share(value: ArrayLike, score: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the share of all value that the tenth with the highest score holds."""
    value, score, w = _arrays(value, score, weight)
    return float(_held_by_top(value, score, w, 0.1))


def _held_by_top(value: Array, score: Array, w: Array, depth: float) -> float:
    v, w = by_score(score, value * w, w)
    total = v.sum()
    if total == 0:
        return float("nan")
    room = np.clip((depth * w.sum() - (np.cumsum(w) - w)) / np.maximum(w, 1e-300), 0, 1)
    return float(np.sum(v * room) / total)


def gini(value: ArrayLike, score: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the Gini of value ordered by score, divided by that of value ordered by itself.

    1 is the perfect order, 0 a random one (or one forecast for all).
    """
    value, score, w = _arrays(value, score, weight)
    best = _concentration(value, value, w)
    return float(_concentration(value, score, w) / best) if best else float("nan")


def _concentration(value: Array, score: Array, w: Array) -> float:
    v, w = by_score(score, value * w, w)
    total = v.sum()
    if total == 0:
        return float("nan")
    lorenz = np.cumsum(v) / total
    return float(np.sum((lorenz - v / total / 2) * w) / w.sum() - 0.5)


def rmse(value: ArrayLike, predicted: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the root of the mean squared error, in the unit of value."""
    value, predicted, w = _arrays(value, predicted, weight)
    return float(np.sqrt(np.average((value - predicted) ** 2, weights=w)))


def mae(value: ArrayLike, predicted: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the mean absolute error, in the unit of value."""
    value, predicted, w = _arrays(value, predicted, weight)
    return float(np.average(np.abs(value - predicted), weights=w))


def bias(value: ArrayLike, predicted: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return sum predicted / sum actual - 1: 0.1 is ten per cent too much."""
    value, predicted, w = _arrays(value, predicted, weight)
    total = np.sum(w * value)
    return float(np.sum(w * predicted) / total - 1) if total else float("nan")


def coverage(value: ArrayLike, low: ArrayLike, high: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the share of rows whose value lies within [low, high], both ends included."""
    value, low, high, w = _arrays(value, low, high, weight)
    return float(np.average((low <= value) & (value <= high), weights=w))


def interval_score(
    value: ArrayLike, low: ArrayLike, high: ArrayLike, weight: ArrayLike | None = None, level: float = 0.8
) -> float:
    """Return the mean width plus the fine for misses, in the unit of value (Gneiting & Raftery 2007, eq. 43).

    A miss costs its distance times 2 / (1 - level); the score is least for the true quantiles at
    (1 - level) / 2 and (1 + level) / 2.
    """
    value, low, high, w = _arrays(value, low, high, weight)
    missed = np.maximum(low - value, 0) + np.maximum(value - high, 0)
    return float(np.average(high - low + 2 / (1 - level) * missed, weights=w))


def pit_ks(pit: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the Kolmogorov-Smirnov distance of probability integral transforms from uniform, 0 to 1.

    Transforms of outcomes with a chance of their own (such as zero) must be randomised (Czado et al. 2009).
    """
    pit, w = _arrays(pit, weight)
    order = np.argsort(pit, kind="stable")
    until = np.cumsum(w[order])
    until, at = until / until[-1], pit[order]
    before = np.append(0.0, until[:-1])
    return float(np.maximum(until - at, at - before)[w[order] > 0].max())
