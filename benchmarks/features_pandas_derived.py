"""The arithmetic of the pandas peer: from a customer's sums and the base's scalars to the rest of the features."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

PERIOD = 365.25


def ratio(top: Any, bottom: Any) -> Any:
    """Return top / bottom, null unless bottom > 0."""
    return top / bottom.where(bottom > 0)


def log_ratio(top: pd.Series, bottom: pd.Series, extra: float) -> pd.Series:
    return np.log((top.clip(lower=0) + extra) / (bottom.clip(lower=0) + extra))


def around(days: pd.Series) -> pd.Series:
    """Return the distance to the nearest whole year."""
    into = days % PERIOD
    return into.where(into <= PERIOD / 2, PERIOD - into)


def derived(s: pd.DataFrame, base: dict[str, float]) -> dict[str, pd.Series]:
    """Return every feature that follows, customer by customer, from others."""
    T, n, silence = s["T_days"], s["purchases_total"], s["days_since_last"]
    x, recency = n - 1, T - silence
    f = {"frequency": x, "recency_days": recency, "recency_share": ratio(recency, T)}
    f["purchase_rate_30d"] = n * 30 / (T + 1)
    f |= rhythm(s, base, x, recency)
    f |= money(s, base, x, f["rate_shrunken"])
    four = base["gaps_4"]
    for name, width, twice in (("30d", 30, "60d"), ("90d", 90, "180d"), ("4gaps", four, "8gaps")):
        late = s[f"purchases_{name}"]
        f[f"purchases_trend_{name}"] = log_ratio(late, s[f"purchases_{twice}"] - late, 0.5).where(2 * width <= T)
        if name != "30d":
            rate = (late + base["shape"]) / ((T + 1).clip(upper=width) + base["scale"])
            f[f"rate_change_{name}"] = np.log(rate / f["rate_shrunken"])
            spent, extra = s[f"spend_{name}"], max(base["value_prior"], 1e-9)
            f[f"spend_trend_{name}"] = log_ratio(spent, s[f"spend_{twice}"] - spent, extra).where(2 * width <= T)
    f["purchases_centroid"] = ratio(s["age_sum"] / n, T)
    f["spend_centroid"] = ratio(ratio(s["value_age_sum"], s["positive_sum"]), T)
    f["value_drift"] = f["purchases_centroid"] - f["spend_centroid"]
    slope = ratio(s["numbered"] - (x + 3) / 2 * recency, x * (x * x - 1) / 12)
    f["gap_slope"] = ratio(slope, f["own_gap_days"])
    f["gap_recent_ratio"] = ratio(s["gap_recent_days"], f["own_gap_days"])
    f |= basket(s, n)
    f |= seasons(s, base, T, n)
    return f


def rhythm(s: pd.DataFrame, base: dict[str, float], x: pd.Series, recency: pd.Series) -> dict[str, pd.Series]:
    silence, weight, degrees = s["days_since_last"], base["gap_weight"], (x - 1).clip(lower=0)
    f = {"gap_cv": ratio(s["gap_sd_days"], s["gap_mean_days"])}
    f["gap_last_days"] = s["gap_last_days"].where(s["gap_last_days"] > 0)
    own = (s["log_gap_sd"] ** 2).fillna(0.0) * degrees
    f["gap_log_sd"] = np.sqrt((own + 4 * base["gap_within"]) / (degrees + 4))
    f["gap_log_mean"] = (s["log_gap_sum"] + base["log_gap_prior"] * weight) / (x + weight)
    f["own_gap_days"] = (recency + base["gap_prior"] * weight) / (x + weight)
    f["own_gap_90_days"] = np.exp(f["gap_log_mean"] + 1.2815515655446004 * f["gap_log_sd"])
    f["overdue_ratio"] = ratio(silence, f["own_gap_days"])
    f["overdue_90_ratio"] = ratio(silence, f["own_gap_90_days"])
    f["silence_z"] = ratio(np.log(silence + 1) - f["gap_log_mean"], f["gap_log_sd"])
    f["silence_record_ratio"] = ratio(silence, s["gap_max_days"])
    f["gap_last_ratio"] = ratio(f["gap_last_days"], f["own_gap_days"])
    shape, scale = base["shape"], base["scale"]
    f["rate_shrunken"] = (x + shape) / (s["T_days"] + scale)
    f["silence_probability"] = ((recency + scale) / (recency + scale + silence)) ** (x + shape)
    return f


def money(s: pd.DataFrame, base: dict[str, float], x: pd.Series, rate: pd.Series) -> dict[str, pd.Series]:
    weight, total = base["value_weight"], s["spend_total"]
    f = {"monetary_value": ratio(s["worth_sum"] - s["value_first"], x)}
    f["spend_rate_30d"] = total * 30 / (s["T_days"] + 1)
    f["value_cv"] = ratio(s["value_sd"], s["value_mean"])
    f["value_log_mean"] = (s["log_worth_sum"] + base["log_value_prior"] * weight) / (s["priced"] + weight)
    expected = (s["worth_sum"] + base["value_prior"] * weight) / (s["purchases_total"] + weight)
    f["value_shrunken"], f["spend_expected_30d"] = expected, rate * expected * 30
    f["value_last_ratio"] = ratio(s["value_last"], expected)
    f["value_recent_ratio"] = ratio(s["value_recent"], expected)
    f["spend_recent_share"] = ratio(s["spend_90d"].clip(lower=0), total)
    f["refund_share"] = ratio(s["refunds_sum"], s["gross_sum"])
    f["refund_matched_share"] = ratio(s["matched_sum"], s["refunds_sum"])
    f["days_to_return"] = ratio(s["return_days_sum"], s["returned_sum"])
    f["price_mean"] = ratio(s["gross_sum"], s["quantity_sum"])
    return f


def basket(s: pd.DataFrame, n: pd.Series) -> dict[str, pd.Series]:
    f = {"lines_mean": s["lines_sum"] / n, "products_mean": s["products_sum"] / n}
    f["lines_recent_ratio"] = ratio(s["lines_recent"], f["lines_mean"])
    f["new_product_share"] = ratio(s["products_total"], s["products_sum"])
    f["new_product_share_90d"] = ratio(s["new_products_90d"], s["products_90d"])
    f["categories_mean"], f["category_top_share"] = s["categories_sum"] / n, s["category_top"] / n
    count = s["categories_sum"].where(s["categories_sum"] > 0)
    f["category_entropy"] = (np.log(count) - s["category_steps"] / count).clip(lower=0)
    f["categories_lost_share"] = ratio(s["habits"] - s["kept"], s["habits"])
    f["categories_kept_share"] = ratio(s["categories_8gaps"], s["categories_total"])
    return f


def seasons(s: pd.DataFrame, base: dict[str, float], T: pd.Series, n: pd.Series) -> dict[str, Any]:
    f: dict[str, Any] = {"weekday_entropy": (np.log(n) - s["weekday_steps"] / n).clip(lower=0)}
    f["weekday_top_share"] = s["weekday_top"] / n
    f["first_from_march_days"] = around(s["from_march"])
    f["first_from_june_days"] = around(s["from_march"] - 92)
    f["first_anniversary_days"] = around(T)
    for name in [f"{kind}_next_{days}d_last_year" for kind in ("purchases", "spend") for days in (28, 91)]:
        f[name] = s[name].where(T >= 364)
    f["tenure_share"] = (T + 1) / base["history_days"]
    return f | {name: base[name] for name in ("base_trend_28d", "base_season_28d", "base_season_91d")}
