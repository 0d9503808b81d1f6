"""Whose cost of goods is known: a profit of lines without costs would be no profit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import narwhals as nw

from setia.engine import Engine, Frame
from setia.errors import InputError
from setia.ledger.costs import Costs

#: Decimals that the ledger keeps, and what is nothing but the noise of a floating point number.
_DIGITS: Final = 4
_WHOLE: Final = 1e-6
#: Money above this, in the ledger's unit, comes near the end of 64 bits.
_MOST: Final = 4e14


@dataclass(frozen=True)
class Coverage:
    """How many lines know what their goods cost.

    Attributes:
        sold, revenue: lines sold and what was paid for them.
        uncosted, uncosted_revenue: of them, those with neither a unit cost nor a share of their category.
        measured: the goods' cost of the others as a share of their list price; null where there are none.
        lost_refunds: refunds without any cost: nothing comes back for them.
        digits: the fewest decimals, up to 4, with which all amounts are written.
        rounded: amounts with more decimals than 4, which the ledger rounds.
    """

    sold: int
    revenue: float
    uncosted: int
    uncosted_revenue: float
    measured: float | None
    lost_refunds: int
    digits: int
    rounded: int


def coverage(lines: Frame, engine: Engine, costs: Costs) -> Coverage:
    """Count the lines whose cost of goods is known, and refuse those whose cost is not known at all.

    Raises:
        InputError: a line that was sold has no cost, and no share is set for it.
    """
    row = _counted(lines, engine, costs)
    if row["moved"] > _MOST:
        raise InputError(
            f"The log moves {row['moved']:.3g} of its currency, more than can be booked to the ten-thousandth (up to "
            f"{_MOST:.0e}); give amounts and costs in thousands."
        )
    found = _coverage(row, costs)
    if found.uncosted and costs.goods_rate is None:
        raise InputError(_refusal(found))
    return found


def _counted(lines: Frame, engine: Engine, costs: Costs) -> dict[str, float]:
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

    def coarser(digits: int) -> nw.Expr:
        scaled = paid * 10.0**digits
        return total(one, ((scaled - scaled.round(0)) / 10.0**digits).abs() > _WHOLE)

    wanted = {
        "sold": total(one, sold),
        "revenue": total(paid, sold),
        "uncosted": total(one, sold & ~known),
        "uncosted_revenue": total(paid, sold & ~known),
        "goods": total(nw.col("goods"), sold & known),
        "listed": total(nw.col("listed"), sold & known),
        "lost": total(one, (paid < 0) & ~known),
        "moved": (nw.col("listed") + nw.col("goods").abs().fill_null(0.0)).sum(),
        **{f"not_{digits}": coarser(digits) for digits in range(_DIGITS + 1)},
    }
    row = engine.arrow(seen.select(**wanted)).to_pylist()[0]
    return {name: float(value or 0.0) for name, value in row.items()}


def _coverage(row: dict[str, float], costs: Costs) -> Coverage:
    return Coverage(
        sold=int(row["sold"]),
        revenue=row["revenue"],
        uncosted=int(row["uncosted"]),
        uncosted_revenue=row["uncosted_revenue"],
        measured=row["goods"] / row["listed"] if row["listed"] > 0 else None,
        lost_refunds=int(row["lost"]) if costs.goods_rate is None else 0,
        digits=next((digits for digits in range(_DIGITS) if not row[f"not_{digits}"]), _DIGITS),
        rounded=int(row[f"not_{_DIGITS}"]),
    )


def _refusal(found: Coverage) -> str:
    if found.uncosted == found.sold:
        return (
            "value=profit needs to know what the goods cost: the log has no unit cost with a quantity, and no share is "
            "set. Name its column with source.columns.unit_cost=NAME (and source.columns.quantity=NAME), or set the "
            "cost as a share of the list price, such as value.costs.goods_rate=0.7."
        )
    assert found.measured is not None
    rate, share = f"{found.measured:.3f}", 100 * found.uncosted_revenue / found.revenue
    return (
        f"value=profit needs to know what the goods cost, which the log does not tell for {found.uncosted:,} of "
        f"{found.sold:,} lines sold ({share:.1f} % of the money). The others cost "
        f"{100 * found.measured:.1f} % of their list price; set value.costs.goods_rate={rate} to count them so."
    )
