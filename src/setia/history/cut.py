"""Cutting the log at a day. The only place where a date is compared with a cutoff."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from setia.engine import Frame
from setia.errors import InputError
from setia.history.base import Base, learn_base
from setia.history.preparation import Prepared


@dataclass(frozen=True)
class History:
    """What was known at the end of the day `cutoff`, and nothing else.

    `days`: customer-days with `age_days` = cutoff - day (0 on the cutoff itself), `gap_days` since the
    previous purchase (null on the first and on days that are no purchase), `is_first`, `is_last` and
    `is_recent` (among the last three) of the customer's purchases so far.
    `categories`: one row per customer and category bought so far, with `age_days` of the last time,
    `purchase_days` on which it was bought and `owned` = 1.0, to be summed. `base`: what the whole base
    teaches. `first_day`: of the log.
    """

    cutoff: int
    first_day: int
    days: Frame
    categories: Frame | None
    base: Base
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Future:
    """The customer-days with cutoff < day <= cutoff + horizon_days. Labels read it, features never."""

    cutoff: int
    horizon_days: int
    days: Frame


def history(prepared: Prepared, cutoff: int) -> History:
    """Cut the log at a day, inclusive, and learn the base from what is left.

    Raises:
        InputError: the log starts after the cutoff.
    """
    if cutoff < prepared.first_day:
        raise InputError(
            f"The cutoff is day {cutoff} but the log starts on day {prepared.first_day} (days since "
            "1970-01-01); choose a later cutoff."
        )
    days = _known(prepared.days, cutoff)
    is_purchase, next_day, third = nw.col("is_purchase"), nw.col("next_day"), nw.col("third_next_day")
    days = days.with_columns(
        gap_days=(nw.col("day") - nw.col("previous_day")).cast(nw.Float64),
        is_first=is_purchase & nw.col("previous_day").is_null(),
        is_last=is_purchase & _unknown(next_day, cutoff),
        is_recent=is_purchase & _unknown(third, cutoff),
    ).drop("previous_day", "next_day", "third_next_day")
    categories = None
    if prepared.categories is not None:
        last = _known(prepared.categories, cutoff).filter(_unknown(next_day, cutoff))
        categories = last.select(
            "customer_id", "category", "age_days", purchase_days="category_rank", owned=nw.lit(1.0)
        )
    base = learn_base(days, cutoff - prepared.first_day + 1, prepared.has_amount)
    return History(cutoff, prepared.first_day, days, categories, base, prepared.columns)


def future(prepared: Prepared, cutoff: int, horizon_days: int) -> Future:
    """Return what happened within the horizon after a cutoff.

    `days` carries no knowledge of neighbouring purchases, since those may lie outside the horizon.
    """
    day = nw.col("day")
    days = prepared.days.filter((day > cutoff) & (day <= cutoff + horizon_days))
    return Future(cutoff, horizon_days, days.drop("previous_day", "next_day", "third_next_day"))


def _known(frame: Frame, cutoff: int) -> Frame:
    day = nw.col("day")
    return frame.filter(day <= cutoff).with_columns(age_days=(cutoff - day).cast(nw.Float64))


def _unknown(day: nw.Expr, cutoff: int) -> nw.Expr:
    """Whether a day is not known at the cutoff: it never came, or came later."""
    return day.is_null() | (day > cutoff).fill_null(False)
