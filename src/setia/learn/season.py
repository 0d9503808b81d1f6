"""The base's yearly season, told apart from its ageing, and the clock that it drives.

A buy-till-you-die model takes every day for alike: fitted up to the high season, it holds everybody for keener
than they are, for years ahead. On a clock that runs fast in the high season and slow in the low one, days are alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from setia.learn.predictor import Array

YEAR_DAYS: Final = 365.25
#: Waves a year: one and its first overtone.
WAVES: Final = 2
#: Fewer days of log than these, about two turns, cannot tell the season from the ageing of the base.
LEAST_DAYS: Final = 700
#: Spread that a wave's logarithmic amplitude is expected to have, before the log is looked at.
_EXPECTED_SPREAD: Final = 0.3
_AGE_KNOTS: Final = 8


@dataclass(frozen=True)
class Season:
    """Appetite of a day: the exponential of waves over the year, 1 on average.

    `cosines` and `sines` hold one coefficient a wave; none means that every day is alike.
    """

    cosines: tuple[float, ...] = ()
    sines: tuple[float, ...] = ()

    def clock(self, first_day: int, last_day: int) -> Array:
        """Return the season's time at the end of each day from `first_day` - 1 to `last_day`, shape (days + 1,).

        It starts at 0 and gains one season day a day on average over the years.
        """
        days = last_day - first_day + 1
        if not self.cosines:
            return np.arange(days + 1, dtype=np.float64)
        coefficients = np.array([*self.cosines, *self.sines])
        waves = len(self.cosines)
        appetite = np.exp(_waves(np.arange(first_day, last_day + 1), waves) @ coefficients)
        appetite /= np.exp(_waves(np.arange(4 * 365 + 1), waves) @ coefficients).mean()
        return np.concatenate([[0.0], np.cumsum(appetite)])


def fit_season(cohort: Array, week: Array, purchases: Array, customers: Array, end_day: int) -> Season:
    """Fit the season to repeat purchases by Poisson regression on age and waves of the year.

    cohort, week: weeks back from `end_day`, of the first purchase and of the repeat purchases, one entry for each
    cell with purchases; purchases: their number. customers: by cohort, shape (cohorts,). Cells without purchases
    count as zeros. Purchases of one customer come in clumps, so their variance is taken from the cells (McCullagh &
    Nelder 1989, 9.2.4), and the waves are drawn to zero by a normal prior.
    """
    seen = np.zeros((len(customers), len(customers)))
    np.add.at(seen, (cohort.astype(np.int64), week.astype(np.int64)), purchases)
    c, w = np.nonzero((np.arange(len(customers))[:, None] > np.arange(len(customers))) & (customers[:, None] > 0))
    y, base = seen[c, w], customers[c]
    if y.sum() < 1:
        return Season()
    shapes = _ages((c - w).astype(np.float64))
    ages = shapes.shape[1]
    design = np.hstack([shapes, _waves(end_day - 7 * w - 3, WAVES)])
    penalty = np.concatenate([np.full(ages, 1e-3), np.full(2 * WAVES, _EXPECTED_SPREAD**-2)])
    theta = np.concatenate([np.full(ages, np.log(y.sum() / base.sum())), np.zeros(2 * WAVES)])
    start, spread = theta.copy(), 1.0
    for turn in range(40):
        mean = base * np.exp(np.clip(design @ theta, -30, 30))
        if turn > 2:
            spread = max(1.0, float(((y - mean) ** 2 / np.maximum(mean, 1e-9)).sum()) / max(len(y) - len(theta), 1))
        slope = design.T @ (y - mean) / spread - penalty * (theta - start)
        curvature = (design * mean[:, None]).T @ design / spread + np.diag(penalty)
        step = np.linalg.solve(curvature, slope)
        theta = theta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    waves = theta[ages:]
    return Season(tuple(float(v) for v in waves[:WAVES]), tuple(float(v) for v in waves[WAVES:]))


def _waves(day: npt.NDArray[np.int64], waves: int) -> Array:
    angle = 2 * np.pi * np.asarray(day, dtype=np.float64)[:, None] / YEAR_DAYS * np.arange(1, waves + 1)
    return np.hstack([np.cos(angle), np.sin(angle)])


def _ages(weeks: Array) -> Array:
    """Return hat functions of the logarithm of the weeks since the first purchase, shape (cells, knots)."""
    knots = np.unique(np.geomspace(1.0, max(float(weeks.max()), 2.0), _AGE_KNOTS))
    return np.column_stack([np.interp(np.log(weeks), np.log(knots), one) for one in np.eye(len(knots))])
