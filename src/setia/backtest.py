"""The whole pipeline on rolling cutoffs, each time on the log as it was known then, beside the peers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from setia.bundle import Bundle
from setia.defection import choose_horizon
from setia.engine import Engine
from setia.errors import InputError
from setia.evaluate.bootstrap import Weights, resample
from setia.evaluate.comparison import Comparison, Verdict, average, compare
from setia.evaluate.measures import Truth
from setia.evaluate.peers import Contender, Task, in_share, peers, rfm_features
from setia.features import Feature
from setia.history import Prepared
from setia.learn.dropout import COLUMNS
from setia.learn.predictor import Array
from setia.panel import Panel, make_panel, thin
from setia.progress import SILENT, Progress
from setia.source import Log, until
from setia.timeline import date_of, day_of
from setia.training import OURS, TrainSettings, train
from setia.value import basis_of, prepare_log


@dataclass(frozen=True)
class BacktestSettings:
    """Where the pipeline is put back in time.

    `cutoffs` are dates; empty: the last `count` days that are `step_days` apart (null: the horizon), the last
    of them a full horizon before the log's end. `output` is the page; the figures lie beside it as JSON.

    Raises:
        InputError: a number is less than 1, a date is none, or the page would be no Markdown.
    """

    count: int = 3
    step_days: int | None = None
    cutoffs: tuple[str, ...] = ()
    output: str = "models/backtest/backtest.md"

    def __post_init__(self) -> None:
        for name in ("count", "step_days"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"backtest.{name}={value} must be at least 1.")
        if not self.output.endswith(".md"):
            raise InputError(f"backtest.output={self.output} must end in .md; the figures go beside it as .json.")
        object.__setattr__(self, "cutoffs", tuple(self.cutoffs))
        for date in self.cutoffs:
            day_of(date)


@dataclass(frozen=True)
class CutoffResult:
    """One cutoff: what really came, what each method had said of it (ours first), and how they compare."""

    cutoff: int
    truth: Truth
    methods: tuple[Contender, ...]
    comparison: Comparison
    seconds: float

    @property
    def customers(self) -> int:
        """The number of customers judged."""
        return len(self.truth.value)

    @property
    def defected(self) -> float:
        """The share that defected, of those of whom it is known."""
        return float(np.nanmean(self.truth.defected))

    @property
    def value(self) -> float:
        """The mean value that came."""
        return float(self.truth.value.mean())


@dataclass(frozen=True)
class Backtest:
    """The result: one entry per cutoff, the average over them, and a sentence for each that was left out."""

    log: str
    currency: str
    basis: str
    definition: str
    horizon_days: int
    results: tuple[CutoffResult, ...]
    average: tuple[Verdict, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Ground:
    """What all cutoffs share: the settings, the log, what really came, and the bootstrap's customers."""

    recipe: TrainSettings
    log: Log
    horizon_days: int
    basis: str
    truth: Panel
    weights: Weights
    engine: Engine
    progress: Progress


def backtest(
    settings: BacktestSettings, recipe: TrainSettings, log: Log, engine: Engine, progress: Progress = SILENT
) -> Backtest:
    """Train at every cutoff on the log as it was known then, forecast, and compare with what came.

    Where `recipe` names no horizon, the whole log chooses one: it is the question, the same for every method.

    Raises:
        InputError: no cutoff can be trained.
    """
    basis = basis_of(recipe.value, log.columns)
    log = _bearable(log, len(settings.cutoffs) or settings.count, recipe.panel.max_rows, engine)
    with progress.stage("what really came"):
        whole = prepare_log(log, engine, recipe.value)
        horizon = recipe.horizon_days
        horizon = horizon or choose_horizon(whole, engine, log.first_day, log.last_day).horizon_days
        cutoffs, left_out = _possible(settings, log, horizon)
        if not cutoffs:
            raise _none_left(log, left_out)
        truth = _outcomes(whole, log, cutoffs, horizon, recipe, basis)
        whole.close()
    weights = resample(int((truth.cutoff == max(cutoffs)).sum()), recipe.seed)
    recipe = replace(recipe, horizon_days=horizon, also=())
    ground = _Ground(recipe, log, horizon, basis, truth, weights, engine, progress)
    results = []
    for place, cutoff in enumerate(cutoffs):
        progress.say(f"{date_of(cutoff)}, cutoff {place + 1} of {len(cutoffs)}")
        try:
            results.append(_at(ground, cutoff))
        except InputError as error:
            left_out.append(f"{date_of(cutoff)} was left out. {error}")
    if not results:
        raise _none_left(log, left_out)
    verdicts = average([result.comparison for result in results])
    definition = recipe.definition.name
    return Backtest(log.name, log.currency, basis, definition, horizon, tuple(results), verdicts, tuple(left_out))


def _bearable(log: Log, cutoffs: int, max_rows: int, engine: Engine) -> Log:
    """Keep every k-th customer where the rows to judge would outgrow the panel's limit."""
    lines = thin(log.lines, log.n_customers, cutoffs, max_rows)
    return log if lines is log.lines else until(replace(log, lines=lines), log.last_day, engine)


def _possible(settings: BacktestSettings, log: Log, horizon: int) -> tuple[list[int], list[str]]:
    """Return the cutoffs with history before and a full horizon after them, oldest first, and the others' faults."""
    last = log.last_day - horizon
    step = settings.step_days or horizon
    wanted = sorted({day_of(date) for date in settings.cutoffs} or {last - i * step for i in range(settings.count)})
    early = [day for day in wanted if day < log.first_day]
    late = [day for day in wanted if day > last]
    starts, ends = date_of(log.first_day), date_of(log.last_day)
    said = [f"{date_of(day)} was left out: the log starts later, on {starts}; name a later day." for day in early]
    said += [
        f"{date_of(day)} was left out: the log ends on {ends}, less than {horizon} days after it; name an earlier day."
        for day in late
    ]
    return [day for day in wanted if log.first_day <= day <= last], said


def _none_left(log: Log, left_out: Sequence[str]) -> InputError:
    return InputError(f"No cutoff of {log.name} can be tested. {' '.join(left_out)}")


def _outcomes(
    whole: Prepared,
    log: Log,
    cutoffs: Sequence[int],
    horizon: int,
    recipe: TrainSettings,
    basis: str,
) -> Panel:
    """Return what came after every cutoff, from the whole log; nothing else is ever made of it."""
    few = tuple(feature for feature in rfm_features(log.columns) if feature.name == "days_since_last")
    return make_panel(whole, cutoffs, horizon, few, recipe.definition, basis).as_valued()


def _at(ground: _Ground, cutoff: int) -> CutoffResult:
    """Train, forecast and judge at one cutoff; the log ends there for everything but the verdict."""
    start = time.perf_counter()
    engine, progress = ground.engine, ground.progress
    known = until(ground.log, cutoff, engine)
    bundle = train(ground.recipe, known, engine, progress).bundle
    prepared = prepare_log(known, engine, ground.recipe.value)
    with progress.stage("forecast"):
        panel = _panel(ground, prepared, [cutoff], bundle.features)
        truth, weights = _truth(ground, cutoff, panel)
        ours = _ours(bundle, panel, truth.value, ground.recipe.seed)
        share = _share(panel)
    with progress.stage("peers"):
        earlier = [cutoff - i * ground.horizon_days for i in (2, 1, 0)]
        earlier = [day for day in earlier if day >= known.first_day]
        task = _panel(ground, prepared, earlier, rfm_features(known.columns))
        asked = Task(task, cutoff, ground.horizon_days, ground.basis, ground.recipe.seed)
        others = [in_share(peer, share) for peer in peers(asked)]
    prepared.close()
    engine.drop(known.lines)
    with progress.stage("verdict"):
        comparison = compare(ours, others, truth, weights)
    return CutoffResult(cutoff, truth, (ours, *others), comparison, time.perf_counter() - start)


def _panel(ground: _Ground, prepared: Prepared, cutoffs: Sequence[int], features: tuple[Feature, ...]) -> Panel:
    recipe = ground.recipe
    return make_panel(prepared, cutoffs, ground.horizon_days, features, recipe.definition, ground.basis)


def _ours(bundle: Bundle, panel: Panel, came: Array, seed: int) -> Contender:
    """Return the bundle's forecasts; what came is only ranked in the distribution that they describe."""
    extended, names = bundle.extend(panel.X), (*bundle.feature_names, *COLUMNS)
    said = bundle.forecast_extended(extended)
    ours = Contender(OURS, said.p_defect, said.expected_value)
    if bundle.blend.predictive is None:
        return ours
    if bundle.margin is not None:
        return replace(ours, value_lo=said.expected_value_lo, value_hi=said.expected_value_hi)
    pit = bundle.blend.predictive.pit(came, said.p_none, said.expected_value, extended, names, seed)
    return replace(ours, value_lo=said.expected_value_lo, value_hi=said.expected_value_hi, pit=pit)


def _share(panel: Panel) -> float:
    """Return the share of past revenue that was profit, 1 where value is counted otherwise."""
    spent = float(panel.past_value.sum())
    return float(panel.as_valued().past_value.sum()) / spent if spent > 0 else 1.0


def _truth(ground: _Ground, cutoff: int, panel: Panel) -> tuple[Truth, Weights]:
    """Return what came of the panel's customers, and how often each is drawn in each bootstrap sample."""
    came, last = ground.truth.at(cutoff), ground.truth.at(int(ground.truth.cutoff.max()))
    if not np.array_equal(came.customer_id, panel.customer_id):
        raise AssertionError("The customers known at a cutoff must not depend on later lines.")
    # Whoever was known then is known later: the drawn worlds are of the last cutoff's customers.
    places = np.searchsorted(last.customer_id, came.customer_id)
    return Truth(came.customer_id, came.defected, came.value, panel.as_valued().yearly_value), ground.weights[:, places]
