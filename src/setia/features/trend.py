"""Whether a customer comes and spends more or less than before."""

from __future__ import annotations

import narwhals as nw

from setia.features.feature import aggregate, derived, measure
from setia.features.formula import Expr, floor, log_ratio, only, positive, ratio, where
from setia.features.window import DAYS, GAPS, QUARTER, BaseColumns, Window

FOUR_GAPS = GAPS[2]
HALF_LIVES = (DAYS[0], Window("120d", oldest=120), FOUR_GAPS)
HALF_PURCHASE = 0.5  # added to both counts of a log ratio, so that none is infinite


@aggregate("sum", unit="purchases", half_lives=HALF_LIVES)
def purchases_decayed(purchases: Expr) -> Expr:
    """Purchases, each worth half as much for every {half_life} of age."""
    return purchases


@aggregate("sum", unit="money", half_lives=HALF_LIVES)
def spend_decayed(value: Expr) -> Expr:
    """Spend, halved for every {half_life} of age."""
    return value


@derived(unit="log ratio")
def purchases_trend_30d(purchases_30d: Expr, purchases_60d: Expr, T_days: Expr) -> Expr:
    """Log of purchases (plus one half) in the last 30 days over the 30 before. Null before day 60 of the tenure."""
    before = purchases_60d - purchases_30d
    return only(T_days >= 60, log_ratio(purchases_30d, before, HALF_PURCHASE))


@derived(unit="log ratio")
def purchases_trend_90d(purchases_90d: Expr, purchases_180d: Expr, T_days: Expr) -> Expr:
    """Log of purchases (plus one half) in the last 90 days over the 90 before. Null before day 180 of the tenure."""
    before = purchases_180d - purchases_90d
    return only(T_days >= 180, log_ratio(purchases_90d, before, HALF_PURCHASE))


@derived(unit="log ratio")
def purchases_trend_4gaps(purchases_4gaps: Expr, purchases_8gaps: Expr, T_days: Expr, base: BaseColumns) -> Expr:
    """Log of purchases (plus one half) in the last 4 median gaps of the base over the 4 before.

    Null while the tenure is shorter than 8 median gaps.
    """
    before = purchases_8gaps - purchases_4gaps
    return only(T_days >= FOUR_GAPS.days(base) * 2, log_ratio(purchases_4gaps, before, HALF_PURCHASE))


@derived(unit="log ratio")
def spend_trend_90d(spend_90d: Expr, spend_180d: Expr, T_days: Expr, base: BaseColumns) -> Expr:
    """Log of spend in the last 90 days over the 90 before, one mean purchase added to both.

    Null before day 180 of the tenure.
    """
    extra = floor(base.value_mean, 1e-9)
    return only(T_days >= 180, log_ratio(spend_90d, spend_180d - spend_90d, extra))


@derived(unit="log ratio")
def spend_trend_4gaps(spend_4gaps: Expr, spend_8gaps: Expr, T_days: Expr, base: BaseColumns) -> Expr:
    """Log of spend in the last 4 median gaps of the base over the 4 before, one mean purchase added to both.

    Null while the tenure is shorter than 8 median gaps.
    """
    extra = floor(base.value_mean, 1e-9)
    return only(T_days >= FOUR_GAPS.days(base) * 2, log_ratio(spend_4gaps, spend_8gaps - spend_4gaps, extra))


def _rate_change(count: Expr, T_days: Expr, rate: Expr, window: Window, base: BaseColumns) -> Expr:
    days = window.days(base)
    exposed = nw.when(T_days < days).then(T_days + 1).otherwise(days)
    return ((count + base.rate_shape) / (exposed + base.rate_scale_days)).log() - rate.log()


@derived(unit="log ratio")
def rate_change_90d(purchases_90d: Expr, T_days: Expr, rate_shrunken: Expr, base: BaseColumns) -> Expr:
    """Log of the shrunken purchase rate of the last 90 days over that of the whole tenure."""
    return _rate_change(purchases_90d, T_days, rate_shrunken, QUARTER, base)


@derived(unit="log ratio")
def rate_change_4gaps(purchases_4gaps: Expr, T_days: Expr, rate_shrunken: Expr, base: BaseColumns) -> Expr:
    """Log of the shrunken purchase rate of the last 4 median gaps over that of the whole tenure."""
    return _rate_change(purchases_4gaps, T_days, rate_shrunken, FOUR_GAPS, base)


@measure("sum")
def tenure_sum(is_purchase: Expr, tenure_days: Expr) -> Expr:
    """Sum over purchases of the days since the first."""
    return where(is_purchase, tenure_days)


@measure("sum")
def value_tenure_sum(purchase_value: Expr, tenure_days: Expr) -> Expr:
    """The same, weighed by their value."""
    return where(purchase_value > 0, purchase_value * tenure_days)


@measure("sum")
def positive_value_sum(purchase_value: Expr) -> Expr:
    """Sum of positive purchase values."""
    return where(purchase_value > 0, purchase_value)


@derived(unit="share")
def purchases_centroid(tenure_sum: Expr, purchases_total: Expr, T_days: Expr) -> Expr:
    """Mean age of purchases over the tenure: one half when even, more when they lie far back.

    Null when the tenure is 0.
    """
    return ratio(T_days - tenure_sum / purchases_total, T_days)


@derived(unit="share")
def spend_centroid(value_tenure_sum: Expr, positive_value_sum: Expr, T_days: Expr) -> Expr:
    """Mean age of money over the tenure. Null when the tenure or the spend is 0."""
    return ratio(T_days - ratio(value_tenure_sum, positive_value_sum), T_days)


@derived(unit="share")
def value_drift(purchases_centroid: Expr, spend_centroid: Expr) -> Expr:
    """purchases_centroid - spend_centroid: above 0 when purchases grow larger. Null like those."""
    return purchases_centroid - spend_centroid


@aggregate("mean", unit="days", of="recent")
def gap_recent_days(gap_days: Expr) -> Expr:
    """Mean of the gaps before the last three purchases. Null before the second purchase."""
    return gap_days


@derived(unit="ratio")
def gap_recent_ratio(gap_recent_days: Expr, own_gap_days: Expr) -> Expr:
    """gap_recent_days over the usual gap: above 1, the customer slows down."""
    return ratio(gap_recent_days, own_gap_days)


@aggregate("mean", unit="money", of="recent")
def value_recent(purchase_value: Expr) -> Expr:
    """Mean value of the last three purchases."""
    return purchase_value


@derived(unit="ratio")
def value_recent_ratio(value_recent: Expr, value_shrunken: Expr) -> Expr:
    """value_recent over the value to expect."""
    return ratio(value_recent, value_shrunken)


@measure("sum")
def numbered_gap_sum(purchase_number: Expr, gap_days: Expr) -> Expr:
    """Sum of gaps, each times the number of the purchase that ended it."""
    return where(~gap_days.is_null(), purchase_number * gap_days)


@derived(unit="ratio per purchase")
def gap_slope(numbered_gap_sum: Expr, recency_days: Expr, frequency: Expr, own_gap_days: Expr) -> Expr:
    """Slope of gaps over the number of the purchase (least squares), as a share of the usual gap.

    Null before the third purchase.
    """
    middle = (frequency + 3.0) / 2.0  # numbers run from 2 to frequency + 1
    spread = frequency * (frequency * frequency - 1.0) / 12.0
    return ratio(ratio(numbered_gap_sum - middle * recency_days, spread), own_gap_days)


@derived(unit="share")
def spend_recent_share(spend_90d: Expr, spend_total: Expr) -> Expr:
    """Spend of the last 90 days as a share of all spend. Null unless that is above zero."""
    return floor(spend_90d) / positive(spend_total)
