"""Customers of a simulated world with what they do without and with a contact, for `readback.py`.

A world is lived until a day, an MBG/NBD fitted to it tells who may be lost, and the follow-up gives what each customer
does without a contact. With one, a customer who would have bought nothing is kept with the own chance that the world
gave, and then brings what a kept one of the same twentieth of value brings; contact and, for takers who stay, the offer
cost money.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from setia import btyd
from setia.simulate import World, outcomes, simulate

Floats = NDArray[np.float64]
FOLLOW_UP = 120
MARGIN, CONTACT_COST, OFFER_COST = 0.4, 0.5, 2.0
DONORS = 20


@dataclass(frozen=True)
class Pool:
    """Customers with what they do without (0) and with (1) a contact, and what was known before; one row each."""

    kept: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    profit: tuple[Floats, Floats]
    cost: Floats
    p_defect: Floats
    expected_value: Floats
    stake: Floats
    segment: NDArray[np.str_]
    seed: int

    def __len__(self) -> int:
        return len(self.stake)

    def truth(self, rows: NDArray[np.bool_] | slice) -> tuple[float, float]:
        """Return the true effect on retention and on profit net of costs."""
        kept = self.kept[1][rows].mean() - self.kept[0][rows].mean()
        return float(kept), float((self.profit[1] - self.profit[0] - self.cost)[rows].mean())


def known(world: World, lines: Any, ids: Any) -> tuple[Floats, ...]:
    """Return frequency, recency, T and the mean amount of a purchase at the end of the history."""
    import pyarrow.compute as pc

    lines = lines.filter(pc.less_equal(lines["day"], world.last_day - FOLLOW_UP))
    who = pc.index_in(lines["customer_id"], value_set=ids).to_numpy().astype(np.int64)
    since, amount = lines["day"].to_numpy() - world.first_day, lines["amount"].to_numpy()
    visits = np.unique((who * world.days + since)[amount > 0])
    who_came, day = visits // world.days, visits % world.days
    times = np.bincount(who_came, minlength=len(ids))
    last = np.cumsum(times) - 1
    first, last = day[last - times + 1].astype(np.float64), day[last].astype(np.float64)
    spend = np.bincount(who, amount, minlength=len(ids))
    # drawn towards the base's mean as if by one more purchase
    mean = (spend + spend.sum() / times.sum()) / (times + 1)
    return times - 1.0, last - first, world.days - 1 - FOLLOW_UP - first, mean


def pool(world: World, eligible: Callable[[Floats], NDArray[np.bool_]], changes: bool) -> Pool:
    """Live the world and lay out what each eligible customer would do; of these, the 60 % with most at stake."""
    simulation = simulate(world)
    truth = simulation.truth
    x, recency, age, amount = known(world, simulation.lines, truth["customer_id"].combine_chunks())
    model = btyd.mbg_nbd.fit(btyd.compress(x, recency, age)[0])
    p_none, purchases, alive = model.forecast(FOLLOW_UP, x, recency, age)
    came = outcomes(simulation, world.last_day - FOLLOW_UP, FOLLOW_UP)
    kept, profit = came["purchases"].to_numpy() > 0, came["value"].to_numpy() * MARGIN
    chance, takes = (truth[name].to_numpy() for name in ("contact_uplift", "offer_take_rate"))
    random = np.random.default_rng(world.seed)
    worth = truth["rate_per_day"].to_numpy() * truth["mean_spend"].to_numpy()
    twentieth = np.argsort(np.argsort(worth)) * DONORS // len(worth)
    alike = np.empty(len(worth))
    for one in range(DONORS):
        alike[twentieth == one] = random.choice(profit[kept & (twentieth == one)], int((twentieth == one).sum()))
    saved = ~kept & (random.random(len(kept)) < chance) if changes else np.zeros(len(kept), dtype=np.bool_)
    takers = (kept | saved) & (random.random(len(kept)) < takes)
    stake = p_none * purchases / np.maximum(alive, 0.05) * amount * MARGIN
    rows = eligible(alive)
    rows &= stake >= np.quantile(stake[rows], 0.4)
    value = purchases * amount * MARGIN
    middle = np.median(value[rows])
    return Pool(
        kept=(kept[rows], (kept | saved)[rows]),
        profit=(profit[rows], np.where(saved, alike, profit)[rows]),
        cost=(CONTACT_COST + OFFER_COST * takers[rows]) * changes,
        p_defect=p_none[rows],
        expected_value=value[rows],
        stake=stake[rows],
        segment=np.where(p_none > 0.6, "late", np.where(value > middle, "large", "small"))[rows],
        seed=2 * world.seed + changes,
    )
