"""A scoring run: the features as of the log's last day, streamed through the models into the score table."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np

from setia.bundle import Bundle
from setia.engine import Engine, Frame
from setia.errors import InputError
from setia.features import build, named, select
from setia.history import Base, history, prepare
from setia.output import locked, sweep, written
from setia.progress import SILENT, Progress
from setia.scoring.refusal import refuse_drifted, refuse_missing, refuse_stale
from setia.scoring.rows import COVERED, READ, REASON_COLUMNS, Context, schema, score_rows
from setia.scoring.settings import ScoreSettings
from setia.scoring.status import STATUSES
from setia.scoring.summary import ScoreSummary
from setia.scoring.writer import suffix_of, table_writer
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
        explained = settings.reasons == "all"
        context = Context(
            bundle,
            date_of(log.last_day),
            _currency(bundle, log),
            base.p99_gap_days,
            explained,
            model_version,
            scored_at,
        )
        size = settings.batch_rows
        with progress.stage("scores and reasons" if explained else "scores"):
            batches = progress.each(_batches(features, size), "scores", -(-base.customers // size))
            totals = _write(batches, context, output, suffix, copy)
        engine.drop(features)
    seconds = tuple((stage, spent - seconds_before.get(stage, 0.0)) for stage, spent in progress.seconds.items())
    return _summary(totals, context, output, copy, tuple(s for s in seconds if s[1] > 0), notes)


def _features(
    bundle: Bundle, log: Log, engine: Engine, settings: ScoreSettings, progress: Progress
) -> tuple[Frame, Base, tuple[str, ...]]:
    """Compute the model's features and those that scoring reads itself, once, where the log lies."""
    with progress.stage("customer days"):
        prepared = prepare(log.lines, engine)
    with progress.stage("features"):
        past = history(prepared, log.last_day)
        if past.base.customers == 0:
            raise InputError(f"No customer of the log {log.name} has a purchase up to {date_of(log.last_day)}.")
        notes = (*_looking_back(bundle, log), *refuse_drifted(bundle.facts, log, past.base, settings))
        allowed = {feature.name for feature in select(log.columns)}
        more = tuple(read for read in READ if read in allowed and read not in bundle.feature_names)
        covered = bundle.definition.eligible(past).with_columns(nw.lit(1.0).alias(COVERED))
        rows = build(past, (*bundle.features, *named(more))).join(covered, on="customer_id", how="left")
        features = engine.materialise(rows, "features")
        engine.drop(prepared.days)
        if prepared.categories is not None:
            engine.drop(prepared.categories)
    return features, past.base, notes


def _looking_back(bundle: Bundle, log: Log) -> tuple[str, ...]:
    """Say when the model was trained on days after as_of, of which the table cannot tell."""
    as_of = date_of(log.last_day).isoformat()
    if as_of >= bundle.facts.as_of:
        return ()
    return (
        f"The model was trained on days up to {bundle.facts.as_of}, later than as_of={as_of}: it may know what "
        f"these scores forecast. To look back honestly, train with as_of={as_of} too.",
    )


def _batches(features: Frame, rows: int) -> Iterator[pa.Table]:
    """Yield tables of at most `rows` customers in the order of their ids, never holding all of them.

    The engine sorts, and spills where it must; it hands over whole vectors, which are cut to size here.
    """
    import pyarrow as pa

    for batch in nw.to_native(features.sort("customer_id")).to_arrow_reader(rows):
        for start in range(0, batch.num_rows, rows):
            yield pa.Table.from_batches([batch.slice(start, rows)])


class _Totals:
    """What the summary adds up while the rows pass by."""

    def __init__(self) -> None:
        self.statuses = np.zeros(len(STATUSES), dtype=np.int64)
        self.p_defect_sum = self.expected_value_sum = 0.0
        self.rows = self.covered = 0


def _write(batches: Iterator[pa.Table], context: Context, output: Path, suffix: str, copy: Path | None) -> _Totals:
    """Write both files batch by batch; the dated copy takes its place first, so that no published score lacks one."""
    totals = _Totals()
    with ExitStack() as whole:
        appends = []
        targets = [(output, suffix, ())] + ([(copy, ".parquet", REASON_COLUMNS)] if copy else [])
        # Both writers are opened last, so that both files are complete before either takes its place.
        opened = [(whole.enter_context(written(path, output)), kind, without) for path, kind, without in targets]
        for unfinished, kind, without in opened:
            appends.append((whole.enter_context(table_writer(unfinished, kind, schema(without))), without))
        for batch in batches:
            rows = score_rows(batch, context)
            for append, without in appends:
                append(rows.table.drop_columns(list(without)))
            totals.statuses += rows.statuses
            totals.rows += batch.num_rows
            totals.covered += rows.covered
            totals.p_defect_sum += rows.p_defect_sum
            totals.expected_value_sum += rows.expected_value_sum
    return totals


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
    totals: _Totals,
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
    )
