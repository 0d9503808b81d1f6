"""One customer's row of the score table, without scoring everybody."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from setia.bundle import Bundle
from setia.card.parts import Score
from setia.history import Base, Prepared
from setia.scoring import ScoreSettings
from setia.scoring.asking import asked_of
from setia.scoring.batches import Asked, covered_rows
from setia.scoring.rows import READ, REASON_COLUMNS, Context, matrix, reasons, score_rows
from setia.scoring.stake import Candidates
from setia.source import Log
from setia.timeline import date_of

if TYPE_CHECKING:
    import pyarrow as pa

#: Fields of the forecast that the score table does not show.
MORE: Final = ("p_none", "value_leaving", "value_gone")
_NEVER: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Scored:
    """`row`: of the score table with the columns `MORE`, one; `score`: what the card tells of it."""

    row: pa.Table
    score: Score


def scored_alone(
    bundle: Bundle,
    log: Log,
    prepared: Prepared,
    base: Base,
    settings: ScoreSettings,
    customer_id: str,
    currency: str,
    model_version: str,
) -> Scored | None:
    """Score a customer as of the log's last day; null for somebody who has not bought.

    Computed are the features of the piece of the log in which the customer lies, and the scores of the batch, cut as a
    scoring run cuts it: a forecast of the same rows is the same to the last bit. What the base teaches is the base's.
    """
    asked = asked_of(bundle, log, prepared, base)
    batch, place = _batch(prepared, asked, customer_id, settings.batch_rows)
    if batch is None:
        return None
    as_of = date_of(log.last_day)
    context = Context(
        bundle, as_of, currency, base.p99_gap_days, False, model_version, _NEVER, more=MORE, language=settings.language
    )
    row = score_rows(batch, context).table.slice(place, 1)
    return Scored(row, _score(row, _reasons(batch, place, context) if row["p_defect"][0].is_valid else ()))


def _batch(prepared: Prepared, asked: Asked, customer_id: str, rows: int) -> tuple[pa.Table | None, int]:
    """Return the batch in which a scoring run would score the customer, and the place in it."""
    import pyarrow.compute as pc

    kernel = partial(_if_inside, asked=asked, number=prepared.number(customer_id))
    for table in prepared.chunks.map(kernel):
        ids = prepared.ids(table["customer_id"])
        place = int(pc.index(ids, customer_id).as_py())
        if place >= 0:
            start = place // rows * rows
            whole = table.drop_columns("cutoff").set_column(0, "customer_id", ids)
            return whole.slice(start, rows), place - start
    return None, -1


def _if_inside(piece: pa.Table, asked: Asked, number: str | int) -> pa.Table:
    """Compute features of the piece that holds a customer, and of no other: a kernel over customer-days."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = piece["customer_id"]
    inside = pc.index(ids, pa.scalar(number, ids.type)).as_py() >= 0
    return covered_rows(piece if inside else piece.slice(0, 0), asked)


def _reasons(batch: pa.Table, place: int, context: Context) -> tuple[str, ...]:
    extended = context.bundle.extend(matrix(batch, context.bundle.feature_names))[place : place + 1]
    columns = [name for name in READ if name in batch.column_names]
    read = {name: np.asarray(batch[name].slice(place, 1).to_numpy(), dtype=np.float64) for name in columns}
    found = reasons(Candidates(np.zeros(1, dtype=np.int64), np.zeros(1), extended, read), context, 1)
    return tuple(found[name][0] for name in REASON_COLUMNS if name in found and found[name][0] is not None)


def _score(row: pa.Table, said: tuple[str, ...]) -> Score:
    names = [name for name in Score.__dataclass_fields__ if name != "reasons"]
    content: dict[str, Any] = {name: row[name][0].as_py() for name in names}
    return Score(**content, reasons=said)
