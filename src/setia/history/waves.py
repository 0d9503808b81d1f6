"""The yearly season of a base, told apart from its growth and its ageing, from two counts a day.

Purchases of a growing base rise all year round, and a base whose customers age buys less and less: neither is a
season. Who joined when is known, so both can be foreseen, and what is left over the year is the season.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from setia.history.runs import Floats

#: Waves a year: one and its first overtone.
WAVES: Final = 2
YEAR: Final = 365.25
#: A season is read off a year and a quarter at least: of a shorter log hardly a day comes twice.
LEAST_DAYS: Final = 456
#: Spread that a wave's logarithmic amplitude is expected to have, before the log is looked at.
EXPECTED_SPREAD: Final = 0.3
SCALES: Final = (2.0, 8.0, 26.0, 104.0)
POWERS: Final = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
#: How a customer's pace may fall with age: (1 + weeks / scale) ** -power, the survival of Pareto dropout.
FALLS: Final = ((1.0, 0.0), *((scale, power) for scale in SCALES for power in POWERS))
#: Weeks at the start of a log that are left out: all who were customers before join in them.
START_WEEKS: Final = 4


def fit_waves(daily: Floats, joined: Floats) -> tuple[float, ...]:
    """Fit the season to whole weeks, by Poisson regression on what the age of the base lets expect.

    `daily`, `joined`: purchases, and first purchases, of each day up to the cutoff, shape (days,). Returns the
    coefficients of cosines and sines of the days since the cutoff; none where the log is shorter than `LEAST_DAYS` or
    nobody came again.

    Repeat purchases of week w are expected in proportion to the sum over weeks v <= w of those who joined in v times
    their survival to w (Schmittlein, Morrison & Colombo 1987), times exp(waves). Their variance is taken from the weeks
    (McCullagh & Nelder 1989, 9.2.4), and the waves are drawn to zero by a normal prior. The fall of pace with age is
    the one of `FALLS` with the least deviance.
    """
    weeks = len(daily) // 7
    if len(daily) < LEAST_DAYS:
        return ()
    again = (daily - joined)[-7 * weeks :].reshape(weeks, 7).sum(axis=1)
    new = joined[-7 * weeks :].reshape(weeks, 7).sum(axis=1)
    new[0] += joined[: -7 * weeks].sum()
    late = np.arange(weeks) >= START_WEEKS
    if again[late].sum() < 1:
        return ()
    shapes = _shapes(7.0 * np.arange(1 - weeks, 1, dtype=np.float64) - 3.0)
    fits = [_regression(again[late], _expected(new, *fall)[late], shapes[late]) for fall in FALLS]
    return min(fits, key=lambda fit: fit[0])[1]


def busy(waves: tuple[float, ...], first: int, last: int) -> float:
    """Return how busy the days first to last after the cutoff are on average, both inclusive (0: the cutoff)."""
    if not waves:
        return 1.0
    return float(np.exp(_shapes(np.arange(first, last + 1, dtype=np.float64)) @ np.array(waves)).mean())


def _shapes(day: Floats) -> Floats:
    angle = 2 * np.pi * day[:, None] / YEAR * np.arange(1, WAVES + 1)
    return np.hstack([np.cos(angle), np.sin(angle)])


def _expected(new: Floats, scale: float, power: float) -> Floats:
    """Return the repeat purchases of each week, up to a factor, if customers fell by age alone."""
    pace = (1.0 + np.arange(len(new)) / scale) ** -power
    pace[0] /= 2.0  # who joins within a week has half of it left
    return np.asarray(np.convolve(new, pace)[: len(new)])


def _regression(y: Floats, expected: Floats, shapes: Floats) -> tuple[float, tuple[float, ...]]:
    """Return the deviance and the coefficients of the waves."""
    possible = expected > 0
    y, offset = y[possible], np.log(expected[possible])
    design = np.column_stack([np.ones(len(y)), shapes[possible]])
    penalty = np.array([1e-6, *[EXPECTED_SPREAD**-2] * (2 * WAVES)])
    theta = np.array([np.log(max(y.sum(), 1.0)) - np.log(np.exp(offset).sum()), *[0.0] * (2 * WAVES)])
    start, spread = theta.copy(), 1.0
    for turn in range(40):
        mean = np.exp(np.clip(offset + design @ theta, -30, 30))
        if turn > 2:
            spread = max(1.0, float(((y - mean) ** 2 / mean).sum()) / max(len(y) - len(theta) - 1, 1))
        slope = design.T @ (y - mean) / spread - penalty * (theta - start)
        curvature = (design * mean[:, None]).T @ design / spread + np.diag(penalty)
        step = np.linalg.solve(curvature, slope)
        theta = theta + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-9:
            break
    told = np.where(y > 0, y * np.log(np.maximum(y, 1e-300) / mean), 0.0)
    return 2.0 * float((told - (y - mean)).sum()), tuple(float(v) for v in theta[1:])
