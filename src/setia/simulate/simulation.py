"""The drawing of a made-up world: customers, then their orders, then what lies in the baskets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from setia.simulate.baskets import fill_baskets
from setia.simulate.customers import draw_customers, truth_table
from setia.simulate.orders import draw_orders
from setia.simulate.world import World

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Simulation:
    """A drawn world.

    lines: the log, one row per line of an order, by customer: customer_id, day, order_id, product_id, category,
    quantity, amount (paid), discount (given away), unit_cost. Refunded lines come once more, negative, under
    the same order_id, some days later.
    truth: one row per customer: customer_id, first_day, death_day (the moment of leaving, in days, far beyond
    the log for many), rate_per_day, dropout_per_day, halved_day (null: never), mean_spend (of an order),
    contact_uplift, offer_take_rate.
    """

    world: World
    lines: pa.Table
    truth: pa.Table


def simulate(world: World) -> Simulation:
    """Draw a world; the same settings, seed included, give the same tables."""
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(world.seed).spawn(3)]
    customers = draw_customers(world, streams[0])
    orders = draw_orders(world, customers, streams[1])
    truth = truth_table(customers)
    return Simulation(world, fill_baskets(world, customers, orders, truth["customer_id"], streams[2]), truth)
