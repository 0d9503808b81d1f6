"""A scoring run: the features as of the log's last day, streamed through the models into the score table."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, cast

from setia.bundle import Bundle
from setia.engine import Engine
from setia.history import Prepared
from setia.output import locked
from setia.progress import SILENT, Progress
from setia.scoring.asking import asked_of, currency_of, notes_of
from setia.scoring.batches import Asked, feature_batches
from setia.scoring.publish import Totals, publish
from setia.scoring.refusal import refuse_missing, refuse_stale, valued
from setia.scoring.rows import Context
from setia.scoring.settings import ScoreSettings
from setia.scoring.status import STATUSES
from setia.scoring.summary import ScoreSummary
from setia.scoring.target import SPARK_FOLDER, Target, copy_of, sweep_copies, target_of
from setia.source import Log
from setia.timeline import date_of
from setia.value import prepare_log

if TYPE_CHECKING:
    from setia.engine.spark import SparkChunks, SparkEngine


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
    more: tuple[str, ...] = (),
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
        more: fields of `setia.bundle.Forecast` that become columns too, behind those of the score table, and
            `theme_1`: what the first reason is about (`setia.learn.themes`), null without one; not of the dated
            copy, nor where Spark writes the table.

    Raises:
        InputError: the output cannot be written, or the log cannot be scored by this model.
        StaleLogError: a live log ended too long ago.
        LockedError: another run is writing the same output.
    """
    scored_at = scored_at or dt.datetime.now(dt.UTC)
    target = target_of(settings, engine)
    refuse_stale(log, settings.max_age_days if live else None, scored_at)
    refuse_missing(bundle.facts, log)
    seconds_before = dict(progress.seconds)
    copy = copy_of(settings, target, log, name or bundle.facts.source, model_version, scored_at)
    with locked(target.lock):
        with progress.stage("customer days"):
            prepared = prepare_log(log, engine, valued(bundle.facts))
            base = prepared.bases([log.last_day])[log.last_day]
        try:
            notes, asked = notes_of(bundle, log, base, settings), asked_of(bundle, log, prepared, base)
            context = Context(
                bundle,
                date_of(log.last_day),
                currency_of(bundle.facts, log),
                base.p99_gap_days,
                settings.reasons == "all",
                model_version,
                scored_at,
                settings.top,
                more,
                settings.language,
            )
            with progress.stage("scores" if settings.reasons == "none" else "scores and reasons"):
                totals = _published(prepared, asked, context, engine, settings, target, copy, progress)
        finally:
            prepared.close()
    seconds = tuple((stage, spent - seconds_before.get(stage, 0.0)) for stage, spent in progress.seconds.items())
    return _summary(totals, context, target.place, copy, tuple(s for s in seconds if s[1] > 0), notes)


def _published(
    prepared: Prepared,
    asked: Asked,
    context: Context,
    engine: Engine,
    settings: ScoreSettings,
    target: Target,
    copy: Path | str | None,
    progress: Progress,
) -> Totals:
    """Score and write where the customer-days lie."""
    size = settings.batch_rows
    if target.suffix == SPARK_FOLDER:
        from setia.scoring.spark_scores import publish_on_spark

        kept = None if copy is None else str(copy)
        chunks, where = cast("SparkChunks", prepared.chunks), cast("SparkEngine", engine)
        return publish_on_spark(chunks, asked, context, where, str(target.place), kept, rows=size)
    output, beside = Path(target.place), None if copy is None else Path(copy)
    sweep_copies(beside, output)
    batches = progress.each(feature_batches(prepared, asked, size), "scores", -(-asked.base.customers // size))
    return publish(batches, context, output, target.suffix, beside)


def _uncovered(totals: Totals, definition: str) -> tuple[str, ...]:
    """Say how many have no p_defect, which is no verdict on them."""
    left = totals.rows - totals.covered
    said = f"defection={definition} does not cover {left:,} customers, who have no p_defect: this does not mean loyal."
    return (said,) if left else ()


def _summary(
    totals: Totals,
    context: Context,
    output: Path | str,
    copy: Path | str | None,
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
        notes=(*notes, *_uncovered(totals, facts.definition)),
        busy=tuple(sorted(totals.busy.seconds.items(), key=lambda part: -part[1])),
    )
