"""What is learnt from the whole base at a cutoff, from its history alone: a handful of numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from setia.history.chunk import Chunk
from setia.history.known import Known
from setia.history.runs import Floats, Ints
from setia.history.waves import busy, fit_waves

if TYPE_CHECKING:
    import pyarrow as pa

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
    #: the yearly season as `waves.fit_waves` gives it; the one that is no scalar
    waves: tuple[float, ...] = ()

    def season(self, horizon_days: int, look_back_days: int) -> float:
        """Return how busy the days ahead are beside those behind, by the season alone: between one half and two.

        1 where the log is too short to tell (`waves.LEAST_DAYS`). A look-back before the log counts no days.
        """
        behind = min(look_back_days, self.history_days)
        ahead = busy(self.waves, 1, horizon_days) / busy(self.waves, 1 - behind, 0)
        return float(np.clip(ahead, 0.5, 2.0))


def base_of(total: Sums, cutoff: int, first_day: int, has_amount: bool) -> Base:
    """Make the base at a cutoff out of the sums of all pieces."""
    sums, gaps = total.named(cutoff), total.gaps(cutoff)
    history_days = cutoff - first_day + 1
    gap_sd, gap_weight = _spread(sums, "gap")
    value_sd, value_weight = _spread(sums, "log_value") if has_amount else (None, 1.0)
    shape, scale = _gamma_of_rates(sums, history_days)

    def bought(newest: int, oldest: int) -> float:
        return total.bought(cutoff - oldest + 1, cutoff - newest)

    year = YEAR_DAYS
    return Base(
        customers=int(sums["customers"]),
        purchases=int(sums["n"]),
        history_days=history_days,
        median_gap_days=_quantile(gaps, 0.5),
        p90_gap_days=_quantile(gaps, 0.9),
        p99_gap_days=_quantile(gaps, 0.99),
        gap_mean_days=_over(sums["own_gap"], sums["gap_groups"]),
        gap_log_mean=_over(sums["gap_of"], sums["gap_groups"]),
        gap_log_sd=gap_sd,
        gap_weight=gap_weight,
        rate_shape=shape,
        rate_scale_days=scale,
        value_mean=_over(sums["own_value"], sums["customers"]) if has_amount else None,
        value_log_mean=_over(sums["log_value_of"], sums["log_value_groups"]) if has_amount else None,
        value_log_sd=value_sd,
        value_weight=value_weight,
        trend_28d=_over(bought(0, 28), bought(28, 56), history_days >= 56),
        season_28d=_over(bought(year - 28, year), bought(year, year + 28), history_days >= year + 28),
        season_91d=_over(bought(year - 91, year), bought(year, year + 91), history_days >= year + 91),
        waves=fit_waves(*(total.daily(kind, first_day, cutoff) for kind in (DAY, JOINED))),
    )


def _over(top: float, bottom: float, known: bool = True) -> float | None:
    return top / bottom if known and bottom else None


def _quantile(counts: Floats, share: float) -> float | None:
    """Return a quantile, linear between order statistics, of whole numbers given how often each occurs."""
    total = counts.sum()
    if not total:
        return None
    place = share * (total - 1)
    low, high = (int(np.searchsorted(np.cumsum(counts), at, side="right")) for at in (np.floor(place), np.ceil(place)))
    return float(low + (high - low) * (place - np.floor(place)))


@dataclass(frozen=True)
class Sums:
    """What pieces add up to. `table` has the columns kind, cutoff, key, value.

    kind SUM: key numbers `SUMS`, over the customers known at the cutoff. kind GAP: key is a gap in days, value how
    often it ended between the cutoff before and this one. kind DAY: key is a day, value its purchases. kind JOINED: the
    same of first purchases.
    """

    kind: Ints
    cutoff: Ints
    key: Ints
    value: Floats

    @staticmethod
    def added(parts: Iterable[pa.Table]) -> Sums:
        """Put the sums of several pieces beside each other; they are added up when they are asked for."""
        columns = [[part[name].to_numpy() for name in ("kind", "cutoff", "key", "value")] for part in parts]
        return Sums(*(np.concatenate(column) for column in zip(*columns, strict=True)))

    def named(self, cutoff: int) -> dict[str, float]:
        """Return the sums over customers at a cutoff."""
        here = (self.kind == SUM) & (self.cutoff == cutoff)
        # exactly rounded, so that the order in which an engine hands over its pieces does not matter
        return {name: math.fsum(self.value[here & (self.key == number)]) for number, name in enumerate(SUMS)}

    def gaps(self, cutoff: int) -> Floats:
        """Return how often each gap (in days) had ended by a cutoff."""
        here = (self.kind == GAP) & (self.cutoff <= cutoff)
        return np.bincount(self.key[here], self.value[here]).astype(np.float64)

    def daily(self, kind: int, first: int, last: int) -> Floats:
        """Return the purchases (DAY) or first purchases (JOINED) of each day from first to last, both inclusive."""
        here = (self.kind == kind) & (self.key >= first) & (self.key <= last)
        return np.bincount(self.key[here] - first, self.value[here], minlength=last - first + 1).astype(np.float64)

    def bought(self, first: int, last: int) -> float:
        """Return the purchases of some days, both inclusive."""
        here = (self.kind == DAY) & (self.key >= first) & (self.key <= last)
        return float(self.value[here].sum())


SUM, GAP, DAY, JOINED = 0, 1, 2, 3
_GROUPED = ("n", "sum", "sum_2", "between", "nn", "groups", "of")
SUMS: Final = (
    *("customers", "n", "x", "T", "xx", "xT", "TT", "own_gap", "own_value"),
    *(f"{kind}_{name}" for kind in ("gap", "log_value") for name in _GROUPED),
)


def sums_at(piece: pa.Table, cutoffs: tuple[int, ...], has_amount: bool) -> pa.Table:
    """Add up, at each cutoff, what the base is made of: a kernel over customer-days of whole customers."""
    chunk = Chunk(piece)
    gap = chunk.column("gap_days")
    bought, first = chunk.is_purchase, chunk.column("is_first")
    columns = {"n": bought.astype(np.float64), **_logs("gap", gap)}
    if has_amount:
        value = chunk.column("purchase_value")
        columns |= {"value": np.nan_to_num(value), **_logs("log_value", value)}
    totals = {name: np.zeros(len(chunk.ids)) for name in columns}
    found: list[tuple[int, int, Ints, Floats]] = []
    for known in chunk.walk(cutoffs):
        rows = known.fresh
        for name, column in columns.items():
            totals[name] += np.bincount(chunk.customer[rows], column[rows], minlength=len(chunk.ids))
        people = _people(totals, chunk, known, has_amount)
        found.append((SUM, known.cutoff, np.arange(len(SUMS)), np.array([people.get(name, 0.0) for name in SUMS])))
        ended = gap[rows[bought[rows]]]
        found.append((GAP, known.cutoff, *_counted(ended[~np.isnan(ended)])))
        found.append((DAY, known.cutoff, *_counted(chunk.day[rows[bought[rows]]])))
        found.append((JOINED, known.cutoff, *_counted(chunk.day[rows[first[rows]]])))
    return _table(found)


def _logs(name: str, values: Floats) -> dict[str, Floats]:
    """Return columns to sum: the logarithm of positive values, its square, and how many there are."""
    good = values > 0
    log = np.log(np.where(good, values, 1.0))
    return {f"{name}_sum": log, f"{name}_sum_2": log * log, f"{name}_n": good.astype(np.float64)}


def _counted(values: NDArray[Any]) -> tuple[Ints, Floats]:
    keys, counts = np.unique(values.astype(np.int64), return_counts=True)
    return keys, counts.astype(np.float64)


def _table(found: list[tuple[int, int, Ints, Floats]]) -> pa.Table:
    import pyarrow as pa

    lengths = [len(key) for _, _, key, _ in found]
    return pa.table(
        {
            "kind": np.repeat([kind for kind, _, _, _ in found], lengths),
            "cutoff": np.repeat([cutoff for _, cutoff, _, _ in found], lengths),
            "key": np.concatenate([key for _, _, key, _ in found]).astype(np.int64),
            "value": np.concatenate([value for _, _, _, value in found]),
        }
    )


def _people(totals: dict[str, Floats], chunk: Chunk, known: Known, has_amount: bool) -> dict[str, float]:
    """Return sums over the customers known, from which moments follow."""
    who = np.flatnonzero(known.buyers)
    n = totals["n"][who]
    x = n - 1
    T = known.age(chunk.purchase_rows[chunk.first_purchase[who]]).astype(np.float64)
    silent = known.age(known.latest(1)).astype(np.float64)
    came = x > 0
    found = {
        "customers": float(len(who)),
        "n": n.sum(),
        "x": x.sum(),
        "T": T.sum(),
        "xx": (x * x).sum(),
        "xT": (x * T).sum(),
        "TT": (T * T).sum(),
        "own_gap": ((T - silent)[came] / x[came]).sum(),
    }
    if has_amount:
        found["own_value"] = (totals["value"][who] / n).sum()
    for kind in ("gap", "log_value") if has_amount else ("gap",):
        count, total = totals[f"{kind}_n"][who], totals[f"{kind}_sum"][who]
        some = count > 0
        mean = total[some] / count[some]
        found |= {
            f"{kind}_n": count.sum(),
            f"{kind}_sum": total.sum(),
            f"{kind}_sum_2": totals[f"{kind}_sum_2"][who].sum(),
            f"{kind}_between": (count[some] * mean * mean).sum(),
            f"{kind}_nn": (count * count).sum(),
            f"{kind}_groups": float(some.sum()),
            f"{kind}_of": mean.sum(),
        }
    return found


def _spread(sums: dict[str, float], kind: str) -> tuple[float | None, float]:
    """Return the standard deviation within customers and the weight of the base's mean.

    One-way random effects, unbalanced (Searle, Casella and McCulloch 1992, section 3.6): the variance
    between customers is what the spread of their means exceeds that of chance.
    """
    total, groups = sums[f"{kind}_n"], sums[f"{kind}_groups"]
    if total <= groups or groups < 2:
        return None, 1.0
    within = max((sums[f"{kind}_sum_2"] - sums[f"{kind}_between"]) / (total - groups), 0.0)
    mean = sums[f"{kind}_sum"] / total
    excess = sums[f"{kind}_between"] - total * mean * mean - (groups - 1) * within
    between = max(excess / (total - sums[f"{kind}_nn"] / total), 1e-6)
    return float(within**0.5), float(min(max(within / between, 0.25), 20.0))


def _gamma_of_rates(sums: dict[str, float], history_days: int) -> tuple[float, float]:
    """Return shape and scale (days) of the gamma distribution of rates, by moments.

    Repeat purchases x are Poisson with mean rate x T: E[x] = m T and Var[x] = m T + v T^2, hence
    v = sum((x - m T)^2 - m T) / sum(T^2), shape = m^2 / v, scale = m / v.
    """
    x, T = sums["x"], sums["T"]
    if x <= 0 or T <= 0:
        return 1.0, float(history_days)
    mean = x / T
    squares = sums["xx"] - 2 * mean * sums["xT"] + mean * mean * sums["TT"]
    variance = (squares - mean * T) / sums["TT"]
    shape = min(max(mean * mean / variance, 0.1), 20.0) if variance > 0 else 20.0
    return float(shape), float(shape / mean)
