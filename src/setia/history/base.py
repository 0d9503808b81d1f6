"""What is learnt from the whole base at a cutoff, from its history alone: a handful of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw

from setia.engine import Frame

YEAR_DAYS = 364  # whole weeks, so that weekdays meet weekdays


@dataclass(frozen=True)
class Base:
    """Scalars of the base at one cutoff. Gaps are days between successive purchases of one customer.

    `median_gap_days`, `p90_gap_days`, `p99_gap_days` pool every gap and are null while nobody came twice.
    `gap_mean_days`, `gap_log_mean`: averages over customers of their own mean (log) gap.
    `gap_log_sd`: the spread of log gaps within a customer.
    `gap_weight`, `value_weight`: how many own observations weigh as much as the base's mean: variance
    within customers over variance between them, of logarithms (empirical Bayes).
    `rate_shape`, `rate_scale_days`: gamma distribution of purchase rates, by moments.
    `trend_28d`: purchases of the last 28 days over the 28 before. `season_28d`, `season_91d`: a year ago,
    purchases of the days after this date over as many before it; null while the log is too short.
    """

    customers: int
    purchases: int
    history_days: int
    median_gap_days: float | None
    p90_gap_days: float | None
    p99_gap_days: float | None
    gap_mean_days: float | None
    gap_log_mean: float | None
    gap_log_sd: float | None
    gap_weight: float
    rate_shape: float
    rate_scale_days: float
    value_mean: float | None
    value_log_mean: float | None
    value_log_sd: float | None
    value_weight: float
    trend_28d: float | None
    season_28d: float | None
    season_91d: float | None


def learn_base(days: Frame, history_days: int, has_amount: bool) -> Base:
    """Learn the base from customer-days up to a cutoff (columns of `History.days`)."""
    people = _people(days, has_amount)
    pooled = _row(_pooled(days))
    sums = _row(_sums_over_people(people, has_amount))
    gap_sd, gap_weight = _spread(sums, "gap")
    value_sd, value_weight = _spread(sums, "log_value") if has_amount else (None, 1.0)
    shape, scale = _gamma_of_rates(sums, history_days)
    return Base(
        customers=int(sums["customers"]),
        purchases=int(sums["purchases"] or 0),
        history_days=history_days,
        median_gap_days=pooled["p50"],
        p90_gap_days=pooled["p90"],
        p99_gap_days=pooled["p99"],
        gap_mean_days=sums["gap_mean"],
        gap_log_mean=sums["gap_of_means"],
        gap_log_sd=gap_sd,
        gap_weight=gap_weight,
        rate_shape=shape,
        rate_scale_days=scale,
        value_mean=sums["value_mean"] if has_amount else None,
        value_log_mean=sums["log_value_of_means"] if has_amount else None,
        value_log_sd=value_sd,
        value_weight=value_weight,
        trend_28d=_over(pooled["last_28"], pooled["before_28"], history_days >= 56),
        season_28d=_over(pooled["after_28"], pooled["until_28"], history_days >= YEAR_DAYS + 28),
        season_91d=_over(pooled["after_91"], pooled["until_91"], history_days >= YEAR_DAYS + 91),
    )


def _row(frame: Frame) -> dict[str, Any]:
    table = frame.collect("pyarrow")
    return dict(zip(table.columns, table.rows()[0], strict=True))


def _over(top: float | None, bottom: float | None, known: bool) -> float | None:
    return top / bottom if known and top is not None and bottom else None


def _pooled(days: Frame) -> Frame:
    """Return gap quantiles of the whole base and its purchases in a few windows of age."""
    age, year = nw.col("age_days"), YEAR_DAYS
    windows = {
        "last_28": (0, 28),
        "before_28": (28, 56),
        "after_28": (year - 28, year),
        "until_28": (year, year + 28),
        "after_91": (year - 91, year),
        "until_91": (year, year + 91),
    }
    counts = {
        name: nw.when((age >= low) & (age < high)).then(nw.col("purchases")).otherwise(nw.lit(0.0))
        for name, (low, high) in windows.items()
    }
    gap = nw.col("gap_days")
    return days.with_columns(**counts).select(
        p50=gap.quantile(0.5, interpolation="linear"),
        p90=gap.quantile(0.9, interpolation="linear"),
        p99=gap.quantile(0.99, interpolation="linear"),
        **{name: nw.col(name).sum() for name in windows},
    )


def _people(days: Frame, has_amount: bool) -> Frame:
    """Return one row per customer: purchases, first and last age, sums of log gaps and of log values."""
    gap = nw.col("gap_days")
    rows = days.filter(nw.col("is_purchase")).with_columns(
        log_gap=gap.log(), log_gap_2=gap.log() * gap.log(), one=nw.lit(1.0)
    )
    aggregates = [
        nw.col("one").sum().alias("n"),
        nw.col("age_days").max().alias("T"),
        nw.col("age_days").min().alias("silent"),
        nw.col("log_gap").sum().alias("gap_sum"),
        nw.col("log_gap_2").sum().alias("gap_sum_2"),
    ]
    if has_amount:
        value = nw.col("purchase_value")
        log_value = nw.when(value > 0).then(value).log()
        rows = rows.with_columns(
            log_value=log_value,
            log_value_2=log_value * log_value,
            priced=nw.when(value > 0).then(nw.lit(1.0)).otherwise(nw.lit(0.0)),
        )
        aggregates += [
            value.sum().alias("value_sum"),
            nw.col("log_value").sum().alias("log_value_sum"),
            nw.col("log_value_2").sum().alias("log_value_sum_2"),
            nw.col("priced").sum().alias("log_value_n"),
        ]
    return rows.group_by("customer_id").agg(*aggregates)


def _sums_over_people(people: Frame, has_amount: bool) -> Frame:
    """Return one row of sums over customers, from which moments follow."""
    x, T = nw.col("n") - 1, nw.col("T")
    people = people.with_columns(gap_n=x, xx=x * x, xT=x * T, TT=T * T, own_gap=(T - nw.col("silent")) / _positive(x))
    kinds = ["gap", "log_value"] if has_amount else ["gap"]
    for kind in kinds:
        people = people.with_columns((nw.col(f"{kind}_sum") / _positive(nw.col(f"{kind}_n"))).alias(f"{kind}_of"))
        n, mean = nw.col(f"{kind}_n"), nw.col(f"{kind}_of")
        people = people.with_columns(
            (n * mean * mean).alias(f"{kind}_between"),
            (n * n).alias(f"{kind}_nn"),
            nw.when(n > 0).then(nw.lit(1.0)).otherwise(nw.lit(0.0)).alias(f"{kind}_groups"),
        )
    sums = {"purchases": "n", "x": "gap_n", "T": "T", "xx": "xx", "xT": "xT", "TT": "TT"}
    totals = ("n", "sum", "sum_2", "between", "nn", "groups")
    sums |= {f"{kind}_{name}": f"{kind}_{name}" for kind in kinds for name in totals}
    means = {"gap_mean": "own_gap"} | {f"{kind}_of_means": f"{kind}_of" for kind in kinds}
    if has_amount:
        people = people.with_columns(own_value=nw.col("value_sum") / nw.col("n"))
        means["value_mean"] = "own_value"
    return people.select(
        customers=nw.len(),
        **{name: nw.col(column).sum() for name, column in sums.items()},
        **{name: nw.col(column).mean() for name, column in means.items()},
    )


def _positive(value: nw.Expr) -> nw.Expr:
    """Return the value where it is positive, else null: a divisor that never divides by zero."""
    return nw.when(value > 0).then(value)


def _spread(sums: dict[str, Any], kind: str) -> tuple[float | None, float]:
    """Return the standard deviation within customers and the weight of the base's mean.

    One-way random effects, unbalanced (Searle, Casella and McCulloch 1992, section 3.6): the variance
    between customers is what the spread of their means exceeds that of chance.
    """
    total, groups = sums[f"{kind}_n"] or 0.0, sums[f"{kind}_groups"] or 0.0
    if total <= groups or groups < 2:
        return None, 1.0
    within = max((sums[f"{kind}_sum_2"] - sums[f"{kind}_between"]) / (total - groups), 0.0)
    mean = sums[f"{kind}_sum"] / total
    excess = sums[f"{kind}_between"] - total * mean * mean - (groups - 1) * within
    between = max(excess / (total - sums[f"{kind}_nn"] / total), 1e-6)
    return float(within**0.5), float(min(max(within / between, 0.25), 20.0))


def _gamma_of_rates(sums: dict[str, Any], history_days: int) -> tuple[float, float]:
    """Return shape and scale (days) of the gamma distribution of rates, by moments.

    Repeat purchases x are Poisson with mean rate x T: E[x] = m T and Var[x] = m T + v T^2, hence
    v = sum((x - m T)^2 - m T) / sum(T^2), shape = m^2 / v, scale = m / v.
    """
    x, T = sums["x"] or 0.0, sums["T"] or 0.0
    if x <= 0 or T <= 0:
        return 1.0, float(history_days)
    mean = x / T
    squares = sums["xx"] - 2 * mean * sums["xT"] + mean * mean * sums["TT"]
    variance = (squares - mean * T) / sums["TT"]
    shape = min(max(mean * mean / variance, 0.1), 20.0) if variance > 0 else 20.0
    return float(shape), float(shape / mean)
