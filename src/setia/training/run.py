"""Training from a log to a Bundle and the proof of how good it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from importlib.metadata import version

import numpy as np

from setia.bundle import Bundle, Facts
from setia.defection import HorizonCurve, as_dict, choose_horizon
from setia.engine import Engine
from setia.evaluate.evaluation import Evaluation
from setia.evaluate.level import Level
from setia.features import Feature, FeatureSettings, select, switched_off
from setia.history import Base
from setia.learn.divide import NEVER, Divide, learn_divide
from setia.learn.dropout import NEEDED, VALUE, Dropout, with_dropout
from setia.learn.leak import stop_on_leak
from setia.learn.margin import PROFIT, SPEND
from setia.learn.outlook import Outlook, fit_outlook
from setia.learn.predictor import Array
from setia.ledger import Costs
from setia.panel import Panel, make_panel, thinning
from setia.progress import SILENT, Progress
from setia.source import Log
from setia.timeline import Timeline, date_of, plan
from setia.training.checking import check, try_estimators
from setia.training.fitting import fit
from setia.training.proving import proof_of
from setia.training.settings import TrainSettings
from setia.value import basis_of, prepare_log


@dataclass(frozen=True)
class Training:
    """A finished training: the Bundle for use, and what the rehearsal's models did on the holdout.

    `evaluation` is of the holdout, `holdout` the rows it was made on; `levels` are of every cutoff that was forecast
    out of time, by a blend that had learnt from earlier cutoffs only. `off` tells the features that the log
    cannot tell (family, missing column, how many), `importance` each feature's share of the classifier's gain.
    `others` are the trainings for the further definitions that were asked for.
    """

    bundle: Bundle
    timeline: Timeline
    curve: HorizonCurve | None
    evaluation: Evaluation
    levels: tuple[Level, ...]
    features: tuple[Feature, ...]
    off: tuple[tuple[str, str, int], ...]
    rows: int
    importance: tuple[tuple[str, float], ...]
    holdout: Panel
    others: tuple[Training, ...] = ()


def train(settings: TrainSettings, log: Log, engine: Engine, progress: Progress = SILENT) -> Training:
    """Train on a log, judge on its last full horizon, and refit up to the last usable cutoff.

    Raises:
        InputError: the log is too short, too small, or has nothing to learn from; an estimator refuses its settings.
    """
    basis = basis_of(settings.value, log.columns)
    try_estimators(settings)
    with progress.stage("customer days"):
        prepared = prepare_log(log, engine, settings.value)
    horizon, curve = settings.horizon_days, None
    if horizon is None:
        curve = choose_horizon(prepared, engine, log.first_day, log.last_day)
        horizon = curve.horizon_days
    timeline = plan(settings.cutoffs, log.first_day, log.last_day, horizon)
    features = features_for(prepared.columns, settings.features)
    with progress.stage("features and outcomes"):
        every = thinning(log.n_customers, len(timeline.cutoffs), settings.panel.max_rows)
        panel = make_panel(
            prepared,
            timeline.cutoffs,
            horizon,
            features,
            settings.definition,
            basis,
            also=settings.also,
            every=every,
            progress=progress,
        )
    names = panel.names
    stop_on_leak(panel.at(timeline.fit), settings.leak_allow)
    with progress.stage("buy-till-you-die"):
        panel, dropout = with_dropout(settings.dropout, panel, horizon, basis)
    with progress.stage("the years ahead"):
        outlook = fit_outlook(settings.dropout, prepared, log.last_day, basis, engine)
    last = timeline.final[-1]
    base = prepared.bases([last])[last]
    prepared.close()
    ground = _Ground(log, basis, timeline, curve, features, names, dropout, outlook, base)
    asked = (settings, *(replace(settings, definition=definition, also=()) for definition in settings.also))
    panels = [replace(panel, also=()), *(panel.by(place) for place in range(len(settings.also)))]
    for each, rows in zip(asked, panels, strict=True):
        check(rows, timeline, each.definition)
    first, *others = (_trained(each, rows, ground, progress) for each, rows in zip(asked, panels, strict=True))
    return replace(first, others=tuple(others))


@dataclass(frozen=True)
class _Ground:
    """What is the same for every definition of defection."""

    log: Log
    basis: str
    timeline: Timeline
    curve: HorizonCurve | None
    features: tuple[Feature, ...]
    names: tuple[str, ...]
    dropout: Dropout
    outlook: Outlook
    base: Base


def _trained(settings: TrainSettings, panel: Panel, ground: _Ground, progress: Progress) -> Training:
    """Fit and judge the models of one definition."""
    timeline, log = ground.timeline, ground.log
    if settings.also or settings.definition.name != "silence":
        progress.say(f"defection = {settings.definition.name}: {settings.definition.words}")
    fitted = fit(settings, panel, timeline, ground.basis, progress)
    bundle = Bundle(
        members=fitted.members,
        dropout=ground.dropout,
        blend=fitted.blend,
        outlook=ground.outlook,
        divide=Divide(NEVER, NEVER),
        margin=fitted.margin,
        feature_names=ground.names,
        facts=_facts(settings, log, ground.basis, timeline, ground.features, ground.base),
        typical=_typical(panel.at(timeline.final[-1]), len(ground.names)),
        proof=proof_of(fitted.evaluation, fitted.levels, timeline.horizon_days),
    )
    said = bundle.forecast_extended(panel.at(timeline.final[-1]).X, timeline.final[-1])
    bundle = replace(bundle, divide=learn_divide(said.clv, said.p_defect, said.value_at_risk))
    gains = fitted.members.classifier.importance()
    order = np.argsort(-gains)
    importance = tuple((panel.names[i], float(gains[i] / max(gains.sum(), 1e-300))) for i in order)
    return Training(
        bundle,
        timeline,
        ground.curve,
        fitted.evaluation,
        fitted.levels,
        ground.features,
        # profit is switched by a setting, not by what the log can tell
        switched_off((*log.columns, "profit"), settings.features.families),
        len(panel),
        importance,
        fitted.tried.holdout,
    )


def features_for(columns: tuple[str, ...], settings: FeatureSettings) -> tuple[Feature, ...]:
    """Return the features of the chosen families, and those that the rules, the dropout model and margins go by."""
    chosen = {feature.name for feature in select(columns, settings.families)}
    always = {"days_since_last", *NEEDED, VALUE, *((*SPEND, *PROFIT) if "profit" in columns else ())}
    return tuple(feature for feature in select(columns) if feature.name in chosen | always)


def _typical(panel: Panel, features: int) -> Array:
    """Return three quantiles of each feature; NaN where all rows of it are missing."""
    found = np.full((features, 3), np.nan)
    for j in range(features):
        present = panel.X[:, j][~np.isnan(panel.X[:, j])].astype(np.float64)
        if len(present):
            found[j] = np.quantile(present, [0.05, 0.5, 0.95])
    return found


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
        definition_settings=as_dict(settings.definition)["settings"],
        as_of=date_of(timeline.as_of).isoformat(),
        cutoffs=tuple(date_of(cutoff).isoformat() for cutoff in timeline.final),
        customers=log.n_customers,
        fingerprint=log.fingerprint,
        purchase_value_mean=base.value_mean,
        gap_median_days=base.median_gap_days,
        setia_version=version("setia"),
        seed=settings.seed,
        costs=asdict(settings.value.costs or Costs()) if basis == "profit" else None,
    )
