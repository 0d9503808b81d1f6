"""How regularly a customer comes, and how long the present silence is against that."""

from __future__ import annotations

from setia.features.feature import aggregate, derived, measure
from setia.features.formula import Expr, positive, ratio, shrunken, where
from setia.features.window import BaseColumns

Z90 = 1.2815515655446004  # the 90 % quantile of the standard normal
SPREAD_WEIGHT = 4.0  # own gaps that weigh as much as the base's spread within customers


@aggregate("mean", unit="days")
def gap_mean_days(gap_days: Expr) -> Expr:
    """Mean days between successive purchases. Null before the second purchase."""
    return gap_days


@aggregate("std", unit="days")
def gap_sd_days(gap_days: Expr) -> Expr:
    """Standard deviation of the gaps. Null before the third purchase."""
    return gap_days


@aggregate("max", unit="days")
def gap_max_days(gap_days: Expr) -> Expr:
    """Longest gap so far. Null before the second purchase."""
    return gap_days


@aggregate("min", unit="days")
def gap_min_days(gap_days: Expr) -> Expr:
    """Shortest gap so far. Null before the second purchase."""
    return gap_days


@aggregate("median", unit="days")
def gap_median_days(gap_days: Expr) -> Expr:
    """Median gap. Null before the second purchase."""
    return gap_days


@aggregate("quantile", unit="days", quantile=0.25)
def gap_q25_days(gap_days: Expr) -> Expr:
    """Quarter of the gaps are at most this long. Null before the second purchase."""
    return gap_days


@aggregate("quantile", unit="days", quantile=0.9)
def gap_q90_days(gap_days: Expr) -> Expr:
    """Nine tenths of the gaps are at most this long (linear between order statistics)."""
    return gap_days


@measure("sum", of="last")
def last_gap_sum(gap_days: Expr) -> Expr:
    """The gap that ended with the last purchase, zero without one."""
    return where(~gap_days.is_null(), gap_days)


@measure("sum")
def log_gap_sum(gap_days: Expr) -> Expr:
    """Sum of the logarithms of the gaps."""
    return where(~gap_days.is_null(), gap_days.log())


@measure("std")
def log_gap_spread(gap_days: Expr) -> Expr:
    """Standard deviation of the logarithms of the gaps."""
    return gap_days.log()


@derived(unit="ratio")
def gap_cv(gap_sd_days: Expr, gap_mean_days: Expr) -> Expr:
    """Coefficient of variation of the gaps: near 0 like clockwork, 1 at random, above 1 in bursts."""
    return ratio(gap_sd_days, gap_mean_days)


@derived(unit="days")
def gap_last_days(last_gap_sum: Expr) -> Expr:
    """The gap before the last purchase. Null before the second purchase."""
    return positive(last_gap_sum)


@derived(unit="log days")
def gap_log_sd(log_gap_spread: Expr, frequency: Expr, base: BaseColumns) -> Expr:
    """Standard deviation of own log gaps, shrunken to the base's by 4 observations."""
    prior = base.gap_log_sd * base.gap_log_sd
    degrees = (frequency - 1).clip(lower_bound=0.0)
    variance = log_gap_spread * log_gap_spread
    return shrunken(variance.fill_null(0.0) * degrees, degrees, prior, SPREAD_WEIGHT).sqrt()


@derived(unit="log days")
def gap_log_mean(log_gap_sum: Expr, frequency: Expr, base: BaseColumns) -> Expr:
    """Mean of own log gaps, shrunken to the base's; the base's alone for a one-time buyer."""
    return shrunken(log_gap_sum, frequency, base.gap_log_mean, base.gap_weight)


@derived(unit="days")
def own_gap_days(recency_days: Expr, frequency: Expr, base: BaseColumns) -> Expr:
    """Usual gap: the mean of own gaps and the base's mean gap, which weighs `Base.gap_weight` gaps."""
    return shrunken(recency_days, frequency, base.gap_mean_days, base.gap_weight)


@derived(unit="days")
def own_gap_90_days(gap_log_mean: Expr, gap_log_sd: Expr) -> Expr:
    """Nine of ten own gaps should be shorter: 90 % quantile of a log-normal with shrunken mean and spread.

    A customer silent for longer is called overdue.
    """
    return (gap_log_mean + gap_log_sd * Z90).exp()


@derived(unit="ratio")
def overdue_ratio(days_since_last: Expr, own_gap_days: Expr) -> Expr:
    """Present silence over the usual gap: above 1, the customer is late."""
    return ratio(days_since_last, own_gap_days)


@derived(unit="ratio")
def overdue_90_ratio(days_since_last: Expr, own_gap_90_days: Expr) -> Expr:
    """Present silence over own_gap_90_days: above 1, the customer is overdue."""
    return ratio(days_since_last, own_gap_90_days)


@derived(unit="standard deviations")
def silence_z(days_since_last: Expr, gap_log_mean: Expr, gap_log_sd: Expr) -> Expr:
    """How unusual the silence is: (log(silence + 1) - shrunken mean) / shrunken sd of log gaps."""
    return ((days_since_last + 1).log() - gap_log_mean) / positive(gap_log_sd)


@derived(unit="ratio")
def silence_record_ratio(days_since_last: Expr, gap_max_days: Expr) -> Expr:
    """Present silence over the longest gap so far: above 1, a record. Null before the second purchase."""
    return ratio(days_since_last, gap_max_days)


@derived(unit="ratio")
def gap_last_ratio(gap_last_days: Expr, own_gap_days: Expr) -> Expr:
    """Last gap over the usual gap. Null before the second purchase."""
    return ratio(gap_last_days, own_gap_days)


@derived(unit="purchases per day")
def rate_shrunken(frequency: Expr, T_days: Expr, base: BaseColumns) -> Expr:
    """Posterior mean of the purchase rate, (r + x) / (alpha + T), under a gamma-Poisson base."""
    return (frequency + base.rate_shape) / (T_days + base.rate_scale_days)


@derived(unit="probability")
def silence_probability(frequency: Expr, recency_days: Expr, days_since_last: Expr, base: BaseColumns) -> Expr:
    """Chance of so long a silence from a customer still active.

    ((alpha + t_x) / (alpha + t_x + silence))^(r + x), the gamma-Poisson (Lomax) tail.
    """
    alpha, r = base.rate_scale_days, base.rate_shape
    known = recency_days + alpha
    return ((known.log() - (known + days_since_last).log()) * (frequency + r)).exp()
