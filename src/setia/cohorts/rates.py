"""Retention and defection per month, whole, by cohort and by value, in customers and in money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from setia.cohorts.months import month_ends, quarter
from setia.defection import Definition, choose_horizon
from setia.engine import Engine, Frame
from setia.errors import InputError
from setia.features import Feature, named
from setia.history import Base, Future, History, prepare
from setia.panel import Panel, make_panel, thinning
from setia.progress import SILENT, Progress
from setia.source import Log
from setia.timeline import date_of

Mask = NDArray[np.bool_]
#: Customers by what they brought within a year before: the share of them that each group holds, best first.
SEGMENTS = (("the best fifth", 0.2), ("the next three tenths", 0.3), ("the other half", 0.5))


@dataclass(frozen=True)
class RetentionSettings:
    """Of at most so many months, the latest; `output` ends in .csv or .parquet, a figure lies beside it.

    Raises:
        InputError: a number is less than 1.
    """

    months: int = 36
    max_rows: int = 1_000_000
    output: str = "models/retention/retention.csv"

    def __post_init__(self) -> None:
        for name in ("months", "max_rows"):
            if getattr(self, name) < 1:
                raise InputError(f"retention.{name}={getattr(self, name)} must be at least 1.")
        if not self.output.endswith((".csv", ".parquet")):
            raise InputError(f"retention.output={self.output} must end in .csv or .parquet.")


@dataclass(frozen=True)
class Month:
    """What became, within a horizon after the end of a month, of the customers who were active then.

    `kind` is all, cohort or segment. Of `customers`, `retained` and `defected` are known, the rest is not yet: then
    `ripe` is False, and the rate lies between `low` and `high`. `spend`: what they brought within as many days as the
    horizon has, before the end of the month; `spend_retained`, `spend_defected`: of those who stayed, or left; `kept`:
    what all of them brought within the horizon (of an unripe month: so far).
    """

    end: int
    kind: str
    group: str
    customers: int
    retained: int
    defected: int
    spend: float
    spend_retained: float
    spend_defected: float
    kept: float
    ripe: bool

    @property
    def low(self) -> float:
        """The retention rate if all who are not known yet leave."""
        return self.retained / self.customers

    @property
    def high(self) -> float:
        """The retention rate if all who are not known yet stay."""
        return (self.customers - self.defected) / self.customers

    @property
    def rate(self) -> float:
        """The retention rate; NaN where it is not known yet."""
        return self.low if self.ripe else float("nan")

    @property
    def money_rate(self) -> float:
        """The share of the spend that came from those who stayed; NaN where it is not known yet."""
        return self.spend_retained / self.spend if self.ripe and self.spend > 0 else float("nan")


@dataclass(frozen=True)
class Retention:
    """Every month with its groups, oldest first; the customers at risk are those covered and not lapsed.

    What is called spend is counted in `basis`.
    """

    log: str
    basis: str
    currency: str
    definition: str
    words: str
    horizon_days: int
    months: tuple[Month, ...]

    def of(self, kind: str) -> tuple[Month, ...]:
        """Return the months of a kind."""
        return tuple(month for month in self.months if month.kind == kind)


def retention(
    settings: RetentionSettings,
    definition: Definition,
    log: Log,
    engine: Engine,
    basis: str,
    horizon_days: int | None,
    progress: Progress = SILENT,
) -> Retention:
    """Measure retention at the end of every month.

    At risk are those whom the definition covers and who are not lapsed: silent for longer than 99 % of the gaps that
    the base had had by then. Customers are counted, and their spend, so that the loss of a good one weighs more.

    Raises:
        InputError: no month ends within the log with a horizon of history before it.
    """
    with progress.stage("customer days"):
        prepared = prepare(log.lines, engine)
    horizon = horizon_days or choose_horizon(prepared, engine, log.first_day, log.last_day).horizon_days
    ends = month_ends(log.first_day + horizon, log.last_day - 1)[-settings.months :]
    if not ends:
        raise InputError(
            f"No month ends within {log.name} ({date_of(log.first_day)} to {date_of(log.last_day)}) with a horizon of "
            f"{horizon} days before it; bring a longer log or set a shorter horizon_days."
        )
    every = thinning(log.n_customers, len(ends), settings.max_rows)
    with progress.stage("who stayed"):
        panel = make_panel(
            prepared,
            ends,
            horizon,
            _features(log),
            definition,
            basis,
            also=[_Covered(definition)],
            every=every,
            progress=progress,
        )
    bases = prepared.bases(ends)
    prepared.close()
    months = [month for end in ends for month in _months(panel.at(end), end, bases[end], horizon, log.last_day)]
    return Retention(log.name, basis, log.currency, definition.name, definition.words, horizon, tuple(months))


@dataclass(frozen=True)
class _Covered:
    """Labels everybody whom a definition covers, whatever comes: an unripe month does not know more of most."""

    definition: Definition
    name: ClassVar[str] = "covered"
    version: ClassVar[int] = 1
    words: ClassVar[str] = "covered"
    covers_silence: ClassVar[bool] = False

    def eligible(self, history: History, horizon_days: int) -> Frame:
        return self.definition.eligible(history, horizon_days)

    def label(self, history: History, future: Future) -> Frame:
        return self.eligible(history, future.horizon_days).with_columns(defected=nw.lit(1, dtype=nw.Int8))


def _features(log: Log) -> tuple[Feature, ...]:
    return named(("days_since_last", "T_days", "spend_365d" if "amount" in log.columns else "purchases_365d"))


def _months(panel: Panel, end: int, base: Base, horizon: int, last_day: int) -> Iterator[Month]:
    lapsed = base.p99_gap_days if base.p99_gap_days is not None else np.inf
    risk = (panel.column("days_since_last") <= lapsed) & (panel.also[0] == 1)
    ripe = end + horizon <= last_day
    rows = panel.rows(risk)
    if not len(rows):
        return
    yield _month(rows, end, "all", "all", np.ones(len(rows), dtype=bool), ripe=ripe)
    cohort = np.array([quarter(int(end - T)) for T in rows.column("T_days")], dtype=object)
    for group in sorted(set(cohort)):
        yield _month(rows, end, "cohort", group, cohort == group, ripe=ripe)
    rank = np.empty(len(rows), dtype=np.int64)
    rank[np.argsort(-rows.X[:, -1], kind="stable")] = np.arange(len(rows))
    # whole ranks, so that everybody is in one group: shares add up to one only nearly
    ends = np.rint(np.cumsum([share for _, share in SEGMENTS]) * len(rows)).astype(np.int64)
    for (group, _), first, last in zip(SEGMENTS, (0, *ends), ends, strict=False):
        members = (rank >= first) & (rank < last)
        if members.any():
            yield _month(rows, end, "segment", group, members, ripe=ripe)


def _month(panel: Panel, end: int, kind: str, group: str, members: Mask, *, ripe: bool) -> Month:
    stayed, left = members & (panel.defected == 0), members & (panel.defected == 1)
    spend = np.maximum(panel.last_value, 0.0)
    return Month(
        end,
        kind,
        group,
        int(members.sum()),
        int(stayed.sum()),
        int(left.sum()),
        float(spend[members].sum()),
        float(spend[stayed].sum()),
        float(spend[left].sum()),
        float(panel.value[members].sum()),
        ripe,
    )
