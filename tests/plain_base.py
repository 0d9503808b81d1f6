"""The scalars of the base in plain Python, written from the definitions in `setia.history.Base`."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from statistics import fmean, median
from typing import Any

import numpy as np
from small_logs import Row

from setia.history.waves import fit_waves


def quantile(values: list[float], share: float) -> float | None:
    """Linear interpolation between order statistics (type 7)."""
    if not values:
        return None
    values = sorted(values)
    place = share * (len(values) - 1)
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def purchase_days(rows: list[Row], cutoff: int) -> dict[str, list[int]]:
    """Days with a positive amount (any line, without amounts) of each customer up to the cutoff."""
    days: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row["day"] <= cutoff and ("amount" not in row or row["amount"] > 0):
            days[row["customer_id"]].add(row["day"])
    return {customer: sorted(own) for customer, own in days.items()}


def spread(groups: list[list[float]]) -> tuple[float | None, float]:
    """Standard deviation within groups and the weight of the prior: variance within over between."""
    groups = [group for group in groups if group]
    total = sum(len(group) for group in groups)
    if len(groups) < 2 or total <= len(groups):
        return None, 1.0
    within = sum(sum((v - fmean(g)) ** 2 for v in g) for g in groups) / (total - len(groups))
    grand = sum(sum(g) for g in groups) / total
    between_sum = sum(len(g) * (fmean(g) - grand) ** 2 for g in groups)
    size = total - sum(len(g) ** 2 for g in groups) / total
    between = max((between_sum - (len(groups) - 1) * within) / size, 1e-6)
    return math.sqrt(within), min(max(within / between, 0.25), 20.0)


def plain_base(rows: list[Row], cutoff: int) -> dict[str, Any]:
    """Return every field of `Base` from the rows."""
    days = purchase_days(rows, cutoff)
    first = min(row["day"] for row in rows)
    gaps = {c: [float(b - a) for a, b in pairwise(d)] for c, d in days.items()}
    pooled = [gap for own in gaps.values() for gap in own]
    returning = [own for own in gaps.values() if own]
    length = cutoff - first + 1

    def count(low: int, high: int) -> int:
        return sum(low <= cutoff - day < high for own in days.values() for day in own)

    def over(top: int, bottom: int, needed: int) -> float | None:
        return top / bottom if bottom and length >= needed else None

    base: dict[str, Any] = {
        "customers": len(days),
        "purchases": sum(map(len, days.values())),
        "history_days": length,
        "median_gap_days": median(pooled) if pooled else None,
        "p90_gap_days": quantile(pooled, 0.9),
        "p99_gap_days": quantile(pooled, 0.99),
        "gap_mean_days": fmean(map(fmean, returning)) if returning else None,
        "gap_log_mean": fmean(fmean(map(math.log, own)) for own in returning) if returning else None,
        "trend_28d": over(count(0, 28), count(28, 56), 56),
        "season_28d": over(count(336, 364), count(364, 392), 392),
        "season_91d": over(count(273, 364), count(364, 455), 455),
        "waves": fit_waves(
            np.array([float(sum(day in own for own in days.values())) for day in range(first, cutoff + 1)]),
            np.array([float(sum(day == own[0] for own in days.values())) for day in range(first, cutoff + 1)]),
        ),
    }
    base["gap_log_sd"], base["gap_weight"] = spread([[math.log(g) for g in own] for own in gaps.values()])
    base["rate_shape"], base["rate_scale_days"] = _gamma(days, cutoff, length)
    base |= {"value_mean": None, "value_log_mean": None, "value_log_sd": None, "value_weight": 1.0}
    if days and "amount" in rows[0]:
        values = purchase_values(rows, cutoff)
        logs = [[math.log(v) for v in own.values() if v > 0] for own in values.values()]
        base["value_mean"] = fmean(fmean(own.values()) for own in values.values())
        priced = [own for own in logs if own]
        base["value_log_mean"] = fmean(map(fmean, priced)) if priced else None
        base["value_log_sd"], base["value_weight"] = spread(logs)
    return base


def purchase_values(rows: list[Row], cutoff: int) -> dict[str, dict[int, float]]:
    """Net value of each purchase day of each customer."""
    values = {c: dict.fromkeys(own, 0.0) for c, own in purchase_days(rows, cutoff).items()}
    for row in rows:
        own = values.get(row["customer_id"], {})
        if row["day"] in own:
            own[row["day"]] += row["amount"]
    return values


def _gamma(days: dict[str, list[int]], cutoff: int, length: int) -> tuple[float, float]:
    x = [len(own) - 1 for own in days.values()]
    T = [cutoff - own[0] for own in days.values()]
    if sum(x) == 0 or sum(T) == 0:
        return 1.0, float(length)
    mean = sum(x) / sum(T)
    variance = sum((a - mean * t) ** 2 - mean * t for a, t in zip(x, T, strict=True)) / sum(t * t for t in T)
    shape = min(max(mean**2 / variance, 0.1), 20.0) if variance > 0 else 20.0
    return shape, shape / mean
