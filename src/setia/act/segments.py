"""The segments of a base: how many customers, how much money, and what the most valuable of them began with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from setia.act.ground import scored
from setia.act.profile import Trait, profile
from setia.bundle import Bundle
from setia.engine import Engine
from setia.errors import InputError
from setia.ledger import UNITS, Costs, book
from setia.policy import Stakes
from setia.progress import SILENT, Progress
from setia.scoring import ScoreSettings
from setia.segment import MEANINGS
from setia.source import Log

#: The profit of a segment is told over so many calendar months, the last one included.
PROFIT_MONTHS = 12


@dataclass(frozen=True)
class SegmentSettings:
    """`output`: of the segments, a CSV; the profile lies beside it. `least`: of the valuable who have a trait.

    Raises:
        InputError: the output has another ending, or `least` is below 1.
    """

    output: str = "models/segments/segments.csv"
    least: int = 20

    def __post_init__(self) -> None:
        if not self.output.endswith(".csv"):
            raise InputError(f"segments.output={self.output} must end in .csv.")
        if self.least < 1:
            raise InputError(f"segments.least={self.least} must be at least 1.")


@dataclass(frozen=True)
class SegmentSum:
    """One segment: `customers`, their `clv` and `value_at_risk` in all, and the mean `p_defect` (NaN: not covered).

    `profit`: what they have brought over the last `PROFIT_MONTHS` by the ledger; null where value is no profit.
    """

    name: str
    customers: int
    clv: float
    value_at_risk: float
    p_defect: float
    profit: float | None


@dataclass(frozen=True)
class Segments:
    """Every segment that has somebody; `traits`: what sets the `valuable` customers apart from the rest."""

    log: str
    currency: str
    basis: str
    as_of: int
    sums: tuple[SegmentSum, ...]
    traits: tuple[Trait, ...]
    valuable: int
    customers: int


def segments(
    settings: SegmentSettings,
    bundle: Bundle,
    log: Log,
    engine: Engine,
    score: ScoreSettings,
    *,
    model_version: str,
    live: bool,
    progress: Progress = SILENT,
) -> Segments:
    """Score a log and add its customers up by segment; the valuable hold most of all clv (`setia.learn.divide`).

    Raises:
        InputError: the log cannot be scored by this model.
    """
    found = scored(bundle, log, engine, score, model_version=model_version, live=live, progress=progress)
    return divided(settings, bundle, log, engine, found.stakes, progress)


def divided(
    settings: SegmentSettings, bundle: Bundle, log: Log, engine: Engine, stakes: Stakes, progress: Progress = SILENT
) -> Segments:
    """Add up by segment customers who have been scored already."""
    sums = []
    profit = _profit(bundle, log, engine, stakes.customer_id, progress)
    for name in MEANINGS:
        here = stakes.segment == name
        known = stakes.p_defect[here & ~np.isnan(stakes.p_defect)]
        if here.any():
            risk = float(np.nansum(stakes.value_at_risk[here]))
            mean = float(known.mean()) if len(known) else float("nan")
            brought = None if profit is None else float(profit[here].sum())
            sums.append(SegmentSum(name, int(here.sum()), float(stakes.clv[here].sum()), risk, mean, brought))
    valuable = stakes.clv >= bundle.divide.valuable
    with progress.stage("first purchases"):
        traits = (
            profile(log, engine, stakes.customer_id, valuable, settings.least)
            if 0 < valuable.sum() < len(valuable)
            else []
        )
    facts = bundle.facts
    return Segments(
        log.name,
        log.currency or facts.currency,
        facts.basis,
        log.last_day,
        tuple(sums),
        tuple(traits),
        int(valuable.sum()),
        len(stakes),
    )


def _profit(
    bundle: Bundle, log: Log, engine: Engine, ids: NDArray[np.object_], progress: Progress
) -> NDArray[np.float64] | None:
    """Return what each customer has brought lately after costs, shape (customers,); null where nothing is costed."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if bundle.facts.costs is None:
        return None
    rows = book(log, engine, Costs(**bundle.facts.costs), progress).months
    lately = rows.filter(pc.greater(rows["month"], int(pc.max(rows["month"]).as_py()) - PROFIT_MONTHS))
    sums = lately.group_by("customer_id").aggregate([("profit", "sum")])
    place = pc.index_in(pa.array(ids, pa.string()), value_set=sums["customer_id"].combine_chunks().cast(pa.string()))
    return np.asarray(pc.fill_null(sums["profit_sum"].take(place), 0).to_numpy(), dtype=np.float64) / UNITS
