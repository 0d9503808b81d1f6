"""The features in vectorised pandas: the log is made into purchase days once, each cutoff is a groupby of them.

A peer of Setia's own feature engine, as a competent analyst writes it: customers become integers first, which makes
every groupby cheaper, and nothing loops over them. It needs the columns that `features_sql` needs; `order_id` is
never null.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from features_pandas_derived import derived, ratio
from numpy.typing import NDArray

WINDOWS = (7, 14, 30, 60, 90, 180, 365)
KEYS = ["customer", "day"]


@dataclass(frozen=True)
class Days:
    """One row per customer and day, and one per customer, category and day; customers are places in `ids`."""

    days: pd.DataFrame
    categories: pd.DataFrame
    ids: Any
    first_day: int


def _step(rank: pd.Series) -> pd.Series:
    """Return n log n - (n - 1) log(n - 1), whose sum over 1..n is n log n."""
    before = (rank - 1).clip(lower=1)
    return rank * np.log(rank) - before * np.log(before)


def purchase_days(log: pd.DataFrame) -> Days:
    """Sum the lines of each customer and day, and look at the days before and after."""
    customer, ids = pd.factorize(log["customer_id"], sort=True)
    lines = log[["day", "order_id", "product_id", "category"]].assign(customer=customer)
    amount, bought = log["amount"].fillna(0.0), log["amount"] > 0
    refund = (amount < 0) & log["refund_of_day"].notna()
    summed = lines[KEYS].assign(
        lines=bought.astype(float),
        value=amount,
        gross=amount.where(bought, 0.0),
        refunds=-amount.where(amount < 0, 0.0),
        matched=-amount.where(refund, 0.0),
        returned=refund.astype(float),
        return_days=(log["day"] - log["refund_of_day"]).where(refund, 0.0),
        quantity=log["quantity"].where(bought, 0.0),
    )
    days = summed.groupby(KEYS, sort=True).sum()
    days["value"] = days["value"].round(9)
    lines = lines[bought]
    days["orders"] = lines.drop_duplicates([*KEYS, "order_id"]).groupby(KEYS).size()
    products = lines.loc[lines["product_id"].notna(), [*KEYS, "product_id"]]
    days["products"] = products.drop_duplicates().groupby(KEYS).size()
    firsts = products.groupby(["customer", "product_id"])["day"].min().reset_index()
    days["new_products"] = firsts.groupby(KEYS).size()
    kinds = category_days(lines)
    by = kinds.assign(new=kinds["rank"] == 1, step=_step(kinds["rank"])).groupby(KEYS)
    days["categories"], days["new_categories"] = by.size(), by["new"].sum()
    days["category_rank"], days["category_step"] = by["rank"].max(), by["step"].sum()
    days = days.fillna(0.0).reset_index()
    return Days(neighbours(days), kinds, ids, int(days["day"].min()))


def category_days(lines: pd.DataFrame) -> pd.DataFrame:
    """Return customer, category, day, how many days so far it was bought on, and on which day next."""
    kinds = lines.loc[lines["category"].notna(), ["customer", "category", "day"]].drop_duplicates()
    kinds = kinds.sort_values(["customer", "category", "day"])
    own = kinds.groupby(["customer", "category"])
    return kinds.assign(rank=own.cumcount() + 1, next_day=own["day"].shift(-1))


def neighbours(days: pd.DataFrame) -> pd.DataFrame:
    """Add what the calendar and the purchases before and after say about each day."""
    date = pd.to_datetime(days["day"], unit="D")
    days["is_purchase"] = days["lines"] > 0
    days["weekday"], days["day_of_month"] = date.dt.day_of_week, date.dt.day
    year = date.dt.year - (date.dt.month < 3)
    march = pd.to_datetime(pd.DataFrame({"year": year, "month": 3, "day": 1}))
    days["from_march"] = (date - march).dt.days.astype(float)
    own = days.groupby(["customer", "is_purchase"])["day"]
    purchase = days["is_purchase"]
    days["gap"] = (days["day"] - own.shift(1)).where(purchase)
    days["next_day"], days["third_next_day"] = own.shift(-1), own.shift(-3)
    days["number"] = (own.cumcount() + 1.0).where(purchase)
    rank = (days.groupby(["customer", "is_purchase", "weekday"]).cumcount() + 1.0).where(purchase)
    days["weekday_rank"], days["weekday_step"] = rank, _step(rank)
    days["log_gap"] = np.log(days["gap"])
    days["worth"] = days["value"].where(purchase)
    days["log_worth"] = np.log(days["worth"].where(days["worth"] > 0))
    return days


def over(top: float, bottom: float, known: bool) -> float:
    return top / bottom if known and bottom else np.nan


def scalars(known: pd.DataFrame, history_days: int) -> dict[str, float]:
    """Return what the base as a whole teaches before the windows are known."""
    bought = known[known["is_purchase"]]
    age, gap = bought["age"].to_numpy(), bought["gap"].median()
    width = gap if gap == gap else float(history_days)

    def count(newest: int, oldest: int) -> int:
        return int(((age >= newest) & (age < oldest)).sum())

    found = {f"gaps_{n}": float(max(1, int(n * width + 0.5))) for n in (1, 2, 4, 8)}
    found["base_trend_28d"] = over(count(0, 28), count(28, 56), history_days >= 56)
    found["base_season_28d"] = over(count(336, 364), count(364, 392), history_days >= 392)
    found["base_season_91d"] = over(count(273, 364), count(364, 455), history_days >= 455)
    return found


def spread(n: pd.Series, total: pd.Series, squares: pd.Series) -> tuple[float, float]:
    """Return the variance within customers and the weight of the mean of all (one-way random effects)."""
    count, groups = n.sum(), int((n > 0).sum())
    if count <= groups or groups < 2:
        return np.nan, 1.0
    between = ratio(total * total, n).sum()
    within = max((squares.sum() - between) / (count - groups), 0.0)
    excess = (between - total.sum() ** 2 / count - (groups - 1) * within) / (count - (n * n).sum() / count)
    return within, min(max(within / max(excess, 1e-6), 0.25), 20.0)


def rates(x: pd.Series, T: pd.Series, history_days: int) -> tuple[float, float]:
    """Return shape and scale of the gamma distribution of purchase rates, by moments."""
    if x.sum() <= 0 or T.sum() <= 0:
        return 1.0, float(history_days)
    mean = x.sum() / T.sum()
    variance = (((x - mean * T) ** 2).sum() - mean * T.sum()) / (T * T).sum()
    shape = min(max(mean * mean / variance, 0.1), 20.0) if variance > 0 else 20.0
    return shape, shape / mean


def summed(d: pd.DataFrame, cutoff: int, base: dict[str, float]) -> pd.DataFrame:
    """Return one row per customer: every sum, mean, extreme and quantile."""
    age, purchase, worth, value = d["age"], d["is_purchase"], d["worth"], d["value"]
    first = purchase & (d["number"] == 1)
    last = purchase & ~(d["next_day"] <= cutoff)
    recent = purchase & ~(d["third_next_day"] <= cutoff)
    ones = purchase.astype(float)
    windows = {f"{n}d": float(n) for n in WINDOWS}
    windows |= {f"{n}gap{'s' * (n > 1)}": base[f"gaps_{n}"] for n in (1, 2, 4, 8)}
    sums = {f"purchases_{name}": ones.where(age < width, 0.0) for name, width in windows.items()}
    sums |= {f"spend_{name}": value.where(age < width, 0.0) for name, width in windows.items()}
    for name, half in (("30d", 30.0), ("120d", 120.0), ("4gaps", base["gaps_4"])):
        weight = np.exp(age * (-np.log(2) / half))
        sums[f"purchases_decayed_{name}"], sums[f"spend_decayed_{name}"] = ones * weight, value * weight
    for n in (28, 91):
        inside = (age >= 364 - n) & (age < 364)
        sums[f"purchases_next_{n}d_last_year"] = ones.where(inside, 0.0)
        sums[f"spend_next_{n}d_last_year"] = value.where(inside, 0.0)
    positive = worth.where(worth > 0)
    sums |= {
        "purchases_total": ones, "worth_sum": worth, "value_first": worth.where(first),
        "value_last": worth.where(last), "gap_last_days": d["gap"].where(last),
        "log_gap_sum": d["log_gap"], "log_gap_squares": d["log_gap"] ** 2, "numbered": d["number"] * d["gap"],
        "spend_total": value, "priced": (worth > 0).astype(float), "log_worth_sum": d["log_worth"],
        "log_worth_squares": d["log_worth"] ** 2, "gross_sum": d["gross"], "refunds_sum": d["refunds"],
        "refunded_90d": d["refunds"].where(age < 90), "refund_days": (d["refunds"] > 0).astype(float),
        "matched_sum": d["matched"], "returned_sum": d["returned"], "return_days_sum": d["return_days"],
        "age_sum": ones * age, "positive_sum": positive, "value_age_sum": positive * age,
        "lines_sum": d["lines"], "lines_first": d["lines"].where(first), "quantity_sum": d["quantity"],
        "quantity_first": d["quantity"].where(first), "quantity_last": d["quantity"].where(last),
        "products_total": d["new_products"], "products_sum": d["products"],
        "products_first": d["products"].where(first), "products_90d": d["products"].where(age < 90),
        "new_products_90d": d["new_products"].where(age < 90), "categories_total": d["new_categories"],
        "categories_sum": d["categories"], "categories_first": d["categories"].where(first),
        "category_steps": d["category_step"], "weekday_steps": d["weekday_step"],
        "from_march": d["from_march"].where(first), "first_weekend": (first & (d["weekday"] >= 5)).astype(float),
    }  # fmt: skip
    means = {
        "gap_recent_days": d["gap"].where(recent), "value_recent": worth.where(recent),
        "lines_recent": d["lines"].where(recent), "orders_mean": d["orders"].where(purchase),
        "quantity_mean": d["quantity"].where(purchase),
        "weekend_share": (d["weekday"] >= 5).where(purchase).astype(float),
        "same_weekday_share": (age % 7 == 0).where(purchase).astype(float),
        "month_start_share": (d["day_of_month"] <= 10).where(purchase).astype(float),
        "month_end_share": (d["day_of_month"] > 20).where(purchase).astype(float),
    }  # fmt: skip
    key = d["customer"]
    parts = [pd.DataFrame(sums).groupby(key).sum(), pd.DataFrame(means).groupby(key).mean()]
    ends = pd.DataFrame({"aged": age.where(purchase), "refund_age": age.where(d["refunds"] > 0)}).groupby(key)
    by = d.groupby(key)
    gaps, worths = by["gap"], by["worth"]
    quantiles = gaps.quantile([0.25, 0.5, 0.9]).unstack()  # noqa: PD010 - of a Series
    parts.append(
        pd.DataFrame({
            "days_since_last": ends["aged"].min(), "T_days": ends["aged"].max(),
            "days_since_refund": ends["refund_age"].min(), "gap_mean_days": gaps.mean(), "gap_sd_days": gaps.std(),
            "gap_max_days": gaps.max(), "gap_min_days": gaps.min(), "gap_q25_days": quantiles[0.25],
            "gap_median_days": quantiles[0.5], "gap_q90_days": quantiles[0.9], "value_mean": worths.mean(),
            "value_sd": worths.std(), "value_median": worths.median(), "value_max": worths.max(),
            "value_min": worths.min(), "log_gap_sd": by["log_gap"].std(),
            "value_log_sd": by["log_worth"].std(), "category_top": by["category_rank"].max(),
            "weekday_top": by["weekday_rank"].max(),
        })
    )  # fmt: skip
    found = pd.concat(parts, axis=1)
    return found[found["purchases_total"] > 0]


def owned(kinds: pd.DataFrame, cutoff: int, base: dict[str, float]) -> pd.DataFrame:
    """Return one row per customer: the categories by when they were bought last, at the cutoff."""
    last = kinds[(kinds["day"] <= cutoff) & ~(kinds["next_day"] <= cutoff)]
    age, habit = cutoff - last["day"], last["rank"] >= 3
    columns = {"categories_4gaps": age < base["gaps_4"], "categories_8gaps": age < base["gaps_8"]}
    columns |= {"categories_90d": age < 90, "habits": habit, "kept": habit & (age < base["gaps_8"])}
    return pd.DataFrame(columns).astype(float).groupby(last["customer"]).sum()


def features(made: Days, cutoff: int) -> pd.DataFrame:
    """Return one row per customer with a purchase on or before the cutoff, with every feature and what they need."""
    known = made.days[made.days["day"] <= cutoff]
    known = known.assign(age=(cutoff - known["day"]).astype(float))
    history_days = cutoff - made.first_day + 1
    base = scalars(known, history_days)
    s = summed(known, cutoff, base).join(owned(made.categories, cutoff, base), how="left")
    x, T = s["purchases_total"] - 1, s["T_days"]
    base["history_days"] = history_days
    base["gap_prior"] = ratio(T - s["days_since_last"], x).mean()
    base["log_gap_prior"] = ratio(s["log_gap_sum"], x).mean()
    base["value_prior"], base["log_value_prior"] = s["value_mean"].mean(), ratio(s["log_worth_sum"], s["priced"]).mean()
    base["gap_within"], base["gap_weight"] = spread(x, s["log_gap_sum"], s["log_gap_squares"])
    _, base["value_weight"] = spread(s["priced"], s["log_worth_sum"], s["log_worth_squares"])
    base["shape"], base["scale"] = rates(x, T, history_days)
    return s.assign(**derived(s, base), customer_id=made.ids[s.index])


def blocks(
    log: pd.DataFrame, cutoffs: Sequence[int], names: Sequence[str], anew: bool = False
) -> Iterator[NDArray[np.float32]]:
    """Yield the features, cutoff by cutoff, shape (rows, features), NaN for null.

    `anew`: each cutoff starts from the log again, cut at that day, as in a function of log and cutoff alone.
    """
    once = None if anew else purchase_days(log)
    for cutoff in cutoffs:
        made = once or purchase_days(log[log["day"] <= cutoff])
        yield features(made, cutoff)[list(names)].to_numpy(np.float32)
