"""The whale curve: how much of the profit the best customers bring, and how much of it the others take back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from setia.history.runs import Floats, Ints
from setia.ledger.parts import UNITS

#: Points of the curve that are kept: more than a figure can show.
POINTS: Final = 400
BEST: Final = 0.2


@dataclass(frozen=True)
class Whale:
    """Customers ranked by profit, and what they bring in together.

    Attributes:
        customers: how many there are.
        share: of the customers, from 0 to 1, shape (points,).
        profit: of these customers together, in the log's currency, shape (points,).
        total: of all.
        best: of the best fifth.
        peak: of those who bring more than they cost: the most that any choice of customers brings.
        winners, losers: how many bring a profit, and how many a loss.
    """

    customers: int
    share: Floats
    profit: Floats
    total: float
    best: float
    peak: float
    winners: int
    losers: int

    @property
    def lost(self) -> float:
        """What the customers with a loss cost, as a positive number."""
        return self.peak - self.total

    @property
    def best_share(self) -> float:
        """The best fifth's share of the profit; NaN where there is no profit."""
        return self.best / self.total if self.total > 0 else float("nan")

    @property
    def peak_share(self) -> float:
        """The peak as a share of the profit, 1 or more; NaN where there is no profit."""
        return self.peak / self.total if self.total > 0 else float("nan")


def whale(profit: Ints) -> Whale:
    """Rank customers by their profit, shape (customers,), in UNITS."""
    ranked = np.sort(profit)[::-1]
    sums = np.concatenate([[0], np.cumsum(ranked)])
    count, winners = len(ranked), int((ranked > 0).sum())
    best = round(BEST * count)
    # the peak and the best fifth are points of the curve, whatever is left out between
    places = np.unique(
        np.append(np.linspace(0, count, min(count + 1, POINTS)).round().astype(np.int64), [best, winners])
    )
    return Whale(
        customers=count,
        share=places / max(count, 1),
        profit=sums[places] / UNITS,
        total=float(sums[-1] / UNITS),
        best=float(sums[best] / UNITS),
        peak=float(sums[winners] / UNITS),
        winners=winners,
        losers=int((ranked < 0).sum()),
    )
