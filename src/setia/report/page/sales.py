"""What a log holds month by month, and how it is spread over the customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np

from setia.cohorts import month_ends
from setia.ledger import UNITS
from setia.ledger.whale import whale
from setia.report.page.story import Floats, Sales

if TYPE_CHECKING:
    import pyarrow as pa

    from setia.engine import Engine
    from setia.source import Log

#: The value of so many days is looked at for how it is spread.
YEAR_DAYS = 365


def sales_of(log: Log, engine: Engine) -> Sales:
    """Add up a log by month and by customer; without amounts, days with a purchase are counted."""
    money = "amount" in log.columns
    lines = log.lines if money else log.lines.select("customer_id", "day").unique().with_columns(amount=nw.lit(1.0))
    amount = nw.col("amount").sum().alias("value")
    daily = engine.arrow(lines.group_by("day").agg(amount))
    firsts = lines.filter(nw.col("amount") > 0).group_by("customer_id").agg(nw.col("day").min().alias("first"))
    new = engine.arrow(firsts.group_by("first").agg(nw.len().alias("value")).rename({"first": "day"}))
    lately = lines.filter(nw.col("day") > log.last_day - YEAR_DAYS).group_by("customer_id").agg(amount)
    spent = np.nan_to_num(np.asarray(engine.arrow(lately.select("value"))["value"].to_numpy(), dtype=np.float64))
    ends = month_ends(log.first_day, log.last_day)
    value, came = (_by_month(table, ends, log.first_day) for table in (daily, new))
    return Sales(
        ends,
        tuple(value.tolist()),
        tuple(came.astype(np.int64).tolist()),
        whale(np.rint(spent * UNITS).astype(np.int64)),
    )


def _by_month(table: pa.Table, ends: tuple[int, ...], first_day: int) -> Floats:
    days, values = (np.asarray(table[name].to_numpy(), dtype=np.float64) for name in ("day", "value"))
    place = np.searchsorted(np.asarray(ends), days)
    inside = (place < len(ends)) & (days >= first_day)
    return np.bincount(place[inside], np.nan_to_num(values[inside]), minlength=len(ends)).astype(np.float64)
