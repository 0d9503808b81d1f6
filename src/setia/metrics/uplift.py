"""How well scores find the customers whom a campaign moves, read from a campaign with a random control group.

All functions take arrays of shape (n,): the outcome of each customer (1 or 0, or money), `treated` (1 contacted, 0
control), a score (highest is contacted first), and the known chance of having been treated, one number or (n,). Each
row is weighted by the inverse of the chance of the arm it fell into, so that arms of unequal size, and chances that
differ between customers, do no harm. The optional `weight` counts a customer several times or not at all, as a
bootstrap does. Rows of equal score are one step: no figure depends on the order of the arrays. An arm that has no
row yet at some depth counts as an outcome of 0 there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from setia.errors import InputError
from setia.metrics.steps import up_to_score

Array = NDArray[np.float64]


class _Steps(NamedTuple):
    """Running sums over the distinct scores, highest first, from nobody to everybody; each of shape (steps + 1,)."""

    rows: Array
    treated: Array
    treated_outcome: Array
    control: Array
    control_outcome: Array


def uplift_curve(
    outcome: ArrayLike, treated: ArrayLike, score: ArrayLike, propensity: ArrayLike, weight: ArrayLike | None = None
) -> tuple[Array, Array]:
    """Return the share of customers contacted, from 0 to 1, and the incremental outcome it brings per customer.

    The gain at a share is the share times the difference of the two arms' weighted means among those contacted
    (Gutierrez & Gérardy 2017), spread over all customers: at share 1 it is the mean effect. Both
    arrays have the shape (distinct scores + 1,); the gain is in the outcome's unit, NaN where an arm is absent.

    Raises:
        InputError: a propensity is not between 0 and 1.
    """
    at = _steps(outcome, treated, score, propensity, weight)
    share = at.rows / at.rows[-1]
    return share, share * (_mean(at.treated_outcome, at.treated) - _mean(at.control_outcome, at.control)) * _sound(at)


def auuc(
    outcome: ArrayLike, treated: ArrayLike, score: ArrayLike, propensity: ArrayLike, weight: ArrayLike | None = None
) -> float:
    """Return the area under `uplift_curve`, in the outcome's unit per customer; half the mean effect is chance.

    Raises:
        InputError: a propensity is not between 0 and 1.
    """
    share, gain = uplift_curve(outcome, treated, score, propensity, weight)
    return _area(share, gain)


def qini(
    outcome: ArrayLike, treated: ArrayLike, score: ArrayLike, propensity: ArrayLike, weight: ArrayLike | None = None
) -> float:
    """Return the area between the Qini curve and the straight line to its end (Radcliffe 2007); 0 is chance.

    The Qini curve at a share is (Y_t - Y_c N_t / N_c) / N_t(all), with the weighted sums of outcome Y and of rows N
    of the arms among those contacted. It is per customer, and the area is not divided by that of a perfect order,
    which nobody knows for money: the unit is that of the outcome. NaN where an arm is absent.

    Raises:
        InputError: a propensity is not between 0 and 1.
    """
    at = _steps(outcome, treated, score, propensity, weight)
    share = at.rows / at.rows[-1]
    height = at.treated_outcome - _mean(at.control_outcome, at.control) * at.treated
    curve = height / max(at.treated[-1], 1e-300) * _sound(at)
    return _area(share, curve - share * curve[-1])


def profit_curve(
    outcome: ArrayLike,
    treated: ArrayLike,
    score: ArrayLike,
    propensity: ArrayLike,
    value_per_outcome: float,
    contact_cost: float,
    weight: ArrayLike | None = None,
) -> tuple[Array, Array]:
    """Return the share of customers contacted and the incremental profit it brings, per customer of the base.

    Profit is `value_per_outcome` (the margin, where the outcome is revenue) times the gain of `uplift_curve`, less
    `contact_cost` for each customer contacted.

    Raises:
        InputError: a propensity is not between 0 and 1.
    """
    share, gain = uplift_curve(outcome, treated, score, propensity, weight)
    return share, value_per_outcome * gain - contact_cost * share


def _steps(
    outcome: ArrayLike, treated: ArrayLike, score: ArrayLike, propensity: ArrayLike, weight: ArrayLike | None
) -> _Steps:
    y, t, s = (np.asarray(value, dtype=np.float64) for value in (outcome, treated, score))
    chance = np.broadcast_to(np.asarray(propensity, dtype=np.float64), y.shape)
    if not ((chance > 0) & (chance < 1)).all():
        raise InputError(
            "A chance of treatment must lie between 0 and 1: without both arms there is nothing to compare."
        )
    w = np.ones_like(y) if weight is None else np.asarray(weight, dtype=np.float64)
    one, none = w * t / chance, w * (1 - t) / (1 - chance)
    return _Steps(*up_to_score(s, w, one, one * y, none, none * y))


def _mean(total: Array, rows: Array) -> Array:
    return np.divide(total, rows, out=np.zeros_like(total), where=rows > 0)


def _sound(at: _Steps) -> float:
    """Return 1, or NaN where a whole arm is absent."""
    return 1.0 if at.treated[-1] > 0 and at.control[-1] > 0 else float("nan")


def _area(share: Array, height: Array) -> float:
    return float(np.trapezoid(height, share))
