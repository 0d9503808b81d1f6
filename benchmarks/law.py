"""What one would decide who knows the law of a made-up world by heart, and of each customer the purchases alone.

The posterior of every customer's rates, and of having left, by quadrature over the world's own distributions: nobody
who looks at a log can know more. Kind to it: it is told each customer's mean spend. Unkind: it knows no halvings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from setia.simulate import Simulation, Terms, World
from setia.simulate.season import Season
from setia.simulate.truth import net_share

Floats = NDArray[np.float64]
RATES, DROPOUTS, STEP_DAYS, YEAR = 40, 30, 3, 365.25


@dataclass(frozen=True)
class Known:
    """Of each customer: chances of still being there, of being there and leaving within the horizon, of buying in it;
    profit of those who leave, had they stayed, and of those who have left, were they there; each with its chance."""

    alive: Floats
    leaves: Floats
    buys: Floats
    leaving: Floats
    gone: Floats


def by_law(
    simulation: Simulation, terms: Terms, first: Floats, last: Floats, frequency: Floats, spend: Floats
) -> Known:
    """Return the posterior means as of the world's last day; arrays of shape (customers,), days since its first."""
    world = simulation.world
    rate, dropout = (
        nodes(world.rate_shape, world.purchases_per_year, RATES),
        nodes(world.dropout_shape, world.dropout_per_year, DROPOUTS),
    )
    L, M = (grid.ravel() for grid in np.meshgrid(rate, dropout, indexing="ij"))
    past, end = Season.of(world, world.first_day, world.days).total, world.days
    worth, buys = _ahead(world, L, M, terms)
    found = np.zeros((5, len(first)))
    leave = -np.expm1(-M * terms.horizon)
    for k in range(len(first)):
        f, tx, x = int(first[k]), int(last[k]), frequency[k]
        power = x * np.log(L)
        there = np.exp(power - L * (past[end] - past[f]) - M * (end - f))
        days = np.arange(tx + 1, end, STEP_DAYS)
        by_day = power[:, None] - np.outer(L, past[days] - past[f]) - np.outer(M, days - f)
        left = np.exp(by_day).sum(axis=1) * M * STEP_DAYS
        total = there.sum() + left.sum()
        there, left = there / total, left / total
        found[:, k] = there.sum(), there @ leave, there @ buys, there @ (leave * worth), left @ worth
    money = spend * net_share(simulation) * terms.margin
    return Known(found[0], found[1], found[2], found[3] * money, found[4] * money)


def nodes(shape: float, per_year: float, count: int) -> Floats:
    """Return equally likely values of a Gamma distribution, each the mean of its slice, per day."""
    from scipy.stats import gamma

    scale = per_year / YEAR / shape
    edges = gamma.ppf(np.linspace(0, 1, count + 1), shape, scale=scale)
    found = np.diff(gamma.cdf(edges, shape + 1, scale=scale)) * per_year / YEAR * count
    return np.maximum(found, 1e-12)


def _ahead(world: World, L: Floats, M: Floats, terms: Terms) -> tuple[Floats, Floats]:
    """Return discounted orders from the middle of the horizon on, and the chance of a purchase in it, of each node."""
    half = terms.horizon // 2
    span = terms.clv_horizon - half
    season = Season.of(world, world.last_day + 1, terms.clv_horizon)
    days = np.arange(span)
    fade = (1 + terms.discount_rate_annual) ** (-(days + 1 + half) / YEAR)
    worth = L * (np.exp(-np.outer(M, days + 0.5)) * season.appetite[half:] * fade).sum(axis=1)
    silent, gone = np.ones(len(L)), np.zeros(len(L))
    for appetite in season.appetite[: terms.horizon]:
        pace = L * appetite
        event = -np.expm1(-(pace + M))
        gone += silent * event * M / (pace + M)
        silent *= 1 - event
    return worth, 1.0 - silent - gone
