"""How far a value over years may lie from its mean: nothing at all with some chance, else a Gamma amount."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from setia import btyd
from setia.learn.predictor import Array

#: The interval covers this much, with equal chances above and below.
COVERAGE: Final = 0.8
#: The variance of an amount is infinite in a Gamma-Gamma with q + p x <= 2: it is taken at this much above 2.
_LEAST_ABOVE_TWO: Final = 1.0
#: The relative variance of what is left beside 0 is taken to lie between these.
_LEAST_VARIANCE, _MOST_VARIANCE = 1e-3, 1e3


def relative_square(
    amounts: btyd.GammaGamma | None, frequency: Array, total: Array, square: Array, own: Array
) -> Array:
    """Return E[S^2] / E[S]^2 of the money S that the purchases to come bring, shape (rows,).

    `total`, `square`: mean and second moment of discounted purchases; `own`: the part of each purchase with
    itself. A purchase's amount is Gamma(p, nu) and nu is Gamma(q + p n, .) after n of them (Fader & Hardie 2013):
    E[(p/nu)^2] / E[p/nu]^2 = (q + p n - 1) / (q + p n - 2), and a single amount spreads by 1 + 1/p beside it.
    """
    mean = np.maximum(total, 1e-150)
    if amounts is None:
        return np.asarray(np.maximum(square / mean**2, 1.0), dtype=np.float64)
    above = np.maximum(amounts.q + amounts.p * (frequency + 1) - 2.0, _LEAST_ABOVE_TWO)
    return np.asarray(np.maximum((square + own / amounts.p) / mean**2 * (1.0 + 1.0 / above), 1.0), dtype=np.float64)


def bounds(mean: Array, p_zero: Array, relative: Array, model_zero: Array) -> tuple[Array, Array]:
    """Return the lower and upper bound of the predictive interval, shape (rows,) each.

    The value is 0 with chance `p_zero`, else Gamma with what mean and variance are left then. `relative`
    is E[S^2] / E[S]^2 by the buy-till-you-die model, by which the chance of 0 is `model_zero`. A mean below zero
    (refunds) is its own lower bound.
    """
    some = np.maximum(1.0 - p_zero, 1e-12)
    variance = np.clip(relative * np.clip(1.0 - model_zero, 1e-12, 1.0) - 1.0, _LEAST_VARIANCE, _MOST_VARIANCE)
    level = np.maximum(mean, 0.0) / some
    tail = 0.5 * (1.0 - COVERAGE)
    found = []
    for chance in (tail, 1.0 - tail):
        bound = np.zeros(len(mean))
        above = np.flatnonzero(p_zero < chance)
        rank = (chance - p_zero[above]) / some[above]
        bound[above] = level[above] * gamma_quantile(variance[above], rank)
        found.append(bound)
    lo, hi = found
    return np.where(mean < 0, mean, lo), hi


def gamma_quantile(variance: Array, rank: Array) -> Array:
    """Return quantiles of the Gamma with mean 1, within 1 %, shape (rows,): exact ones take microseconds a row.

    Interpolated is shape x log(quantile) over the logit of the rank, nearly a straight line where the rank is small.
    """
    from scipy.interpolate import interpn

    logits, logs, table = _table()
    clipped = np.clip(rank, 1e-300, 1.0 - 1e-12)
    logit = np.clip(np.log(clipped) - np.log1p(-clipped), logits[0], logits[-1])
    found = interpn((logits, logs), table, np.column_stack([logit, np.log(variance)]))
    return np.asarray(np.exp(found * variance), dtype=np.float64)


@lru_cache(maxsize=1)
def _table() -> tuple[Array, Array, Array]:
    from scipy.special import gammainccinv, gammaincinv, gammaln

    logits = np.linspace(-16.0, 3.0, 191)
    logs = np.linspace(np.log(_LEAST_VARIANCE), np.log(_MOST_VARIANCE), 181)
    shape, rank = np.exp(-logs)[None, :], 1.0 / (1.0 + np.exp(-logits))[:, None]
    quantile = np.where(rank < 0.5, gammaincinv(shape, rank), gammainccinv(shape, 1.0 - rank)) / shape
    # far down a small shape's quantile underflows; there P(x) = x^shape / Gamma(shape + 1)
    series = np.log(rank) + gammaln(shape + 1.0) - shape * np.log(shape)
    return logits, logs, np.where(quantile > 1e-280, shape * np.log(np.maximum(quantile, 1e-300)), series)
