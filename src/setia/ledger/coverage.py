"""Whose cost of goods is known: a profit of lines without costs would be no profit."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from setia.engine import Engine, Frame
from setia.errors import InputError
from setia.ledger.costs import Costs


@dataclass(frozen=True)
class Coverage:
    """How many lines know what their goods cost.

    Attributes:
        sold, revenue: lines sold and what was paid for them.
        uncosted, uncosted_revenue: of them, those with neither a unit cost nor a share of their category.
        measured: the goods' cost of the others as a share of their list price; null where there are none.
        lost_refunds: refunds without any cost: nothing comes back for them.
    """

    sold: int
    revenue: float
    uncosted: int
    uncosted_revenue: float
    measured: float | None
    lost_refunds: int


def coverage(lines: Frame, engine: Engine, costs: Costs) -> Coverage:
    """Count the lines whose cost of goods is known, and refuse those whose cost is not known at all.

    Raises:
        InputError: a line that was sold has no cost, and no share is set for it.
    """
    found = _counted(lines, engine, costs)
    if found.uncosted and costs.goods_rate is None:
        raise InputError(_refusal(found))
    return found


def _counted(lines: Frame, engine: Engine, costs: Costs) -> Coverage:
    names = lines.collect_schema().names()
    amount = nw.col("amount").fill_null(0.0)
    off = nw.col("discount").abs().fill_null(0.0) if "discount" in names else nw.lit(0.0)
    category = nw.lit(None).cast(nw.Float64)
    for name, share in costs.category_goods.items():
        category = nw.when(nw.col("category") == name).then(nw.lit(float(share))).otherwise(category)
    listed, goods = amount.abs() + off, category * (amount.abs() + off)
    if {"quantity", "unit_cost"} <= set(names):
        own = nw.col("quantity").abs() * nw.col("unit_cost")
        goods = nw.when(nw.col("unit_cost") >= 0).then(own).otherwise(nw.lit(None).cast(nw.Float64)).fill_null(goods)
    seen = lines.select(amount=amount, listed=listed, goods=goods)
    sold, known = nw.col("amount") > 0, ~nw.col("goods").is_null()

    def total(of: nw.Expr, where: nw.Expr) -> nw.Expr:
        return nw.when(where).then(of).otherwise(nw.lit(0.0)).sum()

    one, paid = nw.lit(1.0), nw.col("amount")
    row = engine.arrow(
        seen.select(
            sold=total(one, sold),
            revenue=total(paid, sold),
            uncosted=total(one, sold & ~known),
            uncosted_revenue=total(paid, sold & ~known),
            goods=total(nw.col("goods"), sold & known),
            listed=total(nw.col("listed"), sold & known),
            lost=total(one, (paid < 0) & ~known),
        )
    ).to_pylist()[0]
    row = {name: value or 0.0 for name, value in row.items()}
    measured = row["goods"] / row["listed"] if row["listed"] > 0 else None
    lost = int(row["lost"]) if costs.goods_rate is None else 0
    return Coverage(int(row["sold"]), row["revenue"], int(row["uncosted"]), row["uncosted_revenue"], measured, lost)


def _refusal(found: Coverage) -> str:
    if found.uncosted == found.sold:
        return (
            "value=profit needs to know what the goods cost: the log has no unit cost with a quantity, and no share is "
            "set. Name its column with source.columns.unit_cost=NAME (and source.columns.quantity=NAME), or set the "
            "cost as a share of the list price, such as value.costs.goods_rate=0.7."
        )
    assert found.measured is not None
    rate = f"{found.measured:.3f}"
    return (
        f"value=profit needs to know what the goods cost: {found.uncosted:,} of {found.sold:,} lines sold "
        f"({100 * found.uncosted_revenue / found.revenue:.1f} % of the money) have no cost. The others cost "
        f"{100 * found.measured:.1f} % of their list price; set value.costs.goods_rate={rate} to count them so."
    )
