"""Learn the predictive distribution of the value from out-of-time forecasts and what came of them.

Split conformal prediction per band of predicted value (Mondrian; Vovk et al. 2005), on residuals that are
scaled by a regression of their own (Lei et al. 2018, "Distribution-free predictive inference", 5.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from setia.errors import InputError
from setia.learn.grow import folds_of
from setia.learn.predictive import EVIDENCE, LEVELS, Line, Predictive, evidence_of, spread_evenly, standard, unit_of
from setia.learn.predictor import Array
from setia.panel import Panel

FOLDS: Final = 5
#: At most so many values below zero are kept; the rest lie between them.
REFUNDS: Final = 200
#: Where no residual is known yet, it is taken to be normal, worth so many rows.
NORMAL_ROWS: Final = 20.0
#: A purchase is taken to bring at least this share of the mean: logarithms need a number above zero.
FLOOR_SHARE: Final = 1e-3
#: A residual counts as at least so large when its spread is learnt (0.02: 2 % of the amount).
LEAST_RESIDUAL: Final = 0.02
#: Minus the mean of log |z| of a standard normal z: it turns that mean into the log of a standard deviation.
NORMAL_LOG: Final = 0.635


@dataclass(frozen=True)
class IntervalSettings:
    """How intervals are learnt.

    `coverage`: share of customers whose value is to lie within. `bands`: of predicted value, of equal count.
    `band_prior_rows`: rows that the shape of all bands together is worth against a band's own.
    `prior_rows`: rows that "amount and spread do not depend on the features" is worth.
    """

    coverage: float = 0.8
    bands: int = 5
    band_prior_rows: float = 300.0
    prior_rows: float = 300.0

    def __post_init__(self) -> None:
        if not 0 < self.coverage < 1:
            raise InputError(f"interval.coverage={self.coverage} must lie between 0 and 1; 0.8 is usual.")
        if self.bands < 1 or self.band_prior_rows < 0 or self.prior_rows <= 0:
            raise InputError(
                "interval.bands must be at least 1, interval.band_prior_rows not negative and "
                "interval.prior_rows above 0."
            )


def fit_predictive(
    settings: IntervalSettings, later: Panel, p_none: Array, expected_value: Array, seed: int
) -> Predictive:
    """Learn from rows that the forecasting models did not see, at least one.

    `later`: those rows with what came of them; `p_none`, `expected_value`: their forecasts, shape (rows,).
    """
    value, bought = later.value, later.purchases > 0
    floor = FLOOR_SHARE * max(float(np.mean(np.abs(value))), 1e-9)
    unit = unit_of(p_none, expected_value, floor)
    columns = tuple(name for name in EVIDENCE if name in later.names)
    evidence = evidence_of(unit, later.X, later.names, columns)
    above = np.flatnonzero(value > 0)
    whole = bool(np.all(value == np.round(value)))
    spin = np.random.default_rng(seed).random(len(above))
    amount = spread_evenly(value[above], spin) if whole else value[above]
    log_amount = np.log(amount / unit[above])
    fold = folds_of(later.customer_id[above], FOLDS, seed)
    typical, spread, residual = _scaled(evidence[above], log_amount, fold, settings.prior_rows)
    edges = _edges(unit[above], settings.bands)
    band = np.searchsorted(edges, unit)
    return Predictive(
        coverage=settings.coverage,
        floor=floor,
        whole=whole,
        columns=columns,
        typical=typical,
        spread=spread,
        edges=tuple(float(e) for e in edges),
        signs=_signs(value, bought, band, settings),
        shapes=_shapes(residual, band[above], settings),
        refunds=_refunds(value, unit),
    )


def _scaled(features: Array, log_amount: Array, fold: NDArray[np.int64], prior_rows: float) -> tuple[Line, Line, Array]:
    """Return the typical log amount, its spread, and residuals scaled by it.

    The residual of a row is that of lines fitted to the other customers: those of the row's own would be
    too small, most of all where rows are few.
    """
    residual = np.zeros(len(log_amount))
    for k in range(FOLDS):
        held = fold == k
        if held.any():
            typical, spread = _lines(features[~held], log_amount[~held], prior_rows)
            residual[held] = (log_amount[held] - typical(features[held])) / np.exp(spread(features[held]))
    return *_lines(features, log_amount, prior_rows), residual


def _lines(features: Array, log_amount: Array, prior_rows: float) -> tuple[Line, Line]:
    """Return least squares of the log amount, and of the log size of what it leaves."""
    typical = _line(features, log_amount, prior_rows)
    left = np.abs(log_amount - typical(features))
    return typical, _line(features, np.log(np.maximum(left, LEAST_RESIDUAL)) + NORMAL_LOG, prior_rows)


def _line(features: Array, y: Array, prior_rows: float) -> Line:
    """Return ridge regression, all slopes shrunk to 0 as if by `prior_rows` rows; flat at 0 without any row."""
    if not len(y):
        flat = (0.0,) * features.shape[1]
        return Line(flat, (1.0,) * features.shape[1], 0.0, flat)
    known = np.isfinite(features)
    count = np.maximum(known.sum(axis=0), 1)
    middle = np.where(known, features, 0.0).sum(axis=0) / count
    scale = np.sqrt((np.where(known, features - middle, 0.0) ** 2).sum(axis=0) / count)
    scale = np.where(scale > 1e-9, scale, 1.0)
    z = standard(features, middle.tolist(), scale.tolist())
    centre = float(y.mean())
    slopes = np.linalg.solve(z.T @ z + prior_rows * np.eye(z.shape[1]), z.T @ (y - centre))
    return Line(tuple(middle.tolist()), tuple(scale.tolist()), centre, tuple(slopes.tolist()))


def _edges(unit: Array, bands: int) -> Array:
    """Return what parts the rows above zero into bands of equal count; fewer where many are alike."""
    if not len(unit):
        return np.empty(0)
    return np.unique(np.quantile(unit, np.arange(1, bands) / bands))


def _signs(
    value: Array, bought: NDArray[np.bool_], band: NDArray[np.int64], settings: IntervalSettings
) -> tuple[tuple[tuple[float, ...], ...], ...]:
    """Return the shares of values below, at and above zero: per band, without and with a purchase."""
    sign = np.sign(value).astype(int) + 1
    usual = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    counts = np.zeros((settings.bands, 2, 3))
    np.add.at(counts, (band, bought.astype(int), sign), 1.0)
    every = counts.sum(axis=0)
    pooled = np.where(every.sum(axis=1, keepdims=True) > 0, every, usual)
    pooled = pooled / pooled.sum(axis=1, keepdims=True)
    held = counts + max(settings.band_prior_rows, 1.0) * pooled
    shares = held / held.sum(axis=2, keepdims=True)
    return tuple(tuple(tuple(row) for row in one) for one in shares.tolist())


def _shapes(residual: Array, band: NDArray[np.int64], settings: IntervalSettings) -> tuple[tuple[float, ...], ...]:
    """Return the quantiles of the residuals at `LEVELS`, one row per band."""
    from scipy.special import ndtri

    normal = ndtri(np.clip(LEVELS, 1e-3, 1 - 1e-3))
    pooled = _shape(residual, normal, NORMAL_ROWS)
    shapes = [_shape(residual[band == k], pooled, settings.band_prior_rows) for k in range(settings.bands)]
    return tuple(tuple(shape.tolist()) for shape in shapes)


def _shape(residual: Array, prior: Array, prior_rows: float) -> Array:
    """Return quantiles, averaged with those of a prior that is worth so many rows.

    The k-th of n stands at the level k / (n + 1): the finite-sample correction of conformal prediction.
    """
    if not len(residual):
        return prior
    own = np.quantile(residual, LEVELS, method="weibull")
    share = len(residual) / (len(residual) + prior_rows)
    return np.asarray(share * own + (1 - share) * prior)


def _refunds(value: Array, unit: Array) -> tuple[float, ...]:
    ratio = np.sort((value / unit)[value < 0])
    if len(ratio) > REFUNDS:
        ratio = np.quantile(ratio, np.linspace(0, 1, REFUNDS))
    return tuple(ratio.tolist())
