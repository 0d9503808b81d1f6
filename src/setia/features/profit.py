"""What a customer leaves after costs, where value is counted as profit (`value=profit`)."""

from __future__ import annotations

from setia.features.feature import aggregate, derived
from setia.features.formula import Expr, ratio
from setia.features.window import DAYS


@aggregate("sum", unit="money")
def profit_total(profit: Expr) -> Expr:
    """Profit up to the cutoff, after cost of goods, refunds, commission and cost to serve."""
    return profit


@aggregate("sum", unit="money", windows=DAYS[2:])
def profit(profit: Expr) -> Expr:
    """Profit in the {window}."""
    return profit


@derived(unit="share")
def profit_share(profit_total: Expr, spend_total: Expr) -> Expr:
    """Profit as a share of the money brought in so far."""
    return ratio(profit_total, spend_total)


@derived(unit="share")
def profit_share_180d(profit_180d: Expr, spend_180d: Expr) -> Expr:
    """Profit as a share of the money brought in within the last 180 days. Null without any."""
    return ratio(profit_180d, spend_180d)


@derived(unit="share")
def profit_share_change(profit_share_180d: Expr, profit_share: Expr) -> Expr:
    """Profit share of the last 180 days less that of all history: below zero where a customer turns."""
    return profit_share_180d - profit_share
