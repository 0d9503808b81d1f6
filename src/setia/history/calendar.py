"""Weekday, day of the month and day of the year of an integer day, by integer arithmetic alone.

No date type is involved, so every engine gives the same numbers.
"""

from __future__ import annotations

import narwhals as nw

from setia.engine import Frame


def with_calendar(days: Frame) -> Frame:
    """Add weekday (0 = Monday), day_of_month, day_of_year (1 = 1 March) and the ranks of weekdays.

    The civil calendar follows from counting 400-year eras of 146,097 days from 1 March of the year 0.
    Years start in March there, so that the leap day comes last.
    """
    day = nw.col("day").cast(nw.Int64)
    days = days.with_columns(weekday=((day + 3) % 7).cast(nw.Float64), day_of_era=(day + 719_468) % 146_097)
    doe = nw.col("day_of_era")
    days = days.with_columns(
        year_of_era=(doe - doe // 1_460 + doe // 36_524 - doe // 146_096) // 365,
    )
    yoe = nw.col("year_of_era")
    days = days.with_columns(day_of_year=doe - (365 * yoe + yoe // 4 - yoe // 100))
    doy = nw.col("day_of_year")
    month = (5 * doy + 2) // 153
    days = days.with_columns(
        day_of_month=(doy - (153 * month + 2) // 5 + 1).cast(nw.Float64),
        day_of_year=(doy + 1).cast(nw.Float64),
    )
    return _with_weekday_ranks(days.drop("day_of_era", "year_of_era"))


def _with_weekday_ranks(days: Frame) -> Frame:
    own = ("customer_id", "is_purchase", "weekday")
    days = days.with_columns(weekday_rank=nw.col("purchases").cum_sum().over(*own, order_by="day"))
    rank = nw.when(nw.col("is_purchase")).then(nw.col("weekday_rank")).otherwise(nw.lit(1.0))
    before = nw.when(rank > 1).then(rank - 1).otherwise(nw.lit(1.0))
    return days.with_columns(
        weekday_rank=nw.when(nw.col("is_purchase")).then(nw.col("weekday_rank")).otherwise(nw.lit(0.0)),
        weekday_entropy_step=rank * rank.log() - before * before.log(),
    )
