"""From lines to customer-days: the only pass over the log itself, the same for every cutoff.

Every column of a day says something about that day and the days before it, with two exceptions,
`next_day` and `third_next_day`, which `cut` masks. Windows run here, once; later stages only sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import narwhals as nw

from setia.engine import Engine, Frame
from setia.errors import InputError
from setia.history.calendar import with_calendar
from setia.schema import LOG_OPTIONAL, LOG_REQUIRED

#: Columns of the `days` table that a feature may use, each with the columns of the log that it is made of.
DAY_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "purchases": (),  # 1.0 on a purchase day, else 0.0
    "lines": (),  # lines bought (of positive amount, where there are amounts)
    "value": ("amount",),  # net sum of the day
    "purchase_value": ("amount",),  # the same, null on a day that is no purchase
    "gross": ("amount",),  # sum of positive amounts
    "refunds": ("amount",),  # money given back, as a positive number
    "matched_refunds": ("amount",),  # the part of it that cancels a line of the log
    "returned_lines": ("amount",),
    "return_days": ("amount",),  # sum over returned lines of the days since they were bought
    "orders": ("order_id",),
    "quantity": ("quantity",),
    "discount": ("discount",),  # money taken off the purchases, as a positive number
    "cost": ("quantity", "unit_cost"),
    "products": ("product_id",),  # distinct on that day
    "new_products": ("product_id",),  # of them, never bought before by this customer
    "categories": ("category",),
    "new_categories": ("category",),
    "category_rank": ("category",),  # purchase days so far of the category bought most often, of this day's
    "category_entropy_step": ("category",),  # sum over this day's categories of the step of n log n
    "purchase_number": (),  # 1 for the first purchase; null on other days
    "weekday": (),  # 0 = Monday
    "weekday_rank": (),  # purchase days so far on this weekday
    "weekday_entropy_step": (),
    "day_of_month": (),
    "day_of_year": (),
    # made by `cut`, relative to the cutoff
    "age_days": (),
    "gap_days": (),
    "is_purchase": (),
    "is_first": (),
    "is_last": (),
    "is_recent": (),
}


@dataclass(frozen=True)
class Prepared:
    """The log made ready once. Only this package reads its frames, since they reach past any cutoff.

    `days`: one row per customer and day. `categories`: one row per customer, day and category bought
    (null without that column). `columns`: the columns of the log. Days count from 1970-01-01.
    """

    days: Frame
    categories: Frame | None
    columns: tuple[str, ...]
    first_day: int
    last_day: int

    @property
    def has_amount(self) -> bool:
        """Whether the log tells money; if not, value is counted in purchases."""
        return "amount" in self.columns


def prepare(lines: Frame | nw.DataFrame[Any], engine: Engine | None = None) -> Prepared:
    """Make a clean log ready for any number of cutoffs.

    Args:
        lines: the columns of `setia.schema.LOG_REQUIRED`, any of LOG_OPTIONAL, and with amounts
            `refund_of_day` (null: nothing in the log is cancelled); unsorted.
        engine: keeps the results as its tables; without it a DuckDB frame stays a query.

    Raises:
        InputError: a required column is missing or the log is empty.
    """
    lines = lines.lazy()
    names = lines.collect_schema().names()
    if missing := [name for name in LOG_REQUIRED if name not in names]:
        raise InputError(f"The log lacks the column {missing[0]}; it has {', '.join(names)}.")
    columns = tuple(name for name in (*LOG_REQUIRED, *LOG_OPTIONAL) if name in names)
    if "refund_of_day" not in names:
        lines = lines.with_columns(refund_of_day=nw.when(nw.col("day") < nw.col("day")).then(nw.col("day")))
    lines = _marked(lines.select(*columns, "refund_of_day"), columns)
    categories = _keep(_categories(lines), engine, "categories") if "category" in columns else None
    sums = _to_sum(columns)
    days = lines.with_columns(**sums).group_by("customer_id", "day").agg(*(nw.col(name).sum() for name in sums))
    products = _keep(_products(lines), engine, "products") if "product_id" in columns else None
    days = _with_breadth(days, lines, products, categories)
    days = _keep(with_calendar(_with_neighbours(_finished(days, columns))), engine, "days")
    if engine is not None and products is not None:
        engine.drop(products)
    ends = days.select(first=nw.col("day").min(), last=nw.col("day").max()).collect("pyarrow").rows()[0]
    if ends[0] is None:
        raise InputError("The log has no rows; nothing can be learnt from it.")
    return Prepared(days, categories, columns, int(ends[0]), int(ends[1]))


def _keep(frame: Frame, engine: Engine | None, hint: str) -> Frame:
    if engine is not None:
        return engine.materialise(frame, hint)
    if frame.implementation.is_duckdb() or frame.implementation.is_pyspark():
        return frame
    return frame.collect().lazy()


def _marked(lines: Frame, columns: tuple[str, ...]) -> Frame:
    """Mark the lines that are bought: those of positive amount, or all where there are no amounts."""
    numbers = [name for name in ("amount", "quantity", "unit_cost", "discount") if name in columns]
    filled = {name: nw.col(name).cast(nw.Float64).fill_null(0.0) for name in numbers}
    bought = filled["amount"] > 0 if "amount" in columns else ~nw.col("day").is_null()
    return lines.with_columns(bought=bought, **filled)


def _where(condition: nw.Expr, value: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(value).otherwise(nw.lit(0.0))


def _to_sum(columns: tuple[str, ...]) -> dict[str, nw.Expr]:
    """Return the columns of a line whose plain sums make a customer-day."""
    bought = nw.col("bought")
    sums: dict[str, nw.Expr] = {"lines": _where(bought, nw.lit(1.0))}
    if "amount" in columns:
        amount = nw.col("amount")
        sums |= {
            "value": amount,
            "gross": _where(bought, amount),
            "refunds": _where(amount < 0, 0.0 - amount),
        }
        refund = (amount < 0) & ~nw.col("refund_of_day").is_null()
        delay = (nw.col("day") - nw.col("refund_of_day")).cast(nw.Float64)
        sums |= {
            "matched_refunds": _where(refund, 0.0 - amount),
            "returned_lines": _where(refund, nw.lit(1.0)),
            "return_days": _where(refund, delay),
        }
    if "quantity" in columns:
        sums["quantity"] = _where(bought, nw.col("quantity"))
    if "discount" in columns:
        sums["discount"] = _where(bought, nw.col("discount").abs())
    if {"quantity", "unit_cost"} <= set(columns):
        sums["cost"] = nw.col("quantity") * nw.col("unit_cost")
    return sums


def _finished(days: Frame, columns: tuple[str, ...]) -> Frame:
    """Say which days are purchases, and what they brought in."""
    is_purchase = nw.col("lines") > 0
    days = days.with_columns(
        is_purchase=is_purchase, purchases=nw.when(is_purchase).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
    )
    if "amount" in columns:
        return days.with_columns(purchase_value=nw.when(is_purchase).then(nw.col("value")))
    return days.with_columns(value=nw.col("purchases"))


def _n_log_n_step(rank: nw.Expr) -> nw.Expr:
    """Return n log n - (n - 1) log(n - 1): their sum over ranks 1..n is n log n, so entropy needs no counts."""
    before = nw.when(rank > 1).then(rank - 1).otherwise(nw.lit(1.0))
    return rank * rank.log() - before * before.log()


def _categories(lines: Frame) -> Frame:
    """Return one row per customer, day and category bought, with its rank, previous and next day."""
    pairs = lines.filter(nw.col("bought") & ~nw.col("category").is_null())
    pairs = _distinct(pairs, "customer_id", "category", "day").with_columns(one=nw.lit(1.0))
    own = ("customer_id", "category")
    return pairs.with_columns(
        category_rank=nw.col("one").cum_sum().over(*own, order_by="day"),
        next_day=nw.col("day").shift(-1).over(*own, order_by="day"),
    ).drop("one")


def _products(lines: Frame) -> Frame:
    """Return one row per customer, day and product bought."""
    bought = lines.filter(nw.col("bought") & ~nw.col("product_id").is_null())
    return _distinct(bought, "customer_id", "day", "product_id")


def _with_breadth(days: Frame, lines: Frame, products: Frame | None, categories: Frame | None) -> Frame:
    """Add the distinct orders, products and categories of each day, and how many of them are new."""
    keys = ("customer_id", "day")
    if "order_id" in lines.collect_schema().names():
        orders = _distinct(lines.filter(nw.col("bought")), *keys, "order_id")
        days = _add(days, _count(orders, "orders"), ("orders",))
    if products is not None:
        count = _count(products, "products")
        first = products.group_by("customer_id", "product_id").agg(nw.col("day").min().alias("day"))
        new = _count(first, "new_products")
        days = _add(_add(days, count, ("products",)), new, ("new_products",))
    if categories is not None:
        rank = nw.col("category_rank")
        rows = categories.with_columns(
            is_new=_where(rank == 1, nw.lit(1.0)), category_entropy_step=_n_log_n_step(rank), one=nw.lit(1.0)
        )
        breadth = rows.group_by(*keys).agg(
            nw.col("one").sum().alias("categories"),
            nw.col("is_new").sum().alias("new_categories"),
            nw.col("category_entropy_step").sum(),
            nw.col("category_rank").max(),
        )
        names = ("categories", "new_categories", "category_entropy_step", "category_rank")
        days = _add(days, breadth, names)
    return days


def _distinct(rows: Frame, *keys: str) -> Frame:
    """Return the distinct rows of some columns, by hashing: `unique` is a window (a sort) on DuckDB."""
    return rows.group_by(*keys).agg(nw.len().alias("rows")).select(*keys)


def _count(rows: Frame, name: str) -> Frame:
    """Count the rows of each customer and day."""
    ones = rows.with_columns(nw.lit(1.0).alias(name))
    return ones.group_by("customer_id", "day").agg(nw.col(name).sum())


def _add(days: Frame, more: Frame, names: tuple[str, ...]) -> Frame:
    """Join columns of the same key; a day without them has zero."""
    joined = days.join(more, on=["customer_id", "day"], how="left")
    return joined.with_columns(*(nw.col(name).fill_null(0.0) for name in names))


def _with_neighbours(days: Frame) -> Frame:
    """Add the previous, next and third next purchase day, and the running number, of each purchase."""
    own = ("customer_id", "is_purchase")
    day, is_purchase = nw.col("day"), nw.col("is_purchase")
    days = days.with_columns(
        previous_day=day.shift(1).over(*own, order_by="day"),
        next_day=day.shift(-1).over(*own, order_by="day"),
        third_next_day=day.shift(-3).over(*own, order_by="day"),
        purchase_number=nw.col("purchases").cum_sum().over(*own, order_by="day"),
    )
    names = ("previous_day", "next_day", "third_next_day", "purchase_number")
    return days.with_columns(*(nw.when(is_purchase).then(nw.col(name)).alias(name) for name in names))
