"""Cancellations on Spark: the rule of `setia.source.refunds`, for lines that have no numbers."""

from __future__ import annotations

from typing import Any

from setia.engine.spark import quoted


def match_refunds(lines: Any, *, by_product: bool) -> Any:
    """Return the lines (a DataFrame) with `refund_of_day`: the day of the line that a refund cancels, else null.

    Lines of one day need no order among them: whichever comes first, the k-th sale has the same day. Money is
    rounded as DuckDB rounds, whose cents decide what is the same money.
    """
    product = "coalesce(product_id, '')" if by_product else "''"
    keyed = lines.selectExpr(
        "*", f"{product} as setia_product", "cast(floor(abs(amount) * 100 + 0.5) as bigint) as setia_money"
    )
    key = ("customer_id", "setia_product", "setia_money")
    own = ", ".join(key)
    rank = f"row_number() over (partition by {own} order by day) as setia_rank"
    refunds = keyed.where("amount < 0").selectExpr("*", rank)
    wanted = refunds.select(*key).distinct()
    sales = keyed.where("amount > 0").join(wanted, list(key), "left_semi")
    sales = sales.selectExpr(*key, rank, "day as setia_sold")
    columns = [quoted(name) for name in lines.columns]
    matched = refunds.join(sales, [*key, "setia_rank"], "left").selectExpr(
        *columns, "case when setia_sold <= day then setia_sold end as refund_of_day"
    )
    others = lines.where("not coalesce(amount < 0, false)").selectExpr(*columns, "cast(null as int) as refund_of_day")
    return others.unionByName(matched)
