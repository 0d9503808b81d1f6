"""The few shapes that features share. Each is null, never NaN or infinite, where it has no meaning."""

from __future__ import annotations

import narwhals as nw

Expr = nw.Expr


def positive(value: Expr) -> Expr:
    """Return the value where it is above zero, else null."""
    return nw.when(value > 0).then(value)


def ratio(top: Expr, bottom: Expr) -> Expr:
    """Return top / bottom, null unless bottom > 0."""
    return top / positive(bottom)


def where(condition: Expr, value: Expr) -> Expr:
    """Return the value where the condition holds, else zero: for sums."""
    return nw.when(condition).then(value).otherwise(nw.lit(0.0))


def only(condition: Expr, value: Expr) -> Expr:
    """Return the value where the condition holds, else null: for means, extremes and quantiles."""
    return nw.when(condition).then(value)


def shrunken(total: Expr, count: Expr, prior: Expr, weight: Expr | float) -> Expr:
    """Return the mean of `count` own observations and `weight` imagined ones that equal the prior."""
    return (total + prior * weight) / (count + weight)


def log_ratio(top: Expr, bottom: Expr, extra: Expr | float) -> Expr:
    """Return log((top + extra) / (bottom + extra)), terms below zero taken as zero."""
    return (floor(top) + extra).log() - (floor(bottom) + extra).log()


def floor(value: Expr, least: float = 0.0) -> Expr:
    """Return the value, or `least` where it is below or null."""
    return nw.when(value > least).then(value).otherwise(nw.lit(least))


def entropy(steps: Expr, count: Expr) -> Expr:
    """Return log n - sum(n_i log n_i) / n, in nats, given the sum of n_i log n_i; null when n is 0."""
    value = positive(count).log() - steps / positive(count)
    # rounding may leave -1e-17 where everything is one kind
    return nw.when(value > 1e-12).then(value).when(~value.is_null()).then(nw.lit(0.0))
