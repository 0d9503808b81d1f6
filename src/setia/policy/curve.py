"""The profit of a campaign by its depth, how deep it should go, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from setia.policy.doubt import Doubt
from setia.policy.profit import Expected
from setia.policy.stakes import Array

DRAWS: Final = 200
POINTS: Final = 101
#: Bands hold 90 % of the draws.
TAILS: Final = (0.05, 0.95)


@dataclass(frozen=True)
class ProfitCurve:
    """Total expected profit of contacting the best share of the customers, best first.

    `share`: from 0 to 1, shape (points,); `profit`, `lo`, `hi`: in money, of the same shape, with a band of 90 %.
    `best`: the share of most profit, with a band of 90 %; `customers`: how many there are in all.
    """

    share: Array
    profit: Array
    lo: Array
    hi: Array
    best: float
    best_lo: float
    best_hi: float
    customers: int

    @property
    def most(self) -> float:
        """The profit at the best depth."""
        return float(self.profit.max(initial=0.0))


def profit_curve(expected: Expected, doubt: Doubt, seed: int) -> ProfitCurve:
    """Return the curve in the order of expected profit.

    Each draw is a bootstrap sample of the customers (Poisson weights: Hanley & MacGibbon 2006) in a world in which what
    is saved is off by one factor for all. The best depth of a draw is a share of its customers.
    """
    n = len(expected.profit)
    order = np.argsort(-expected.profit, kind="stable")
    saved, cost = expected.saved[order], expected.cost[order]
    share = np.linspace(0.0, 1.0, POINTS)
    if n == 0:
        nothing = np.zeros(POINTS)
        return ProfitCurve(share, nothing, nothing, nothing, 0.0, 0.0, 0.0, 0)
    random = np.random.default_rng(seed)
    drawn, best = np.empty((DRAWS, POINTS)), np.empty(DRAWS)
    for k in range(DRAWS):
        weight = random.poisson(1.0, n)
        factor = np.exp(random.normal(0.0, doubt.spread))
        depth = np.r_[0.0, np.cumsum(weight)] / max(int(weight.sum()), 1)
        total = np.r_[0.0, np.cumsum(weight * (factor * saved - cost))]
        drawn[k] = np.interp(share, depth, total)
        best[k] = depth[int(np.argmax(total))]
    whole = np.r_[0.0, np.cumsum(saved - cost)]
    lo, hi = np.quantile(drawn, TAILS, axis=0)
    best_lo, best_hi = (float(q) for q in np.quantile(best, TAILS))
    at = int(np.argmax(whole))
    return ProfitCurve(share, np.interp(share * n, np.arange(n + 1), whole), lo, hi, at / n, best_lo, best_hi, n)
