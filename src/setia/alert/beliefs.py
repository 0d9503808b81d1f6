"""What is believed of customers before they are looked at one by one: how they differ, and how steady they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from setia.alert.clock import Clock
from setia.history import Visits

Floats = NDArray[np.float64]
#: Marks further off than so many standard deviations count as that far.
FARTHEST = 3.0


@dataclass(frozen=True)
class Marks:
    """How the logarithm of something about each visit (its money, its breadth) is spread.

    `mean` over customers, `sd` within a customer, `weight`: how many own visits weigh as much as the base's mean
    (variance within over variance between, empirical Bayes).
    """

    mean: float
    sd: float
    weight: float

    def of(self, column: Floats) -> Floats:
        """Return the logarithms, none farther off than `FARTHEST` standard deviations; of no money the lowest."""
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.where(column > 0, np.log(np.maximum(column, 1e-300)), -np.inf)
        reach = FARTHEST * self.sd
        return np.clip(logs, self.mean - reach, self.mean + reach)


@dataclass(frozen=True)
class Beliefs:
    """What the base teaches. Rates of visits are Gamma(`shape`, `scale`) a day of the clock."""

    clock: Clock
    shape: float
    scale: float
    money: Marks | None
    breadth: Marks | None


def marks_of(visits: Visits, column: Floats | None) -> Marks | None:
    """Learn how a column of visits is spread; null where it does not vary or is not there."""
    if column is None:
        return None
    good = column > 0
    who = visits.customer[good]
    logs = np.log(column[good])
    count = np.bincount(who, minlength=visits.customers).astype(np.float64)
    several = count > 1
    if several.sum() < 2:
        return None
    mean = np.divide(np.bincount(who, logs, visits.customers), np.maximum(count, 1.0))
    own = ((logs - mean[who]) ** 2 * several[who]).sum() / (count[several] - 1).sum()
    if own <= 1e-9:
        return None
    between = max(float(mean[several].var() - (own / count[several]).mean()), own / 100)
    return Marks(float(mean[several].mean()), float(np.sqrt(own)), float(own / between))
