"""When each customer buys: a Poisson (or Erlang) clock that ticks with the season, from first purchase to death."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from setia.simulate.customers import Customers
from setia.simulate.season import Season
from setia.simulate.world import World


@dataclass(frozen=True)
class Orders:
    """One entry per order, by customer: the customer's place and the day."""

    customer: npt.NDArray[np.int64]
    day: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.day)


def draw_orders(world: World, customers: Customers, rng: np.random.Generator) -> Orders:
    """Draw the days of all orders, the first ones included."""
    season = Season.of(world, world.first_day, world.days)
    born = season.elapsed(customers.first_day + 0.5)
    until = np.minimum(customers.death_day, world.last_day + 1.0)
    halved = season.elapsed(np.clip(customers.halved_day, customers.first_day + 0.5, until))
    full, half = halved - born, season.elapsed(until) - halved
    # time runs at half speed after the halving; ticks are even in that time
    reach = full + 0.5 * half
    ticks = rng.poisson(world.regularity * customers.rate_per_day * reach)
    who = np.repeat(np.arange(len(customers)), ticks)
    at = rng.random(len(who)) * reach[who]
    if world.regularity > 1:
        who, at = _every_kth(who, at, ticks, world.regularity)
    late = at - full[who]
    moment = season.moment(born[who] + np.where(late > 0, full[who] + 2 * late, at))
    day = np.minimum(np.floor(moment), world.last_day).astype(np.int32)
    all_who = np.concatenate([np.arange(len(customers)), who])
    all_day = np.concatenate([customers.first_day, day])
    order = np.argsort(all_who, kind="stable")
    return Orders(all_who[order], all_day[order])


def _every_kth(
    who: npt.NDArray[np.int64], at: npt.NDArray[np.float64], ticks: npt.NDArray[np.int64], k: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Keep each customer's k-th, 2k-th ... tick: the gaps between them are Erlang-k."""
    order = np.lexsort((at, who))
    rank = np.arange(len(who)) - np.repeat(np.cumsum(ticks) - ticks, ticks)
    kept = order[rank % k == k - 1]
    return who[kept], at[kept]
