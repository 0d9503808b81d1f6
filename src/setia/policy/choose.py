"""Whom to contact: the customers with the most expected profit, within a budget or a count, while it is positive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from setia.errors import InputError
from setia.policy.profit import Expected


@dataclass(frozen=True)
class Limits:
    """How far a campaign may go: `budget` in money, `count` customers; nobody at an expected loss in either case.

    Raises:
        InputError: one of them is not above 0.
    """

    budget: float | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        if self.budget is not None and not self.budget > 0:
            raise InputError(f"act.budget={self.budget} must be above 0; leave it out for no limit.")
        if self.count is not None and self.count < 1:
            raise InputError(f"act.count={self.count} must be at least 1; leave it out for no limit.")


def choose(expected: Expected, limits: Limits) -> NDArray[np.int64]:
    """Return the places of the chosen customers, the most worthwhile first.

    Without a budget by expected profit; within a budget by expected profit per unit of expected cost, which fills a
    budget best but for its last customer (Dantzig 1957). Of equals, the first.
    """
    positive = np.flatnonzero(expected.profit > 0)
    worth = expected.profit[positive]
    if limits.budget is not None:
        with np.errstate(divide="ignore"):
            worth = worth / expected.cost[positive]
    order = positive[np.argsort(-worth, kind="stable")]
    if limits.budget is not None:
        order = order[np.cumsum(expected.cost[order]) <= limits.budget]
    return np.asarray(order[: limits.count], dtype=np.int64)
