"""A scoring run: the features as of the log's last day, streamed through the models into the score table."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from setia.bundle import Bundle
from setia.engine import Engine
from setia.errors import InputError
from setia.features import named, select
from setia.history import Base, prepare
from setia.output import locked, sweep
from setia.progress import SILENT, Progress
from setia.scoring.batches import Asked, feature_batches
from setia.scoring.publish import Totals, publish
from setia.scoring.refusal import refuse_drifted, refuse_missing, refuse_stale
from setia.scoring.rows import READ, Context
from setia.scoring.settings import ScoreSettings
from setia.scoring.status import STATUSES
from setia.scoring.summary import ScoreSummary
from setia.scoring.writer import suffix_of
from setia.source import Log
from setia.timeline import date_of

if TYPE_CHECKING:
    import pyarrow as pa


def score(
    bundle: Bundle,
    log: Log,
    engine: Engine,
    settings: ScoreSettings,
    *,
    model_version: str,
    name: str | None = None,
    live: bool = True,
    scored_at: dt.datetime | None = None,
    progress: Progress = SILENT,
) -> ScoreSummary:
    """Score every customer with a purchase on or before the log's last day, and keep a dated copy.

    Args:
        bundle: the model.
        log: what is known; nothing after its last day.
        engine: where the log lies.
        settings: where the scores go and what is refused.
        model_version: for the table's column of that name.
        name: of the registered model, for the dated copies; the training's source when None.
        live: whether the log should reach up to today (`is_live`); if not, its age is no matter.
        scored_at: the moment of the run, with a time zone; now when None.
        progress: tells where the work is.

    Raises:
        InputError: the output cannot be written, or the log cannot be scored by this model.
        StaleLogError: a live log ended too long ago.
        LockedError: another run is writing the same output.
    """
    scored_at = scored_at or dt.datetime.now(dt.UTC)
    output = Path(settings.output).resolve()
    suffix = suffix_of(output)
    refuse_stale(log, settings.max_age_days if live else None, scored_at)
    refuse_missing(bundle.facts, log)
    seconds_before = dict(progress.seconds)
    copy = _copy_path(settings, log, name or bundle.facts.source, model_version, scored_at)
    with locked(output):
        _sweep_copies(copy, output)
        features, base, notes = _features(bundle, log, engine, settings, progress)
        context = Context(
            bundle,
            date_of(log.last_day),
            _currency(bundle, log),
            base.p99_gap_days,
            settings.reasons == "all",
            model_version,
            scored_at,
            settings.top,
        )
        size = settings.batch_rows
        with progress.stage("scores" if settings.reasons == "none" else "scores and reasons"):
            batches = progress.each(features, "scores", -(-base.customers // size))
            totals = publish(batches, context, output, suffix, copy)
    seconds = tuple((stage, spent - seconds_before.get(stage, 0.0)) for stage, spent in progress.seconds.items())
    return _summary(totals, context, output, copy, tuple(s for s in seconds if s[1] > 0), notes)


def _features(
    bundle: Bundle, log: Log, engine: Engine, settings: ScoreSettings, progress: Progress
) -> tuple[Iterator[pa.Table], Base, tuple[str, ...]]:
    """Compute the model's features and those that scoring reads itself, some customers at a time, by id."""
    with progress.stage("customer days"):
        prepared = prepare(log.lines, engine)
        base = prepared.bases([log.last_day])[log.last_day]
    if base.customers == 0:
        raise InputError(f"No customer of the log {log.name} has a purchase up to {date_of(log.last_day)}.")
    notes = (*_looking_back(bundle, log), *refuse_drifted(bundle.facts, log, base, settings))
    allowed = {feature.name for feature in select(log.columns)}
    more = tuple(read for read in READ if read in allowed and read not in bundle.feature_names)
    features = (*bundle.features, *named(more))
    asked = Asked(features, bundle.definition, log.last_day, base, prepared.first_day, prepared.columns)

    def batches() -> Iterator[pa.Table]:
        try:
            yield from feature_batches(prepared, asked, settings.batch_rows)
        finally:
            prepared.close()

    return batches(), base, notes


def _looking_back(bundle: Bundle, log: Log) -> tuple[str, ...]:
    """Say when the model was trained on days after as_of, of which the table cannot tell."""
    as_of = date_of(log.last_day).isoformat()
    if as_of >= bundle.facts.as_of:
        return ()
    return (
        f"The model was trained on days up to {bundle.facts.as_of}, later than as_of={as_of}: it may know what "
        f"these scores forecast. To look back honestly, train with as_of={as_of} too.",
    )


def _currency(bundle: Bundle, log: Log) -> str:
    """Return the label of money: the training's, since its units are the forecast's; none for counts."""
    return "" if bundle.facts.basis == "purchases" else bundle.facts.currency or log.currency


def _copy_path(settings: ScoreSettings, log: Log, name: str, model_version: str, scored_at: dt.datetime) -> Path | None:
    """Return history/NAME/as_of=DATE/MOMENT-VERSION.parquet, a name that no other run has."""
    if settings.history is None:
        return None
    moment = scored_at.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    folder = Path(settings.history).resolve() / _as_file(name) / f"as_of={date_of(log.last_day)}"
    return folder / f"{moment}-{_as_file(model_version)}.parquet"


def _as_file(text: str) -> str:
    return re.sub(r"[^\w.-]+", "_", text).strip(".")[:100] or "_"


def _sweep_copies(copy: Path | None, output: Path) -> None:
    """Remove unfinished copies of dead runs on the same output, of whatever day."""
    if copy is not None and copy.parents[1].is_dir():
        for folder in copy.parents[1].iterdir():
            sweep(folder, output)


def _summary(
    totals: Totals,
    context: Context,
    output: Path,
    copy: Path | None,
    seconds: tuple[tuple[str, float], ...],
    notes: tuple[str, ...],
) -> ScoreSummary:
    facts = context.bundle.facts
    return ScoreSummary(
        path=output,
        history=copy,
        rows=totals.rows,
        as_of=context.as_of,
        horizon_days=facts.horizon_days,
        definition=facts.definition,
        value_basis=facts.basis,
        currency=context.currency,
        model_version=context.model_version,
        statuses=tuple(zip(STATUSES, totals.statuses.tolist(), strict=True)),
        p_defect_mean=totals.p_defect_sum / totals.covered if totals.covered else None,
        expected_value_total=totals.expected_value_sum,
        seconds=seconds,
        notes=notes,
        busy=tuple(sorted(totals.busy.seconds.items(), key=lambda part: -part[1])),
    )
