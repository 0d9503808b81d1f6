"""Recency, frequency and monetary value, in the sense of buy-till-you-die models, and plain counts."""

from __future__ import annotations

from setia.features.feature import aggregate, derived, measure
from setia.features.formula import Expr, ratio, where
from setia.features.window import DAYS, GAPS, SHORT_DAYS


@aggregate("newest", unit="days")
def days_since_last(is_purchase: Expr) -> Expr:
    """Days from the last purchase to the cutoff."""
    return is_purchase


@aggregate("oldest", unit="days")
def T_days(is_purchase: Expr) -> Expr:  # noqa: N802 - the field's own name
    """Days from the first purchase to the cutoff: the tenure."""
    return is_purchase


@aggregate("sum", unit="purchases")
def purchases_total(purchases: Expr) -> Expr:
    """Purchases (days with at least one) up to the cutoff."""
    return purchases


@derived(unit="purchases")
def frequency(purchases_total: Expr) -> Expr:
    """Repeat purchases: all but the first."""
    return purchases_total - 1


@derived(unit="days")
def recency_days(T_days: Expr, days_since_last: Expr) -> Expr:
    """Days from the first to the last purchase (not days since the last one)."""
    return T_days - days_since_last


@derived(unit="share")
def recency_share(recency_days: Expr, T_days: Expr) -> Expr:
    """recency_days / T_days: 1 for a purchase on the cutoff, 0 for one-time buyers. Null when T is 0."""
    return ratio(recency_days, T_days)


@measure("sum")
def purchase_value_sum(purchases: Expr, purchase_value: Expr) -> Expr:
    """Net value of purchase days."""
    return where(purchases > 0, purchase_value)


@measure("sum")
def first_value_sum(is_first: Expr, purchase_value: Expr) -> Expr:
    """Net value of the first purchase."""
    return where(is_first, purchase_value)


@derived(unit="money")
def monetary_value(purchase_value_sum: Expr, first_value_sum: Expr, frequency: Expr) -> Expr:
    """Mean value of repeat purchases (the first is left out). Null without one."""
    return ratio(purchase_value_sum - first_value_sum, frequency)


@aggregate("sum", unit="purchases", windows=(*SHORT_DAYS, *DAYS, *GAPS))
def purchases(purchases: Expr) -> Expr:
    """Purchases in the {window}."""
    return purchases


@derived(unit="purchases per 30 days")
def purchase_rate_30d(purchases_total: Expr, T_days: Expr) -> Expr:
    """Purchases per 30 days of tenure, the day of the first purchase included."""
    return purchases_total * 30.0 / (T_days + 1)
