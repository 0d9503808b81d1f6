"""What a model of defection is worth to a campaign that tries to keep those who would leave.

All functions take arrays of shape (n,): `y` is 1 for those who defect, and the highest score is contacted first. The
optional `weight` counts a customer several times or not at all, as a bootstrap does. Rows of equal score are one step:
no figure depends on the order of the arrays. Profit is per customer of the whole base, contacted or not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc

from setia.errors import InputError
from setia.metrics.steps import up_to_score

Array = NDArray[np.float64]
#: The usual terms: chance that an offer keeps a leaver; offer and contact as shares of what would be lost.
KEEP_CHANCE, OFFER_SHARE, CONTACT_SHARE = 0.3, 0.05, 0.005


@dataclass(frozen=True)
class MostProfit:
    """The most profit that a campaign can make. `value`: per customer of the base; `fraction`: of it to contact."""

    value: float
    fraction: float


def mpc(
    y: ArrayLike,
    p: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    clv: float = 200.0,
    offer_share: float = OFFER_SHARE,
    contact_share: float = CONTACT_SHARE,
    keep_chance: float = KEEP_CHANCE,
) -> MostProfit:
    """Return the maximum profit criterion (Verbeke et al. 2012): the profit of the best threshold.

    Of a fraction contacted it is clv x [(gamma (1 - d) - f) x leavers - (d + f) x others] (their eq. 1 without its
    fixed costs), where leavers and others are shares of the base, gamma is `keep_chance`, and d and f are what offer
    and contact cost as a share of `clv`; whoever is contacted and does not leave takes the offer. Contacting nobody
    brings 0, so it is never below; of equal fractions the least.

    Raises:
        InputError: a setting that no campaign can have.
    """
    _check(clv, offer_share, contact_share, keep_chance)
    leavers, others = _steps(y, p, weight)
    gain = clv * (keep_chance * (1 - offer_share) - contact_share)
    profit = gain * leavers - clv * (offer_share + contact_share) * others
    best = int(np.argmax(profit))
    return MostProfit(float(profit[best]), float(leavers[best] + others[best]))


def empc(
    y: ArrayLike,
    p: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    alpha: float = 6.0,
    beta: float = 14.0,
    clv: float = 200.0,
    offer_share: float = OFFER_SHARE,
    contact_share: float = CONTACT_SHARE,
) -> MostProfit:
    """Return the expected maximum profit (Verbraken, Verbeke & Baesens 2013), and the fraction to expect.

    That of `mpc`, with the best threshold for each gamma, over gamma ~ Beta(`alpha`, `beta`). The best thresholds are
    the corners of the ROC curve's convex hull; between two gammas at which the corner changes the profit is linear in
    gamma, so that incomplete beta functions give the integral exactly.

    Raises:
        InputError: a setting that no campaign can have.
    """
    _check(clv, offer_share, contact_share, 1.0)
    if not (alpha > 0 and beta > 0):
        raise InputError(f"alpha={alpha} and beta={beta} of a Beta distribution must be above 0.")
    leavers, others = _hull(*_steps(y, p, weight))
    more = np.diff(leavers)
    spent = (offer_share + contact_share) * np.diff(others)
    ratio = np.divide(spent, more, out=np.full(len(more), np.inf), where=more > 0)
    # at this gamma the next corner becomes as good as the one before it
    turns = (ratio + contact_share) / (1 - offer_share)
    ends = np.clip(np.r_[0.0, turns, 1.0], 0.0, 1.0)
    chance = np.diff(betainc(alpha, beta, ends))
    gamma = alpha / (alpha + beta) * np.diff(betainc(alpha + 1, beta, ends))
    gain = (1 - offer_share) * gamma - contact_share * chance
    profit = clv * (gain * leavers - (offer_share + contact_share) * chance * others)
    return MostProfit(float(profit.sum()), float((chance * (leavers + others)).sum()))


def campaign_curve(
    y: ArrayLike,
    value: ArrayLike,
    score: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    offer_cost: float,
    contact_cost: float,
    keep_chance: ArrayLike,
    take_rate: ArrayLike = 1.0,
) -> tuple[Array, Array]:
    """Return the share of customers contacted, from 0 to 1, and the profit to expect of it, per customer of the base.

    Each contact brings y gamma (V - offer) - (1 - y) offer a - contact (Verbeke et al. 2012, eq. 1), with each
    customer's own value V. Both arrays have the shape (distinct scores + 1,); money in the unit of `value`.

    Args:
        y: who defected.
        value: what is lost with each customer who leaves.
        score: who is contacted first; the expected profit itself, or a chance of defection.
        weight: how often each customer counts.
        offer_cost: what the offer costs when it is taken.
        contact_cost: of each contact.
        keep_chance: gamma, that the offer keeps who would leave; one number or (n,).
        take_rate: a, that one who stays anyhow takes it; one number or (n,).
    """
    left, lost = np.asarray(y, dtype=np.float64), np.asarray(value, dtype=np.float64)
    keep, take = np.asarray(keep_chance, dtype=np.float64), np.asarray(take_rate, dtype=np.float64)
    brings = left * keep * (lost - offer_cost) - (1 - left) * offer_cost * take - contact_cost
    w = _weight(left, weight)
    rows, profit = up_to_score(np.asarray(score, dtype=np.float64), w, w * brings)
    return rows / rows[-1], profit / rows[-1]


def campaign_share(y: ArrayLike, value: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return what a campaign by the forecasts earns, of what one by the truth would: at most 1, below 0 at a loss.

    Contacted is who is expected to bring a profit, p gamma (V - offer) - (1 - p) offer - contact > 0, on the terms of
    `mpc`: gamma .3, an offer of 5 % and a contact of .5 % of the mean value V that would be lost. By the truth, y
    stands for p. NaN where even that earns nothing.
    """
    y, value, p = (np.asarray(each, dtype=np.float64) for each in (y, value, p))
    w = _weight(y, weight)
    mean = float(np.average(value, weights=w)) if w.sum() > 0 else 0.0
    offer, contact = OFFER_SHARE * mean, CONTACT_SHARE * mean

    def brings(chance: Array) -> Array:
        return chance * KEEP_CHANCE * (value - offer) - (1.0 - chance) * offer - contact

    truth = brings(y)
    most = float(w @ np.maximum(truth, 0.0))
    return float(w @ np.where(brings(p) > 0, truth, 0.0)) / most if most > 0 else float("nan")


def campaign_profit(share: ArrayLike, profit: ArrayLike, depth: float) -> float:
    """Return the profit of contacting a share `depth` of the base, given a curve; of equals, any are as likely.

    Raises:
        InputError: the depth is not between 0 and 1.
    """
    if not 0 <= depth <= 1:
        raise InputError(f"A campaign cannot contact {depth} of the base; the depth must lie between 0 and 1.")
    return float(np.interp(depth, np.asarray(share, dtype=np.float64), np.asarray(profit, dtype=np.float64)))


def best_depth(share: ArrayLike, profit: ArrayLike) -> MostProfit:
    """Return the most profit on a curve and the share it takes; contacting nobody brings 0. Of equals, the least."""
    at = int(np.argmax(np.asarray(profit)))
    return MostProfit(float(np.asarray(profit)[at]), float(np.asarray(share)[at]))


def _steps(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None) -> tuple[Array, Array]:
    """Return who is contacted, of leavers and of others, as shares of the base, from nobody to everybody."""
    left = np.asarray(y, dtype=np.float64)
    w = _weight(left, weight)
    leavers, others = up_to_score(np.asarray(p, dtype=np.float64), w * left, w * (1 - left))
    base = leavers[-1] + others[-1]
    return leavers / base, others / base


def _weight(y: Array, weight: ArrayLike | None) -> Array:
    return np.ones_like(y) if weight is None else np.asarray(weight, dtype=np.float64)


def _hull(leavers: Array, others: Array) -> tuple[Array, Array]:
    """Return the corners of the upper hull, from nobody to everybody: each brings fewer leavers for the same others."""
    # a step that nobody takes would hide the corner that it stands on
    moved = np.append(True, (np.diff(leavers) > 0) | (np.diff(others) > 0))
    leavers, others = leavers[moved], others[moved]
    while len(leavers) > 2:
        up, on = np.diff(leavers), np.diff(others)
        # who lies on or below the line between their neighbours is no corner, whoever of these is one
        corner = np.concatenate([[True], up[:-1] * on[1:] > up[1:] * on[:-1], [True]])
        if corner.all():
            break
        leavers, others = leavers[corner], others[corner]
    return leavers, others


def _check(clv: float, offer_share: float, contact_share: float, keep_chance: float) -> None:
    if not clv > 0:
        raise InputError(f"clv={clv} must be above 0.")
    if not (0 <= offer_share < 1 and contact_share >= 0):
        raise InputError(
            f"offer_share={offer_share} must lie between 0 and 1, and contact_share={contact_share} not be negative."
        )
    if not 0 <= keep_chance <= 1:
        raise InputError(f"keep_chance={keep_chance} is a chance; it must lie between 0 and 1.")
