"""Expected purchases, blended: what the buy-till-you-die model expects, lifted as the better forecasts say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from setia.learn.dropout import COLUMNS
from setia.learn.predictor import Array, Matrix

#: The powers of the two lifts where nothing has been learnt yet, and how many rows of evidence they are worth.
START: Final = (0.3, 0.7)
PRIOR_ROWS: Final = 1500.0
#: The start has no shift of level; that is worth more rows, because one season's level misleads in the next.
LEVEL_PRIOR_ROWS: Final = 20_000.0
#: A lift is taken to lie between 1 / MOST and MOST.
MOST: Final = 1e3
_LEAST_CHANCE: Final = 1e-6


@dataclass(frozen=True)
class Purchases:
    """expected = btyd_purchases exp(level) (chance lift)^by_chance (value lift)^by_value.

    The chance lift is the blended chance of any purchase over that of the buy-till-you-die model, the value
    lift likewise the blended expected value over `btyd_value`. Both powers are at least 0: a better forecast
    never lowers the count.
    """

    level: float
    by_chance: float
    by_value: float

    def expected(self, dropout: Matrix, p_none: Array, expected_value: Array, horizon_days: int) -> Array:
        """Return the expected purchases within the horizon, shape (rows,).

        `dropout` holds the columns of `dropout.COLUMNS`, shape (rows, columns). `p_none` is the blended
        chance of no purchase within the horizon: `p_defect` where defection means silence; elsewhere
        pass the column btyd_p_none itself, which makes the chance lift 1. Coherent whatever the numbers:
        finite, at least 1 - p_none (the mean of a count is no less than its chance not to be 0), at most
        one a day. Where value is counted in purchases, the expected value itself is the better answer.
        """
        start, lifts = _terms(dropout, p_none, expected_value)
        lifted = np.exp(start + self.level + lifts @ np.array([self.by_chance, self.by_value]))
        return np.asarray(np.clip(lifted, 1.0 - p_none, float(horizon_days)))

    def as_dict(self) -> dict[str, float]:
        """Return the numbers, for JSON."""
        return asdict(self)

    @staticmethod
    def from_dict(content: Mapping[str, float]) -> Purchases:
        """Read back what `as_dict` gave."""
        return Purchases(**content)


def fit_purchases(dropout: Matrix, p_none: Array, expected_value: Array, purchases: Array) -> Purchases:
    """Learn level and powers from out-of-time forecasts of rows whose `purchases` within the horizon are known.

    Poisson regression of the counts on the logarithms of the lifts, with log(btyd_purchases) as offset and a
    ridge towards the start. The inputs are those of `Purchases.expected`.
    """
    if len(purchases) == 0:
        return Purchases(0.0, *START)
    start, lifts = _terms(dropout, p_none, expected_value)
    design = np.column_stack([np.ones(len(purchases)), lifts])
    wanted = np.array([0.0, *START])
    theta = _climb(start, design, purchases, wanted)
    # A power below zero is set to zero, and the others learnt again without it.
    kept = np.array([True, True, True])
    while np.any(theta[1:] < 0):
        kept[1 + int(np.argmin(theta[1:]))] = False
        theta = np.zeros(3)
        theta[kept] = _climb(start, design[:, kept], purchases, wanted[kept])
    return Purchases(*(float(t) for t in theta))


def _terms(dropout: Matrix, p_none: Array, expected_value: Array) -> tuple[Array, Array]:
    """Return the logarithm of what is lifted, shape (rows,), and of both lifts, shape (rows, 2)."""
    names = list(COLUMNS)
    silent, mean, value = (
        dropout[:, names.index(f"btyd_{name}")].astype(np.float64) for name in ("p_none", "purchases", "value")
    )
    chance = np.maximum(1.0 - p_none, _LEAST_CHANCE) / np.maximum(1.0 - silent, _LEAST_CHANCE)
    floor = np.maximum(value, _LEAST_CHANCE * max(float(np.mean(value)), _LEAST_CHANCE))
    worth = expected_value / floor
    lifts = np.log(np.clip(np.column_stack([chance, worth]), 1.0 / MOST, MOST))
    return np.log(np.maximum(mean, _LEAST_CHANCE)), lifts


def _climb(start: Array, design: Array, counts: Array, wanted: Array) -> Array:
    """Maximise the penalised Poisson likelihood of counts with means exp(start + design @ theta), by Newton's method.

    The first column of the design is the level.
    """
    theta = wanted.copy()
    rows = np.array([LEVEL_PRIOR_ROWS] + [PRIOR_ROWS] * (len(wanted) - 1))
    # What one row tells of a coefficient, mean z^2 on average, times the rows that the start is worth.
    strength = rows * np.mean(np.exp(start + design @ theta)[:, None] * design**2, axis=0) + 1e-9
    for _ in range(100):
        mean = np.exp(np.minimum(start + design @ theta, 20.0))
        gradient = design.T @ (mean - counts) + strength * (theta - wanted)
        hessian = (design * mean[:, None]).T @ design + np.diag(strength)
        move = np.linalg.solve(hessian, gradient)
        # Far from the optimum a whole step of Newton's would overshoot: exp is steep.
        theta = theta - move * min(1.0, 0.5 / max(float(np.abs(move).max()), 1e-12))
        if np.max(np.abs(move)) < 1e-9:
            break
    return theta
