"""Habits of the week, the month and the year, and the season of the base."""

from __future__ import annotations

import narwhals as nw

from setia.features.feature import aggregate, derived, measure
from setia.features.formula import Expr, entropy, only, ratio, where
from setia.features.window import LAST_YEAR, BaseColumns

YEAR_DAYS = 365.25
MARCH_TO_JUNE_DAYS = 92.0


@measure("sum")
def weekday_steps(weekday_entropy_step: Expr) -> Expr:
    """Sum over weekdays of n log n, n the purchases on it."""
    return weekday_entropy_step


@derived(unit="nats")
def weekday_entropy(weekday_steps: Expr, purchases_total: Expr) -> Expr:
    """Entropy of the weekdays of purchases: 0 when always the same one, 1.95 when evenly spread."""
    return entropy(weekday_steps, purchases_total)


@measure("max")
def weekday_top(weekday_rank: Expr) -> Expr:
    """Purchases on the favourite weekday."""
    return weekday_rank


@derived(unit="share")
def weekday_top_share(weekday_top: Expr, purchases_total: Expr) -> Expr:
    """Share of purchases on the favourite weekday."""
    return weekday_top / purchases_total


def _share(is_purchase: Expr, condition: Expr) -> Expr:
    return only(is_purchase, condition.cast(nw.Float64))


@aggregate("mean", unit="share")
def weekend_share(is_purchase: Expr, weekday: Expr) -> Expr:
    """Share of purchases on a Saturday or Sunday."""
    return _share(is_purchase, weekday >= 5)


@measure("sum", of="weekday")
def purchases_same_weekday(purchases: Expr) -> Expr:
    """Purchases on the weekday of the cutoff."""
    return purchases


@derived(unit="share")
def same_weekday_share(purchases_same_weekday: Expr, purchases_total: Expr) -> Expr:
    """Share of purchases on the weekday of the cutoff."""
    return purchases_same_weekday / purchases_total


@aggregate("mean", unit="share")
def month_start_share(is_purchase: Expr, day_of_month: Expr) -> Expr:
    """Share of purchases on the first ten days of a month."""
    return _share(is_purchase, day_of_month <= 10)


@aggregate("mean", unit="share")
def month_end_share(is_purchase: Expr, day_of_month: Expr) -> Expr:
    """Share of purchases after the twentieth of a month."""
    return _share(is_purchase, day_of_month > 20)


@aggregate("max", unit="0 or 1")
def first_weekend(is_first: Expr, weekday: Expr) -> Expr:
    """Whether the first purchase was made on a Saturday or Sunday."""
    return where(is_first & (weekday >= 5), weekday * 0.0 + 1.0)


@measure("sum")
def first_day_of_year(is_first: Expr, day_of_year: Expr) -> Expr:
    """Day of the year of the first purchase, 1 on 1 March."""
    return where(is_first, day_of_year)


def _around(days: Expr) -> Expr:
    """Return the distance to the nearest whole year."""
    into = days % YEAR_DAYS
    return nw.when(into > YEAR_DAYS / 2).then(YEAR_DAYS - into).otherwise(into)


@derived(unit="days")
def first_from_march_days(first_day_of_year: Expr) -> Expr:
    """Season of the cohort: days between the first purchase's day of the year and 1 March, either way."""
    return _around(first_day_of_year - 1.0)


@derived(unit="days")
def first_from_june_days(first_day_of_year: Expr) -> Expr:
    """Season of the cohort: days between the first purchase's day of the year and 1 June, either way."""
    return _around(first_day_of_year - 1.0 + (YEAR_DAYS - MARCH_TO_JUNE_DAYS))


@derived(unit="days")
def first_anniversary_days(T_days: Expr) -> Expr:
    """Days to the nearest anniversary of the first purchase, either way."""
    return _around(T_days)


@measure("sum", windows=LAST_YEAR)
def purchases_of(purchases: Expr) -> Expr:
    """Purchases on {window}."""
    return purchases


@measure("sum", windows=LAST_YEAR)
def spend_of(value: Expr) -> Expr:
    """Spend on {window}."""
    return value


@derived(unit="purchases")
def purchases_next_28d_last_year(purchases_of_next_28d_last_year: Expr, T_days: Expr) -> Expr:
    """Purchases in the 28 days after this date (less 364 days) a year ago. Null for later customers."""
    return only(T_days >= 364, purchases_of_next_28d_last_year)


@derived(unit="purchases")
def purchases_next_91d_last_year(purchases_of_next_91d_last_year: Expr, T_days: Expr) -> Expr:
    """Purchases in the 91 days after this date (less 364 days) a year ago. Null for later customers."""
    return only(T_days >= 364, purchases_of_next_91d_last_year)


@derived(unit="money")
def spend_next_28d_last_year(spend_of_next_28d_last_year: Expr, T_days: Expr) -> Expr:
    """Spend in the 28 days after this date (less 364 days) a year ago. Null for later customers."""
    return only(T_days >= 364, spend_of_next_28d_last_year)


@derived(unit="money")
def spend_next_91d_last_year(spend_of_next_91d_last_year: Expr, T_days: Expr) -> Expr:
    """Spend in the 91 days after this date (less 364 days) a year ago. Null for later customers."""
    return only(T_days >= 364, spend_of_next_91d_last_year)


@derived(unit="share")
def tenure_share(T_days: Expr, base: BaseColumns) -> Expr:
    """Tenure as a share of the log's length: 1 for customers who were there when it began."""
    return ratio(T_days + 1, base.history_days)


@derived(unit="ratio")
def base_trend_28d(base: BaseColumns) -> Expr:
    """The base's purchases of the last 28 days over the 28 before. Null before day 56 of the log."""
    return base.trend_28d


@derived(unit="ratio")
def base_season_28d(base: BaseColumns) -> Expr:
    """A year ago, the base's purchases in the 28 days after this date over the 28 before it.

    Null while the log is shorter than 364 + 28 days.
    """
    return base.season_28d


@derived(unit="ratio")
def base_season_91d(base: BaseColumns) -> Expr:
    """A year ago, the base's purchases in the 91 days after this date over the 91 before it.

    Null while the log is shorter than 364 + 91 days.
    """
    return base.season_91d
