"""Every feature in plain Python loops over rows, written from the dictionary and not from the code."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from itertools import pairwise
from statistics import fmean, median, stdev
from typing import Any

from plain_base import plain_base, purchase_days, purchase_values, quantile
from small_logs import Row

Values = dict[str, float | None]


def div(top: float | None, bottom: float | None) -> float | None:
    return None if top is None or bottom is None or bottom <= 0 else top / bottom


def sd(values: list[float]) -> float | None:
    return stdev(values) if len(values) > 1 else None


def entropy(counts: list[int]) -> float | None:
    total = sum(counts)
    return -sum(n / total * math.log(n / total) for n in counts) if total else None


def widths(base: dict[str, Any]) -> dict[str, int]:
    gap = base["median_gap_days"] or float(base["history_days"])
    fixed = {f"{days}d": days for days in (7, 14, 30, 60, 90, 180, 365)}
    return fixed | {
        label: max(1, int(k * gap + 0.5))
        for k, label in zip((1, 2, 4, 8), ("1gap", "2gaps", "4gaps", "8gaps"), strict=True)
    }


def plain_features(rows: list[Row], cutoff: int) -> dict[str, Values]:
    """Return customer -> feature -> value for everybody who bought on or before the cutoff."""
    base = plain_base(rows, cutoff)
    days = purchase_days(rows, cutoff)
    values = purchase_values(rows, cutoff) if "amount" in rows[0] else {}
    out: dict[str, Values] = {}
    for customer, own in days.items():
        mine = [row for row in rows if row["customer_id"] == customer and row["day"] <= cutoff]
        out[customer] = timing(own, cutoff, base)
        if values:
            out[customer] |= money(mine, values[customer], own, cutoff, base, out[customer])
        out[customer] |= basket(mine, own, cutoff, base, out[customer])
        out[customer] |= seasons(own, mine, cutoff, base)
    return out


def timing(own: list[int], cutoff: int, base: dict[str, Any]) -> Values:
    n, x = len(own), len(own) - 1
    T, silence, recency = cutoff - own[0], cutoff - own[-1], own[-1] - own[0]
    ages = [cutoff - day for day in own]
    gaps = [float(b - a) for a, b in pairwise(own)]
    f: Values = {
        "days_since_last": silence,
        "T_days": T,
        "purchases_total": n,
        "frequency": x,
        "recency_days": recency,
        "recency_share": div(recency, T),
        "purchase_rate_30d": 30 * n / (T + 1),
    }
    for label, width in widths(base).items():
        f[f"purchases_{label}"] = sum(age < width for age in ages)
    f |= rhythm(gaps, silence, recency, T, base)
    four = widths(base)["4gaps"]
    for label, half in (("30d", 30), ("120d", 120), ("4gaps", four)):
        f[f"purchases_decayed_{label}"] = sum(0.5 ** (age / half) for age in ages)
    for label, width in (("30d", 30), ("90d", 90), ("4gaps", four)):
        late = sum(age < width for age in ages)
        # the second window of relative width is that of 8 gaps, rounded on its own
        twice = widths(base)["8gaps"] if label == "4gaps" else 2 * width
        early = sum(width <= age < twice for age in ages)
        f[f"purchases_trend_{label}"] = math.log((late + 0.5) / (early + 0.5)) if T >= 2 * width else None
        if label != "30d":
            rate = (late + base["rate_shape"]) / (min(T + 1, width) + base["rate_scale_days"])
            f[f"rate_change_{label}"] = math.log(rate / f["rate_shrunken"])
    f["purchases_centroid"] = div(fmean(ages), T)
    f["gap_recent_days"] = fmean(gaps[-3:]) if gaps else None
    f["gap_recent_ratio"] = div(f["gap_recent_days"], f["own_gap_days"])
    f["gap_slope"] = None
    if len(gaps) > 1:
        middle = fmean(range(len(gaps)))
        top = sum((i - middle) * gap for i, gap in enumerate(gaps))
        f["gap_slope"] = top / sum((i - middle) ** 2 for i in range(len(gaps))) / f["own_gap_days"]
    f["tenure_share"] = (T + 1) / base["history_days"]
    return f


def rhythm(gaps: list[float], silence: int, recency: int, T: int, base: dict[str, Any]) -> Values:
    x = len(gaps)
    logs = [math.log(gap) for gap in gaps]
    f: Values = {
        "gap_mean_days": fmean(gaps) if gaps else None,
        "gap_sd_days": sd(gaps),
        "gap_max_days": max(gaps, default=None),
        "gap_min_days": min(gaps, default=None),
        "gap_median_days": median(gaps) if gaps else None,
        "gap_q25_days": quantile(gaps, 0.25),
        "gap_q90_days": quantile(gaps, 0.9),
        "gap_last_days": gaps[-1] if gaps else None,
        "silence_record_ratio": div(silence, max(gaps, default=None)),
        "rate_shrunken": (x + base["rate_shape"]) / (T + base["rate_scale_days"]),
    }
    f["gap_cv"] = div(f["gap_sd_days"], f["gap_mean_days"])
    own_gap = log_mean = log_sd = None
    if base["gap_mean_days"] is not None:
        weight = base["gap_weight"]
        own_gap = (weight * base["gap_mean_days"] + sum(gaps)) / (weight + x)
        log_mean = (weight * base["gap_log_mean"] + sum(logs)) / (weight + x)
    if base["gap_log_sd"] is not None:
        degrees = max(x - 1, 0)
        squares = sum((v - fmean(logs)) ** 2 for v in logs)
        log_sd = math.sqrt((4 * base["gap_log_sd"] ** 2 + squares) / (4 + degrees))
    known = log_mean is not None and log_sd is not None
    f["own_gap_days"], f["gap_log_mean"], f["gap_log_sd"] = own_gap, log_mean, log_sd
    f["own_gap_90_days"] = math.exp(log_mean + 1.2815515655446004 * log_sd) if known else None
    f["overdue_ratio"] = div(silence, own_gap)
    f["overdue_90_ratio"] = div(silence, f["own_gap_90_days"])
    f["silence_z"] = div(math.log(silence + 1) - log_mean, log_sd) if known else None
    f["gap_last_ratio"] = div(f["gap_last_days"], own_gap)
    alpha, r = base["rate_scale_days"], base["rate_shape"]
    f["silence_probability"] = ((alpha + recency) / (alpha + recency + silence)) ** (r + x)
    return f


def money(
    mine: list[Row], values: dict[int, float], own: list[int], cutoff: int, base: dict[str, Any], f0: Values
) -> Values:
    worth = [values[day] for day in own]
    logs = [math.log(v) for v in worth if v > 0]
    T, x, n = cutoff - own[0], len(own) - 1, len(own)
    four = widths(base)["4gaps"]

    def between(low: float, high: float) -> float:
        return sum(row["amount"] for row in mine if low <= cutoff - row["day"] < high)

    total = between(0, math.inf)
    paid = sum(row["amount"] for row in mine if row["amount"] > 0)
    back = [row for row in mine if row["amount"] < 0]
    given = -sum(row["amount"] for row in back)
    f: Values = {
        "monetary_value": sum(worth[1:]) / x if x else None,
        "spend_total": total,
        "spend_rate_30d": 30 * total / (T + 1),
        "value_mean": fmean(worth),
        "value_sd": sd(worth),
        "value_max": max(worth),
        "value_min": min(worth),
        "value_median": median(worth),
        "value_first": worth[0],
        "value_last": worth[-1],
        "value_log_sd": sd(logs),
        "value_recent": fmean(worth[-3:]),
        "refund_share": div(given, paid),
        "refunded_90d": -sum(row["amount"] for row in back if cutoff - row["day"] < 90),
        "refund_days": len({row["day"] for row in back}),
        "days_since_refund": min((cutoff - row["day"] for row in back), default=None),
    }
    f["value_cv"] = div(f["value_sd"], f["value_mean"])
    weight = base["value_weight"]
    f["value_log_mean"] = None
    if base["value_log_mean"] is not None:
        f["value_log_mean"] = (weight * base["value_log_mean"] + sum(logs)) / (weight + len(logs))
    expect = (weight * base["value_mean"] + sum(worth)) / (weight + n)
    f["value_shrunken"] = expect
    f["spend_expected_30d"] = 30 * expect * f0["rate_shrunken"]
    f["value_last_ratio"] = div(worth[-1], expect)
    f["value_recent_ratio"] = div(f["value_recent"], expect)
    for label, width in widths(base).items():
        if label not in ("7d", "14d"):
            f[f"spend_{label}"] = between(0, width)
    for label, half in (("30d", 30), ("120d", 120), ("4gaps", four)):
        f[f"spend_decayed_{label}"] = sum(row["amount"] * 0.5 ** ((cutoff - row["day"]) / half) for row in mine)
    extra = max(base["value_mean"], 1e-9)
    for label, width, twice in (("90d", 90, 180), ("4gaps", four, widths(base)["8gaps"])):
        late, early = max(between(0, width), 0), max(between(width, twice), 0)
        f[f"spend_trend_{label}"] = math.log((late + extra) / (early + extra)) if T >= 2 * width else None
    f["spend_recent_share"] = div(max(between(0, 90), 0), total)
    good = {day: value for day, value in values.items() if value > 0}
    middle = div(sum(v * (cutoff - day) for day, v in good.items()), sum(good.values()))
    f["spend_centroid"] = div(middle, T)
    f["value_drift"] = None if f["spend_centroid"] is None else f0["purchases_centroid"] - f["spend_centroid"]
    matched = [row for row in back if row.get("refund_of_day") is not None]
    f["refund_matched_share"] = div(-sum(row["amount"] for row in matched), given)
    f["days_to_return"] = fmean(row["day"] - row["refund_of_day"] for row in matched) if matched else None
    if "unit_cost" in mine[0] and "quantity" in mine[0]:
        f["margin_total"] = total - sum(row["quantity"] * row["unit_cost"] for row in mine)
        f["margin_share"] = div(f["margin_total"], total)
    if "discount" in mine[0]:
        bought = [row for row in mine if row["amount"] > 0]
        recent = [row for row in bought if cutoff - row["day"] < 90]
        for name, some in (("discount_share", bought), ("discount_share_90d", recent)):
            off = sum(abs(row["discount"]) for row in some)
            f[name] = div(off, off + sum(row["amount"] for row in some))
    for label, width in (("28d", 28), ("91d", 91)):
        f[f"spend_next_{label}_last_year"] = between(364 - width, 364) if T >= 364 else None
    if "quantity" in mine[0]:
        f["price_mean"] = div(paid, sum(row["quantity"] for row in mine if row["amount"] > 0))
    return f


def basket(mine: list[Row], own: list[int], cutoff: int, base: dict[str, Any], f0: Values) -> Values:
    bought = [row for row in mine if "amount" not in row or row["amount"] > 0]
    on = {day: [row for row in bought if row["day"] == day] for day in own}
    f: Values = {
        "lines_mean": fmean(len(on[day]) for day in own),
        "lines_first": len(on[own[0]]),
        "lines_recent": fmean(len(on[day]) for day in own[-3:]),
    }
    f["lines_recent_ratio"] = div(f["lines_recent"], f["lines_mean"])
    if "order_id" in mine[0]:
        f["orders_mean"] = fmean(len({row["order_id"] for row in on[day]}) for day in own)
    if "quantity" in mine[0]:
        units = [sum(row["quantity"] for row in on[day]) for day in own]
        f |= {"quantity_mean": fmean(units), "quantity_first": units[0], "quantity_last": units[-1]}
    if "discount" in mine[0]:
        f["discounted_purchase_share"] = fmean(any(row["discount"] != 0 for row in on[day]) for day in own)
    if "product_id" in mine[0]:
        f |= products(on, own, cutoff)
    if "category" in mine[0]:
        f |= categories(on, own, cutoff, widths(base))
    return f


def products(on: dict[int, list[Row]], own: list[int], cutoff: int) -> Values:
    baskets = {day: {row["product_id"] for row in on[day]} - {None} for day in own}
    seen: set[str] = set()
    new: dict[int, int] = {}
    for day in own:
        new[day] = len(baskets[day] - seen)
        seen |= baskets[day]
    recent = [day for day in own if cutoff - day < 90]
    return {
        "products_total": len(seen),
        "products_mean": fmean(len(baskets[day]) for day in own),
        "products_first": len(baskets[own[0]]),
        "new_product_share": div(len(seen), sum(map(len, baskets.values()))),
        "new_product_share_90d": div(sum(new[d] for d in recent), sum(len(baskets[d]) for d in recent)),
    }


def categories(on: dict[int, list[Row]], own: list[int], cutoff: int, width: dict[str, int]) -> Values:
    kinds = {day: {row["category"] for row in on[day]} - {None} for day in own}
    counts = Counter(kind for some in kinds.values() for kind in some)
    last = {kind: max(day for day in own if kind in kinds[day]) for kind in counts}
    habits = [kind for kind, count in counts.items() if count >= 3]
    kept = [kind for kind in habits if cutoff - last[kind] < width["8gaps"]]
    f: Values = {
        "categories_total": len(counts),
        "categories_mean": fmean(len(some) for some in kinds.values()),
        "categories_first": len(kinds[own[0]]),
        "category_entropy": entropy(list(counts.values())),
        "category_top_share": max(counts.values(), default=0) / len(own),
        "categories_lost_share": div(len(habits) - len(kept), len(habits)),
    }
    for label in ("4gaps", "8gaps", "90d"):
        f[f"categories_{label}"] = sum(cutoff - day < width[label] for day in last.values()) if counts else None
    f["categories_kept_share"] = div(f["categories_8gaps"], len(counts))
    return f


def seasons(own: list[int], mine: list[Row], cutoff: int, base: dict[str, Any]) -> Values:
    dates = [dt.date(1970, 1, 1) + dt.timedelta(days=day) for day in own]
    today = dt.date(1970, 1, 1) + dt.timedelta(days=cutoff)
    weekdays = Counter(date.weekday() for date in dates)
    first, T = dates[0], cutoff - own[0]

    def around(days: float) -> float:
        return min(days % 365.25, 365.25 - days % 365.25)

    spring = dt.date(first.year if first.month >= 3 else first.year - 1, 3, 1)
    f: Values = {
        "weekday_entropy": entropy(list(weekdays.values())),
        "weekday_top_share": max(weekdays.values()) / len(own),
        "weekend_share": fmean(date.weekday() >= 5 for date in dates),
        "same_weekday_share": fmean(date.weekday() == today.weekday() for date in dates),
        "month_start_share": fmean(date.day <= 10 for date in dates),
        "month_end_share": fmean(date.day > 20 for date in dates),
        "first_weekend": float(first.weekday() >= 5),
        "first_from_march_days": around((first - spring).days),
        "first_from_june_days": around((first - spring).days - 92),
        "first_anniversary_days": around(T),
        "base_trend_28d": base["trend_28d"],
        "base_season_28d": base["season_28d"],
        "base_season_91d": base["season_91d"],
    }
    for label, width in (("28d", 28), ("91d", 91)):
        count = sum(364 - width <= cutoff - day < 364 for day in own)
        f[f"purchases_next_{label}_last_year"] = count if T >= 364 else None
    return f
