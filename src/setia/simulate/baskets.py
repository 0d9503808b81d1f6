"""What lies in each order: lines with product, category, quantity, amount, discount and cost, and refunds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from setia.simulate.customers import Array, Customers
from setia.simulate.orders import Orders
from setia.simulate.world import World

if TYPE_CHECKING:
    import pyarrow as pa

Index = npt.NDArray[np.int64]

#: A refund comes within so many days of its order.
REFUND_DAYS = 14


def fill_baskets(
    world: World, customers: Customers, orders: Orders, ids: pa.ChunkedArray, rng: np.random.Generator
) -> pa.Table:
    """Return the log's lines, refunds last."""
    import pyarrow as pa
    import pyarrow.compute as pc

    lines = 1 + rng.poisson(world.lines_per_order - 1, len(orders))
    starts = np.cumsum(lines) - lines
    order = np.repeat(np.arange(len(orders)), lines)
    paid, discount = _amounts(world, customers, orders, order, starts, rng)
    quantity = (1 + rng.poisson(0.3, len(order))).astype(np.float64)
    department, product = _products(world, customers, orders.customer[order], rng)
    cost_share = np.clip(world.unit_cost_share * rng.normal(1.0, 0.1, world.products), 0, None)
    unit_cost = np.round((paid + discount) * cost_share[product] / quantity, 2)
    refunded = starts[rng.random(len(orders)) < world.refund_share]
    back = orders.day[order[refunded]] + rng.integers(1, REFUND_DAYS + 1, len(refunded)).astype(np.int32)
    refunded, back = refunded[back <= world.last_day], back[back <= world.last_day]
    rows = np.concatenate([np.arange(len(order)), refunded])
    sign = np.concatenate([np.ones(len(order)), -np.ones(len(refunded))])
    names = pc.binary_join_element_wise("o", pa.array(np.arange(len(orders))).cast(pa.string()), "")
    return pa.table(
        {
            "customer_id": ids.combine_chunks().take(pa.array(orders.customer[order[rows]])),
            "day": np.concatenate([orders.day[order], back]),
            "order_id": names.take(pa.array(order[rows])),
            "product_id": pa.array([f"p{i:05d}" for i in range(world.products)]).take(pa.array(product[rows])),
            "category": pa.array([f"department {i + 1}" for i in range(world.departments)]).take(
                pa.array(department[rows])
            ),
            "quantity": quantity[rows] * sign,
            "amount": paid[rows] * sign,
            "discount": discount[rows] * sign,
            "unit_cost": unit_cost[rows],
        }
    )


def _amounts(
    world: World, customers: Customers, orders: Orders, order: Index, starts: Index, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return what is paid and given away on each line, in whole cents."""
    shape = 1.0 / world.order_spread**2
    value = customers.mean_spend[orders.customer] * rng.gamma(shape, 1.0 / shape, len(orders))
    part = rng.exponential(1.0, len(order))
    part /= np.add.reduceat(part, starts)[order]
    paid = np.maximum(np.round(value[order] * part, 2), 0.01)
    deep = rng.random(len(orders)) < world.discount_share
    off = np.where(deep, world.discount_depth / (1 - world.discount_depth), 0.0)
    return paid, np.round(paid * off[order], 2)


def _products(world: World, customers: Customers, who: Index, rng: np.random.Generator) -> tuple[Index, Index]:
    """Return department and product of each line; departments and products differ in popularity."""
    d = world.departments
    popular = 1.0 / np.arange(1, d + 1)
    steps = np.cumsum(popular / popular.sum())
    favourite = np.searchsorted(steps, rng.random(len(customers)) * steps[-1])
    department = np.searchsorted(steps, rng.random(len(who)) * steps[-1])
    department = np.where(rng.random(len(who)) < world.favourite_share, favourite[who], department)
    edges = np.linspace(0, world.products, d + 1).astype(np.int64)
    room = edges[department + 1] - edges[department]
    return department, edges[department] + (room * rng.random(len(who)) ** 2).astype(np.int64)
