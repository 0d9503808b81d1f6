"""What a customer spends: level, spread, first and last purchase, refunds, discounts, margin."""

from __future__ import annotations

from setia.features.feature import aggregate, derived, measure
from setia.features.formula import Expr, positive, ratio, shrunken, where
from setia.features.window import DAYS, GAPS, QUARTER, BaseColumns


@aggregate("sum", unit="money")
def spend_total(value: Expr) -> Expr:
    """Money brought in up to the cutoff, refunds taken off."""
    return value


@aggregate("sum", unit="money", windows=(*DAYS, *GAPS))
def spend(value: Expr) -> Expr:
    """Money brought in, refunds taken off, in the {window}."""
    return value


@derived(unit="money per 30 days")
def spend_rate_30d(spend_total: Expr, T_days: Expr) -> Expr:
    """Spend per 30 days of tenure, the day of the first purchase included."""
    return spend_total * 30.0 / (T_days + 1)


@aggregate("mean", unit="money")
def value_mean(purchase_value: Expr) -> Expr:
    """Mean value of a purchase."""
    return purchase_value


@aggregate("std", unit="money")
def value_sd(purchase_value: Expr) -> Expr:
    """Standard deviation of purchase values. Null before the second purchase."""
    return purchase_value


@aggregate("max", unit="money")
def value_max(purchase_value: Expr) -> Expr:
    """Largest purchase."""
    return purchase_value


@aggregate("min", unit="money")
def value_min(purchase_value: Expr) -> Expr:
    """Smallest purchase."""
    return purchase_value


@aggregate("median", unit="money")
def value_median(purchase_value: Expr) -> Expr:
    """Median value of a purchase."""
    return purchase_value


@derived(unit="money")
def value_first(first_value_sum: Expr) -> Expr:
    """Value of the first purchase."""
    return first_value_sum


@aggregate("sum", unit="money", of="last")
def value_last(purchase_value: Expr) -> Expr:
    """Value of the last purchase."""
    return purchase_value


@derived(unit="ratio")
def value_cv(value_sd: Expr, value_mean: Expr) -> Expr:
    """Coefficient of variation of purchase values. Null before the second purchase."""
    return ratio(value_sd, value_mean)


@measure("sum")
def priced_purchases(purchase_value: Expr) -> Expr:
    """Purchases whose net value is above zero."""
    return where(purchase_value > 0, purchase_value * 0.0 + 1.0)


@measure("sum")
def log_value_sum(purchase_value: Expr) -> Expr:
    """Sum of the logarithms of positive purchase values."""
    return where(purchase_value > 0, positive(purchase_value).log())


@aggregate("std", unit="log money")
def value_log_sd(purchase_value: Expr) -> Expr:
    """Standard deviation of the logarithms of positive purchase values."""
    return positive(purchase_value).log()


@derived(unit="log money")
def value_log_mean(log_value_sum: Expr, priced_purchases: Expr, base: BaseColumns) -> Expr:
    """Mean log purchase value, shrunken to the base's mean."""
    return shrunken(log_value_sum, priced_purchases, base.value_log_mean, base.value_weight)


@derived(unit="money")
def value_shrunken(purchase_value_sum: Expr, purchases_total: Expr, base: BaseColumns) -> Expr:
    """Mean purchase value, shrunken to the base's: the value to expect of the next purchase."""
    return shrunken(purchase_value_sum, purchases_total, base.value_mean, base.value_weight)


@derived(unit="money per 30 days")
def spend_expected_30d(rate_shrunken: Expr, value_shrunken: Expr) -> Expr:
    """Shrunken purchase rate times shrunken purchase value: spend to expect while active."""
    return rate_shrunken * value_shrunken * 30.0


@derived(unit="ratio")
def value_last_ratio(value_last: Expr, value_shrunken: Expr) -> Expr:
    """Last purchase over the value to expect."""
    return ratio(value_last, value_shrunken)


@measure("sum")
def gross_sum(gross: Expr) -> Expr:
    """Money paid before refunds."""
    return gross


@measure("sum")
def refunds_sum(refunds: Expr) -> Expr:
    """Money given back."""
    return refunds


@derived(unit="share")
def refund_share(refunds_sum: Expr, gross_sum: Expr) -> Expr:
    """Money given back as a share of money paid."""
    return ratio(refunds_sum, gross_sum)


@aggregate("sum", unit="money", windows=(QUARTER,))
def refunded(refunds: Expr) -> Expr:
    """Money given back in the {window}."""
    return refunds


@aggregate("sum", unit="days")
def refund_days(refunds: Expr) -> Expr:
    """Days on which money was given back."""
    return where(refunds > 0, refunds * 0.0 + 1.0)


@aggregate("newest", unit="days")
def days_since_refund(refunds: Expr) -> Expr:
    """Days from the last refund to the cutoff. Null without one."""
    return refunds > 0


@measure("sum")
def matched_sum(matched_refunds: Expr) -> Expr:
    """Money given back that cancels a line of the log."""
    return matched_refunds


@measure("sum")
def returned_lines_sum(returned_lines: Expr) -> Expr:
    """Refund lines that cancel a line of the log."""
    return returned_lines


@measure("sum")
def return_days_sum(return_days: Expr) -> Expr:
    """Days between buying and returning, over those lines."""
    return return_days


@derived(unit="share")
def refund_matched_share(matched_sum: Expr, refunds_sum: Expr) -> Expr:
    """Share of the money given back that cancels a line of the log. Null without refunds."""
    return ratio(matched_sum, refunds_sum)


@derived(unit="days")
def days_to_return(return_days_sum: Expr, returned_lines_sum: Expr) -> Expr:
    """Mean days from buying to returning. Null without a matched return."""
    return ratio(return_days_sum, returned_lines_sum)
