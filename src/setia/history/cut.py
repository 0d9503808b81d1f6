"""Cutting customer-days at a day, for whatever works on frames: definitions of defection, curves, notebooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import narwhals as nw
import numpy as np

from setia.engine import Frame
from setia.errors import InputError
from setia.history.base import Base
from setia.history.chunk import Chunk
from setia.history.known import Known
from setia.history.runs import Ints


@dataclass(frozen=True)
class History:
    """What was known at the end of the day `cutoff`, and nothing else.

    `customers`: one row `customer_id` per customer with a purchase. `base`: what the whole base teaches.
    `first_day`: of the log. `columns`: of the log. Frames are made when they are asked for.
    """

    cutoff: int
    first_day: int
    base: Base
    columns: tuple[str, ...]
    customers: Frame
    _days: Callable[[], Frame] = field(repr=False)
    _categories: Callable[[], Frame] | None = field(default=None, repr=False)

    @cached_property
    def categories(self) -> Frame:
        """One row per customer and category bought so far, where the log names categories.

        `customer_id`; `entry`, a number that `Future.categories` shares; `age_days` of the last day it was bought;
        `purchase_days` on which it was.

        Raises:
            InputError: the log names no categories.
        """
        if self._categories is None:
            raise InputError(
                "The log names no categories (or they were not read piece by piece); set source.columns.category."
            )
        return self._categories()

    @cached_property
    def days(self) -> Frame:
        """Customer-days up to the cutoff.

        With `value`, `is_purchase`, `purchase_value`, `age_days` = cutoff - day (0 on the cutoff itself), `gap_days`
        since the previous purchase (null on the first and on days that are no purchase), `is_first`, `is_last` and
        `is_recent` (among the last three) of the customer's purchases so far.
        """
        return self._days()


@dataclass(frozen=True)
class Future:
    """What happened within the horizon: cutoff < day <= cutoff + horizon_days. Labels read it, features never.

    `customers`: one row `customer_id` per customer who bought then. `last_day`: of the log; where it lies within the
    horizon, what the rest of it brings is not known yet.
    """

    cutoff: int
    horizon_days: int
    last_day: int
    customers: Frame
    _days: Callable[[], Frame] = field(repr=False)
    _categories: Callable[[], Frame] | None = field(default=None, repr=False)

    @property
    def complete(self) -> bool:
        """Whether the whole horizon is known."""
        return self.cutoff + self.horizon_days <= self.last_day

    @cached_property
    def categories(self) -> Frame:
        """The entries of `History.categories` that were bought within the horizon: `customer_id`, `entry`.

        Raises:
            InputError: the log names no categories.
        """
        if self._categories is None:
            raise InputError(
                "The log names no categories (or they were not read piece by piece); set source.columns.category."
            )
        return self._categories()

    @cached_property
    def days(self) -> Frame:
        """The customer-days of the horizon.

        They carry no knowledge of neighbouring purchases, since those may lie outside the horizon.
        """
        return self._days()


#: What says something about days that may lie after a cutoff.
_NEIGHBOURS = ("previous_day", "next_day", "third_next_day")
_LISTS = ("category_ranks", "category_next_days")


def history_of(chunk: Chunk, known: Known, base: Base, first_day: int, columns: tuple[str, ...]) -> History:
    """Return what is known of a chunk's customers, as frames; customers are named as the chunk names them."""

    def days() -> Frame:
        return known_days(chunk.lazy(), known.cutoff)

    def categories() -> Frame:
        entries = known.entries(chunk.entries())
        numbers = np.arange(len(entries.customer))
        return _entries(
            chunk, entries.customer, entry=numbers, age_days=entries.age_days, purchase_days=entries.purchase_days
        )

    buyers = _named(chunk, np.flatnonzero(known.buyers))
    kept = categories if chunk.has_categories else None
    return History(known.cutoff, first_day, base, columns, buyers, days, kept)


def future_of(chunk: Chunk, known: Known, horizon_days: int, last_day: int) -> Future:
    """Return what happened to a chunk's customers within the horizon."""
    rows = known.ahead(horizon_days)
    came = np.unique(chunk.customer[rows[chunk.is_purchase[rows]]])

    def days() -> Frame:
        return days_ahead(chunk.lazy(), known.cutoff, horizon_days)

    def categories() -> Frame:
        every = chunk.entries()
        again = np.flatnonzero(known.again(every, horizon_days))
        return _entries(chunk, known.entries(every).customer[again], entry=again)

    kept = categories if chunk.has_categories else None
    return Future(known.cutoff, horizon_days, last_day, _named(chunk, came), days, kept)


def _entries(chunk: Chunk, customer: Ints, **columns: Ints) -> Frame:
    """Return the columns with the customer that each row belongs to."""
    import polars as pl
    import pyarrow as pa

    ids = pl.Series("customer_id", pl.from_arrow(chunk.ids.take(pa.array(customer))))
    frame: Frame = nw.from_native(pl.DataFrame([ids, *(pl.Series(*column) for column in columns.items())]).lazy())
    return frame


def _named(chunk: Chunk, places: Ints) -> Frame:
    import polars as pl
    import pyarrow as pa

    ids = pl.Series("customer_id", pl.from_arrow(chunk.ids.take(pa.array(places))))
    frame: Frame = nw.from_native(ids.to_frame().lazy())
    return frame


def known_days(days: Frame, cutoff: int) -> Frame:
    """Return the customer-days on or before a cutoff, with the columns that `History.days` names."""
    day, is_purchase = nw.col("day"), nw.col("is_purchase")
    names = days.collect_schema().names()
    return (
        days.filter(day <= cutoff)
        .with_columns(
            age_days=(cutoff - day).cast(nw.Float64),
            gap_days=(day - nw.col("previous_day")).cast(nw.Float64),
            purchase_value=nw.when(is_purchase).then(nw.col("value")),
            is_first=is_purchase & nw.col("previous_day").is_null(),
            is_last=is_purchase & _unknown(nw.col("next_day"), cutoff),
            is_recent=is_purchase & _unknown(nw.col("third_next_day"), cutoff),
        )
        .drop(*_NEIGHBOURS, *(name for name in _LISTS if name in names))
    )


def days_ahead(days: Frame, cutoff: int, horizon_days: int) -> Frame:
    """Return the customer-days after the cutoff and within the horizon."""
    day = nw.col("day")
    names = days.collect_schema().names()
    rows = days.filter((day > cutoff) & (day <= cutoff + horizon_days))
    return rows.drop(*_NEIGHBOURS, *(name for name in _LISTS if name in names))


def _unknown(day: nw.Expr, cutoff: int) -> nw.Expr:
    """Whether a day is not known at the cutoff: it never came, or came later."""
    return day.is_null() | (day > cutoff).fill_null(False)
