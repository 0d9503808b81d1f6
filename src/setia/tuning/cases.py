"""The cases of a search: days of a log on which the pipeline stands still, forecasts, and meets what came.

Features and outcomes do not depend on what a trial varies: they are built once per log and kept in memory.
The last horizon of every log is never looked at, so that backtest and holdout stay honest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from setia import metrics
from setia.defection import choose_horizon
from setia.engine import Engine
from setia.errors import InputError
from setia.history import prepare
from setia.learn.dropout import COLUMNS, Dropout, fit_dropout, with_dropout
from setia.learn.leak import stop_on_leak
from setia.learn.rehearsal import rehearse
from setia.panel import Panel, make_panel, stack, thinning
from setia.progress import SILENT, Progress
from setia.source import Log
from setia.timeline import Timeline, TimelineSettings, date_of, plan
from setia.training import TrainSettings, check, features_for, finish
from setia.tuning.space import Recipe
from setia.value import sales_basis_of


@dataclass(frozen=True)
class Figures:
    """How far the forecasts of a case were off: log loss of p_defect (nats), RMSE of expected_value."""

    log_loss: float
    rmse: float


@dataclass(frozen=True)
class Case:
    """One log at one day. `panel` holds the log's rows at every cutoff of all its cases, `now` those of the day.

    The features of `now` are what a scoring run would make of them: its buy-till-you-die columns come from the
    fit that goes into use with the models, that of the last cutoff with a full future.
    """

    log: str
    fingerprint: str
    first_day: int
    day: int
    horizon_days: int
    basis: str
    panel: Panel
    now: Panel

    @property
    def name(self) -> str:
        """The log and the day, for people."""
        return f"{self.log} {date_of(self.day)}"

    def timeline(self, settings: TimelineSettings) -> Timeline:
        """Return the timeline of a training on this day."""
        return plan(settings, self.first_day, self.day, self.horizon_days)

    def figures(self, settings: TrainSettings) -> Figures:
        """Train on what was known on the day, forecast from there, and compare with what came."""
        timeline = self.timeline(settings.cutoffs)
        panel, now = self.panel.at(timeline.cutoffs), self.now
        recipe, rows = (settings.classifier, settings.regressor), settings.panel.max_fit_rows
        tried = rehearse(*recipe, panel, timeline, rows, settings.seed, apart=settings.apart)
        members, blend = finish(tried, settings, panel, timeline, self.basis)
        raw, combination = members.predict(now.X), blend.combination
        known = ~np.isnan(now.defected)
        return Figures(
            metrics.log_loss(now.defected[known], combination.p_defect(raw)[known]),
            metrics.rmse(now.value, combination.expected_value(raw)),
        )


def days_of(settings: TimelineSettings, first_day: int, last_day: int, horizon_days: int, wanted: int) -> list[int]:
    """Return the days to judge at, latest first: a horizon apart, or as far as the log allows.

    The latest has its whole future, and a horizon after that which is left alone.

    Raises:
        InputError: the log is too short for a single one.
    """
    history = settings.history_days(horizon_days)
    latest, earliest = last_day - 2 * horizon_days, first_day + history - 1 + horizon_days
    if latest < earliest:
        raise InputError(
            f"The log covers {last_day - first_day + 1} days ({date_of(first_day)} to {date_of(last_day)}), too few to "
            f"tune for horizon_days={horizon_days}: that takes {3 * horizon_days + history} days, of which the last "
            f"{horizon_days} are left alone. Bring a longer log, or set a shorter horizon_days."
        )
    days = list(range(latest, earliest - 1, -horizon_days))[:wanted]
    if len(days) < wanted:
        days = sorted({int(day) for day in np.linspace(earliest, latest, wanted)}, reverse=True)
    return days


def cases_of(
    log: Log, engine: Engine, recipe: Recipe, largest_count: int, wanted: int, progress: Progress = SILENT
) -> list[Case]:
    """Build the cases of a log, latest first; those with nothing to tell apart are left out.

    `largest_count` is the most cutoffs that a trial may fit on. The horizon is chosen as training would
    choose it, by all gaps of the log.

    Raises:
        InputError: the log is too short, too small, or has nothing to learn from at any of its days.
    """
    settings = recipe.make({})
    basis = sales_basis_of(settings.value, log.columns)
    prepared = prepare(log.lines, engine)
    horizon = settings.horizon_days
    if horizon is None:
        horizon = choose_horizon(prepared, engine, log.first_day, log.last_day).horizon_days
    days = days_of(settings.cutoffs, log.first_day, log.last_day, horizon, wanted)
    most = replace(settings.cutoffs, count=max(largest_count, settings.cutoffs.count))
    needed = {cutoff for day in days for cutoff in (*plan(most, log.first_day, day, horizon).cutoffs, day)}
    cutoffs = sorted(needed)
    every = thinning(log.n_customers, len(cutoffs), settings.panel.max_rows)
    features = features_for(log.columns, settings.features)
    panel = make_panel(prepared, cutoffs, horizon, features, settings.definition, basis, every=every, progress=progress)
    prepared.close()
    stop_on_leak(panel.at(plan(settings.cutoffs, log.first_day, days[0], horizon).fit), settings.leak_allow)
    extended, _ = with_dropout(settings.dropout, panel, horizon, basis)

    def case(day: int) -> Case:
        last = panel.at(plan(settings.cutoffs, log.first_day, day, horizon).final[-1])
        now = extend(fit_dropout(settings.dropout, last, horizon, basis), panel.at(day))
        return Case(log.name, log.fingerprint, log.first_day, day, horizon, basis, extended, now)

    return _usable([case(day) for day in days], settings, progress)


def extend(dropout: Dropout, panel: Panel) -> Panel:
    """Return a panel with the columns that a fitted dropout model adds."""
    return replace(panel, names=(*panel.names, *COLUMNS), X=dropout.extended(panel.X, panel.names))


def _usable(cases: list[Case], settings: TrainSettings, progress: Progress) -> list[Case]:
    kept, faults = [], []
    for case in cases:
        timeline = case.timeline(settings.cutoffs)
        try:
            check(case.panel, timeline, settings.definition)
            judged = stack([case.panel.at(timeline.cutoffs), case.now])
            check(judged, replace(timeline, holdout=case.day), settings.definition)
            kept.append(case)
        except InputError as fault:
            faults.append((case, fault))
    if not kept:
        raise faults[0][1]
    for left_out, why in faults:
        progress.say(f"  {left_out.name} is left out: {why}")
    return kept
