"""What each definition of defection would have said of this log: how often, how rightly, and of how much money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from setia.audit.candidates import Candidate
from setia.audit.follow import followed
from setia.audit.predict import Predictability, predictability
from setia.defection import HorizonCurve, choose_horizon
from setia.engine import Engine
from setia.errors import InputError
from setia.features import Feature, select
from setia.history import Prepared, prepare
from setia.learn.predictor import Array
from setia.panel import Panel, make_panel, thinning
from setia.progress import SILENT, Progress
from setia.source import Log
from setia.timeline import date_of

Mask = NDArray[np.bool_]
#: What the quick models look at, and the pace that a return is measured by.
FAMILIES = ("rfm", "rhythm", "trend")


@dataclass(frozen=True)
class AuditSettings:
    """How the audit looks: at most `cutoffs` days to look from, `step_days` apart (null: the horizon, at least 28).

    `follow_up_days`: how long after the horizon it is watched who comes back (null: twice the horizon).
    `output`: the folder of the page, its figure and its figures as JSON.

    Raises:
        InputError: a number is less than 1.
    """

    cutoffs: int = 8
    step_days: int | None = None
    follow_up_days: int | None = None
    max_rows: int = 400_000
    output: str = "models/define"

    def __post_init__(self) -> None:
        for name in ("cutoffs", "step_days", "follow_up_days", "max_rows"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"define.{name}={value} must be at least 1.")


@dataclass(frozen=True)
class Rate:
    """What a definition said at one cutoff: of `covered` customers, `defected`, and of the money of both.

    `spend` is what those covered brought within as many days as the horizon has, before the cutoff; `spend_defected`
    the part of it that came from those who defected; `lost` the part of the latter that did not come again.
    """

    cutoff: int
    covered: int
    defected: int
    spend: float
    spend_defected: float
    lost: float

    @property
    def share(self) -> float:
        """The defection rate."""
        return self.defected / self.covered if self.covered else float("nan")


@dataclass(frozen=True)
class Finding:
    """All that is said of one candidate.

    `covered_share`: of all customers who bought within the look-back of a year, at the last cutoff.
    `still_buying`: of the defected, who bought within the horizon all the same. `came_back`: of them, who bought at
    all in the follow-up; `came_back_in_full`: at no less than three quarters of their former pace (type I error).
    `missed`: of those covered who stayed silent for the whole follow-up, who had not been labelled (type II error).
    `unsteadiness`: standard deviation of the rate over cutoffs, over its mean.
    """

    candidate: Candidate
    rates: tuple[Rate, ...]
    still_buying: float
    came_back: float
    came_back_in_full: float
    missed: float
    unsteadiness: float
    predictability: Predictability | None

    @property
    def covered(self) -> float:
        """How many customers it covers, on average over the cutoffs."""
        return sum(rate.covered for rate in self.rates) / len(self.rates)

    @property
    def rate(self) -> float:
        """The defection rate over all cutoffs."""
        covered = sum(rate.covered for rate in self.rates)
        return sum(rate.defected for rate in self.rates) / covered if covered else float("nan")

    @property
    def lost_share(self) -> float:
        """The share of the covered customers' spend that is lost per horizon."""
        spend = sum(rate.spend for rate in self.rates)
        return sum(rate.lost for rate in self.rates) / spend if spend > 0 else float("nan")


@dataclass(frozen=True)
class Audit:
    """The findings on one log, in the order of the candidates. What is called spend is counted in `basis`.

    `agreement[i, j]`: of those whom i labels and j covers, the share that j labels too. `everybody`: spend of all
    customers per cutoff, within as many days as the horizon has. `followed`: cutoffs with a whole follow-up.
    """

    log: str
    basis: str
    currency: str
    horizon_days: int
    follow_up_days: int
    curve: HorizonCurve
    cutoffs: tuple[int, ...]
    followed: tuple[int, ...]
    everybody: tuple[float, ...]
    findings: tuple[Finding, ...]
    agreement: Array


def audit(
    settings: AuditSettings,
    wanted: Sequence[Candidate],
    log: Log,
    engine: Engine,
    basis: str,
    horizon_days: int | None,
    seed: int,
    progress: Progress = SILENT,
) -> Audit:
    """Look back on a log as each candidate would have seen it.

    Raises:
        InputError: the log is too short for one horizon after one horizon of history.
    """
    with progress.stage("customer days"):
        prepared = prepare(log.lines, engine)
    curve = choose_horizon(prepared, engine, log.first_day, log.last_day)
    horizon = horizon_days or curve.horizon_days
    follow = settings.follow_up_days or 2 * horizon
    cutoffs = _cutoffs(settings, log, horizon)
    seen = tuple(cutoff for cutoff in cutoffs if cutoff + horizon + follow <= log.last_day)
    features = select(log.columns, FAMILIES)
    every = thinning(log.n_customers, 2 * len(cutoffs), settings.max_rows)
    first, *rest = (candidate.definition for candidate in wanted)
    with progress.stage("labels of every definition"):
        panel = make_panel(
            prepared, cutoffs, horizon, features, first, basis, also=rest, every=every, progress=progress
        )
    later = _later(prepared, panel, seen, horizon + follow, features, basis, every)
    prepared.close()
    labels = np.column_stack([panel.defected, *panel.also])
    with progress.stage("how well each can be foreseen"):
        foreseen = [predictability(panel, labels[:, place], cutoffs, horizon, seed) for place in range(len(wanted))]
    findings = tuple(
        _finding(candidate, panel, labels[:, place], cutoffs, later, follow, foreseen[place])
        for place, candidate in enumerate(wanted)
    )
    everybody = tuple(float(np.maximum(panel.at(cutoff).last_value, 0.0).sum()) for cutoff in cutoffs)
    return Audit(
        log.name, basis, log.currency, horizon, follow, curve, cutoffs, seen, everybody, findings, _agreement(labels)
    )


def _cutoffs(settings: AuditSettings, log: Log, horizon: int) -> tuple[int, ...]:
    """Return the days to look from, oldest first: the last leaves one horizon, the first has a quarter of the log."""
    last, step = log.last_day - horizon, settings.step_days or max(horizon, 28)
    first = log.first_day + max((log.last_day - log.first_day) // 4, horizon)
    found = [last - place * step for place in range(settings.cutoffs)]
    if last < first:
        raise InputError(
            f"{log.name} ({date_of(log.first_day)} to {date_of(log.last_day)}) is too short to look back on with "
            f"horizon_days={horizon}; bring a longer log, or set a shorter horizon_days."
        )
    return tuple(sorted(cutoff for cutoff in found if cutoff >= first))


def _later(
    prepared: Prepared,
    panel: Panel,
    seen: tuple[int, ...],
    horizon: int,
    features: tuple[Feature, ...],
    basis: str,
    every: int,
) -> Array:
    """Return the purchases of each row in the follow-up, NaN where it is not over."""
    found = np.full(len(panel), np.nan)
    if not seen:
        return found
    from setia.defection import Silence

    few = tuple(feature for feature in features if feature.name == "days_since_last")
    longer = make_panel(prepared, seen, horizon, few, Silence(), basis, every=every)
    rows = np.isin(panel.cutoff, seen)
    found[rows] = longer.purchases - panel.purchases[rows]
    return found


def _finding(
    candidate: Candidate,
    panel: Panel,
    label: Array,
    cutoffs: tuple[int, ...],
    later: Array,
    follow_up_days: int,
    foreseen: Predictability | None,
) -> Finding:
    rates = tuple(_rate(panel, label, cutoff) for cutoff in cutoffs)
    shares = np.array([rate.share for rate in rates if rate.covered])
    gone = label == 1
    back = followed(panel, label, later, follow_up_days)
    return Finding(
        candidate,
        rates,
        still_buying=float((panel.purchases[gone] > 0).mean()) if gone.any() else float("nan"),
        came_back=back.came_back,
        came_back_in_full=back.in_full,
        missed=back.missed,
        unsteadiness=float(shares.std() / shares.mean()) if len(shares) > 1 and shares.mean() > 0 else float("nan"),
        predictability=foreseen,
    )


def _rate(panel: Panel, label: Array, cutoff: int) -> Rate:
    here = panel.cutoff == cutoff
    covered, gone = here & ~np.isnan(label), here & (label == 1)
    spend = np.maximum(panel.last_value, 0.0)
    lost = np.maximum(spend - np.maximum(panel.value, 0.0), 0.0)
    return Rate(
        cutoff,
        int(covered.sum()),
        int(gone.sum()),
        float(spend[covered].sum()),
        float(spend[gone].sum()),
        float(lost[gone].sum()),
    )


def _agreement(labels: Array) -> Array:
    size = labels.shape[1]
    found = np.full((size, size), np.nan)
    for i in range(size):
        for j in range(size):
            asked = (labels[:, i] == 1) & ~np.isnan(labels[:, j])
            if asked.any():
                found[i, j] = float((labels[asked, j] == 1).mean())
    return found
