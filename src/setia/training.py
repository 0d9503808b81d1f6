"""Training from a log to a Bundle and the proof of how good it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from importlib.metadata import version

import numpy as np

from setia.bundle import Bundle, Facts
from setia.defection import Definition, HorizonCurve, Silence, choose_horizon
from setia.engine import Engine
from setia.errors import InputError
from setia.evaluate.evaluation import Evaluation, evaluate
from setia.evaluate.rules import Method, simple_rules
from setia.features import Feature, FeatureSettings, select, switched_off
from setia.history import Base, history, prepare
from setia.learn.combine import Combination, CombineSettings, fit_combination
from setia.learn.dropout import NEEDED, VALUE, DropoutSettings, with_dropout
from setia.learn.leak import stop_on_leak
from setia.learn.members import ClassifierSettings, Members, Raw, RegressorSettings, fit_members, stack
from setia.learn.predictor import Array
from setia.learn.rehearsal import Rehearsal, rehearse
from setia.learn.tryout import try_out
from setia.panel import Panel, PanelSettings, make_panel, thin
from setia.panel import stack as stack_panels
from setia.progress import SILENT, Progress
from setia.source import Log
from setia.timeline import Timeline, TimelineSettings, date_of, plan
from setia.value import ValueSettings, basis_of

#: The name under which the model stands in tables beside the simple rules.
OURS = "setia"
#: Fewer cannot teach a model anything that the simple rules do not know.
MINIMUM_CUSTOMERS = 50


@dataclass(frozen=True)
class TrainSettings:
    """Everything a training run may choose. `horizon_days` null lets the log choose.

    Raises:
        InputError: a number is too small to mean anything.
    """

    classifier: ClassifierSettings
    regressor: RegressorSettings
    definition: Definition = field(default_factory=Silence)
    value: ValueSettings = field(default_factory=ValueSettings)
    features: FeatureSettings = field(default_factory=FeatureSettings)
    cutoffs: TimelineSettings = field(default_factory=TimelineSettings)
    panel: PanelSettings = field(default_factory=PanelSettings)
    dropout: DropoutSettings = field(default_factory=DropoutSettings)
    combine: CombineSettings = field(default_factory=CombineSettings)
    horizon_days: int | None = None
    clv_horizon_days: int = 1095
    discount_rate_annual: float = 0.1
    leak_allow: Collection[str] = ()
    seed: int = 7

    def __post_init__(self) -> None:
        for name in ("horizon_days", "clv_horizon_days"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name}={value} must be at least 1.")
        if self.discount_rate_annual < 0:
            raise InputError(f"discount_rate_annual={self.discount_rate_annual} must not be negative.")
        if self.seed < 0:
            raise InputError(f"seed={self.seed} must not be negative.")


@dataclass(frozen=True)
class Training:
    """A finished training: the Bundle for use, and what the rehearsal's models did on the holdout.

    `evaluation` is of the holdout, `holdout` the rows it was made on. `off` tells the features that the log
    cannot tell (family, missing column, how many), `importance` each feature's share of the classifier's gain.
    """

    bundle: Bundle
    timeline: Timeline
    curve: HorizonCurve | None
    evaluation: Evaluation
    features: tuple[Feature, ...]
    off: tuple[tuple[str, str, int], ...]
    rows: int
    importance: tuple[tuple[str, float], ...]
    holdout: Panel


def train(settings: TrainSettings, log: Log, engine: Engine, progress: Progress = SILENT) -> Training:
    """Train on a log, judge on its last full horizon, and refit up to the last usable cutoff.

    Raises:
        InputError: the log is too short, too small, or has nothing to learn from; an estimator refuses its settings.
    """
    basis = basis_of(settings.value, log.columns)
    try_out(settings.classifier.estimator, "classifier")
    try_out(settings.regressor.estimator, "regressor")
    with progress.stage("customer days"):
        prepared = prepare(log.lines, engine)
    horizon, curve = settings.horizon_days, None
    if horizon is None:
        curve = choose_horizon(prepared, engine, log.first_day, log.last_day)
        horizon = curve.horizon_days
    timeline = plan(settings.cutoffs, log.first_day, log.last_day, horizon)
    features = _features(log.columns, settings.features)
    with progress.stage("features and outcomes"):
        lines = thin(log.lines, log.n_customers, len(timeline.cutoffs), settings.panel.max_rows)
        sample = prepared if lines is log.lines else prepare(lines, engine)
        panel = make_panel(
            sample, timeline.cutoffs, horizon, features, settings.definition, basis, engine, progress=progress
        )
    _check(panel, timeline)
    stop_on_leak(panel.at(timeline.fit), settings.leak_allow)
    names = panel.names
    with progress.stage("buy-till-you-die"):
        panel, dropout = with_dropout(settings.dropout, panel, horizon, basis)
    with progress.stage("rehearsal: fitting on the past"):
        tried = rehearse(
            settings.classifier,
            settings.regressor,
            panel,
            timeline,
            settings.panel.max_fit_rows,
            settings.seed,
            progress,
        )
    with progress.stage("evaluation on the holdout"):
        evaluation = judge(tried, settings, timeline)
    with progress.stage("final fit"):
        members, combination = finish(tried, settings, panel, timeline)
    bundle = Bundle(
        members=members,
        dropout=dropout,
        combination=combination,
        feature_names=names,
        facts=_facts(settings, log, basis, timeline, features, history(prepared, timeline.final[-1]).base),
        typical=_typical(panel.at(timeline.final[-1]), len(names)),
    )
    gains = members.classifier.importance()
    order = np.argsort(-gains)
    importance = tuple((panel.names[i], float(gains[i] / max(gains.sum(), 1e-300))) for i in order)
    return Training(
        bundle,
        timeline,
        curve,
        evaluation,
        features,
        switched_off(log.columns, settings.features.families),
        len(panel),
        importance,
        tried.holdout,
    )


def _features(columns: tuple[str, ...], settings: FeatureSettings) -> tuple[Feature, ...]:
    """Return the features of the chosen families, and those that the rules and the dropout model go by."""
    chosen = {feature.name for feature in select(columns, settings.families)}
    always = {"days_since_last", *NEEDED, VALUE}
    return tuple(feature for feature in select(columns) if feature.name in chosen | always)


def judge(tried: Rehearsal, settings: TrainSettings, timeline: Timeline) -> Evaluation:
    """Judge the rehearsal's models on the holdout, weights and calibration taken from the validation cutoff.

    Where the two are one, nothing is learnt from it: the blend stays at its start.
    """
    learnt = slice(None) if timeline.out_of_time else slice(0)
    places = np.arange(len(tried.validation))[learnt]
    combination = _combine(settings.combine, tried.raw_validation.rows(places), tried.validation.rows(places))
    ours = Method(OURS, combination.p_defect(tried.raw_holdout), combination.expected_value(tried.raw_holdout))
    rules = simple_rules(tried.validation, tried.holdout, timeline.horizon_days)
    return evaluate(tried.holdout, (ours, *rules), timeline.holdout, settings.seed)


def finish(tried: Rehearsal, settings: TrainSettings, panel: Panel, timeline: Timeline) -> tuple[Members, Combination]:
    """Refit every member on all usable cutoffs at the size the rehearsal found, and combine them by all
    that the rehearsal's models forecast out of time."""
    final = panel.at(timeline.final).sample(settings.panel.max_fit_rows, settings.seed)
    members = fit_members(settings.classifier, settings.regressor, final, None, settings.seed, tried.rounds)
    raws, seen = [tried.raw_validation], [tried.validation]
    if timeline.holdout != timeline.validation:
        raws.append(tried.raw_holdout)
        seen.append(tried.holdout)
    return members, _combine(settings.combine, stack(raws), stack_panels(seen))


def _combine(settings: CombineSettings, raw: Raw, seen: Panel) -> Combination:
    return fit_combination(settings, raw, seen.defected, seen.value)


def _typical(panel: Panel, features: int) -> Array:
    """Return three quantiles of each feature; NaN where all rows of it are missing."""
    found = np.full((features, 3), np.nan)
    for j in range(features):
        present = panel.X[:, j][~np.isnan(panel.X[:, j])].astype(np.float64)
        if len(present):
            found[j] = np.quantile(present, [0.05, 0.5, 0.95])
    return found


def _check(panel: Panel, timeline: Timeline) -> None:
    """Refuse a panel with nothing to learn from, in words."""
    fit = panel.at(timeline.fit)
    customers = len(np.unique(fit.customer_id)) if len(fit) else 0
    if customers < MINIMUM_CUSTOMERS:
        raise InputError(
            f"Only {customers} customers bought on or before {date_of(timeline.fit[-1])}; at least "
            f"{MINIMUM_CUSTOMERS} are needed to learn from. Bring a longer or larger log, or a shorter horizon_days."
        )
    for cutoff in (timeline.fit[-1], timeline.validation, timeline.holdout):
        known = panel.at(cutoff).defected
        known = known[~np.isnan(known)]
        if not len(known) or known.min() == known.max():
            came = "nobody" if len(known) and known.max() == 0 else "everybody"
            raise InputError(
                f"Within {timeline.horizon_days} days after {date_of(cutoff)} {came} defected, so there is nothing "
                f"to tell apart; choose another horizon_days (now {timeline.horizon_days})."
            )


def _facts(
    settings: TrainSettings, log: Log, basis: str, timeline: Timeline, features: tuple[Feature, ...], base: Base
) -> Facts:
    return Facts(
        source=log.name,
        columns=tuple(sorted({column for feature in features for column in feature.needs if column in log.columns})),
        basis=basis,
        currency=log.currency,
        timezone=log.timezone,
        horizon_days=timeline.horizon_days,
        clv_horizon_days=settings.clv_horizon_days,
        discount_rate_annual=settings.discount_rate_annual,
        definition=settings.definition.name,
        definition_version=settings.definition.version,
        as_of=date_of(timeline.as_of).isoformat(),
        cutoffs=tuple(date_of(cutoff).isoformat() for cutoff in timeline.final),
        customers=log.n_customers,
        fingerprint=log.fingerprint,
        purchase_value_mean=base.value_mean,
        gap_median_days=base.median_gap_days,
        setia_version=version("setia"),
        seed=settings.seed,
    )
