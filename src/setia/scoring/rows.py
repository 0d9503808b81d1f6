"""From a batch of features to rows of the score table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from setia.bundle import Bundle, Forecast
from setia.learn.dropout import COLUMNS
from setia.learn.explain import explain
from setia.learn.phrases import QUOTED
from setia.learn.predictor import Array, Matrix
from setia.schema import SCORES
from setia.scoring.batches import COVERED
from setia.scoring.stake import Candidates
from setia.scoring.status import LAPSED, STATUS_FEATURES, STATUSES, status_of
from setia.scoring.stream import Busy
from setia.segment import SEGMENTS, segment_of
from setia.timeline import day_of

if TYPE_CHECKING:
    import pyarrow as pa

#: Features that scoring reads itself, whether or not the model does.
READ: Final = tuple(dict.fromkeys((*STATUS_FEATURES, "frequency", *QUOTED)))
REASON_COLUMNS: Final = ("reason_1", "reason_2", "reason_3")
#: What the first reason is about (`setia.learn.themes`): no field of the forecast, but to be had among the `more`.
THEME_COLUMN: Final = "theme_1"


@dataclass(frozen=True)
class Context:
    """What is the same for all rows of a run. `p99_gap_days` is of the base at as_of.

    `explained`: every row gets its reasons at once. `top`: candidates for so many reasons are handed out instead.
    `more`: further fields of the forecast, or THEME_COLUMN, that become columns. `language` is that of the reasons.
    """

    bundle: Bundle
    as_of: dt.date
    currency: str
    p99_gap_days: float | None
    explained: bool
    model_version: str
    scored_at: dt.datetime
    top: int | None = None
    more: tuple[str, ...] = ()
    language: str = "en"


@dataclass(frozen=True)
class Rows:
    """Some rows of the score table, and what the summary adds up of them.

    `candidates`: those of them who may be among the `top` of the context. `busy`: seconds by part of the work.
    """

    table: pa.Table
    statuses: NDArray[np.int64]
    p_defect_sum: float
    covered: int
    expected_value_sum: float
    candidates: Candidates | None
    busy: Mapping[str, float]


def schema(without: tuple[str, ...] = (), more: tuple[str, ...] = ()) -> pa.Schema:
    """Return the score table's Arrow schema, some columns left out, and `more` (as in `Context`) behind it."""
    import pyarrow as pa

    types: dict[Any, Any] = {
        nw.String: pa.string(),
        nw.Date: pa.date32(),
        nw.Int32: pa.int32(),
        nw.Float64: pa.float64(),
        nw.Datetime("us", "UTC"): pa.timestamp("us", tz="UTC"),
    }
    kept = [(name, types[kind]) for name, kind in SCORES.items() if name not in without]
    return pa.schema([*kept, *((name, pa.string() if name == THEME_COLUMN else pa.float64()) for name in more)])


def score_rows(features: pa.Table, context: Context) -> Rows:
    """Score a batch: `customer_id`, COVERED, the model's features and those of READ that the log allows."""
    import pyarrow as pa

    bundle, busy = context.bundle, Busy()
    with busy.part("forecast"):
        extended = bundle.extend(matrix(features, bundle.feature_names))
    with busy.part("forests"):
        raw = bundle.members.predict(extended)
    with busy.part("forecast"):
        forecast = bundle.forecast_said(raw, extended, day_of(context.as_of))
    with busy.part("table"):
        read = {name: _floats(features, name) for name in READ if name in features.column_names}
        covered = ~np.isnan(_floats(features, COVERED))
        status = _statuses(read, context)
        columns = _columns(forecast, read, covered, status, context)
        columns["customer_id"] = features["customer_id"]
        columns["segment"] = pa.array(SEGMENTS).take(pa.array(_segments(forecast, covered, status, bundle)))
    candidates = None
    if context.explained or context.top is not None:
        with busy.part("reasons"):
            someone = np.flatnonzero(covered if context.explained else covered & (status != LAPSED))
            candidates = Candidates(someone, forecast.value_at_risk[someone], extended[someone], _at(read, someone))
            if context.top is not None:
                candidates = candidates.best(context.top)
            else:
                columns |= reasons(candidates, context, features.num_rows)
    with busy.part("table"):
        columns |= {name: getattr(forecast, name) for name in context.more if name != THEME_COLUMN}
        table = _table(columns, features.num_rows, context.more)
    return Rows(
        table,
        np.bincount(status, minlength=len(STATUSES)),
        float(np.nansum(columns["p_defect"])),
        int(covered.sum()),
        float(forecast.expected_value.sum()),
        candidates if context.top is not None else None,
        busy.seconds,
    )


def reasons(candidates: Candidates, context: Context, rows: int) -> dict[str, NDArray[np.object_]]:
    """Return the columns of the reasons for a table of so many rows, of whom the candidates alone get some.

    With them comes THEME_COLUMN, where it is asked for. Nothing where the model gives no reasons.
    """
    bundle = context.bundle
    typical = dict(zip(bundle.feature_names, bundle.typical[:, 1].tolist(), strict=True))
    names = (*bundle.feature_names, *COLUMNS)
    found = explain(
        bundle.members.classifier, candidates.X, names, candidates.read, typical, context.currency, context.language
    )
    if found is None:
        return {}
    said = dict(zip(REASON_COLUMNS, found.texts.T, strict=True))
    if THEME_COLUMN in context.more:
        said[THEME_COLUMN] = found.themes[:, 0]
    columns = {name: np.full(rows, None, dtype=object) for name in said}
    for name, column in columns.items():
        column[candidates.row] = said[name]
    return columns


def _statuses(read: Mapping[str, Array], context: Context) -> NDArray[np.int64]:
    days_since_last, T_days, own_gap_90_days = (read[name] for name in STATUS_FEATURES)
    horizon_days = context.bundle.facts.horizon_days
    return status_of(days_since_last, T_days, own_gap_90_days, context.p99_gap_days, horizon_days)


def _segments(
    forecast: Forecast, covered: NDArray[np.bool_], status: NDArray[np.int64], bundle: Bundle
) -> NDArray[np.int64]:
    new, lapsed, overdue = (status == STATUSES.index(name) for name in ("new", "lapsed", "overdue"))
    return segment_of(new, lapsed, overdue, covered, forecast, bundle.divide)


def _columns(
    forecast: Forecast,
    read: Mapping[str, Array],
    covered: NDArray[np.bool_],
    status: NDArray[np.int64],
    context: Context,
) -> dict[str, Any]:
    """Return the columns of the table, but for customer_id and reasons; a single value stands for all rows."""
    import pyarrow as pa

    facts = context.bundle.facts
    return {
        "as_of": context.as_of,
        "horizon_days": facts.horizon_days,
        "definition": facts.definition,
        "value_basis": facts.basis,
        "clv_horizon_days": facts.clv_horizon_days,
        "currency": context.currency or None,
        "days_since_last": read["days_since_last"].astype(np.int32),
        "frequency": read["frequency"].astype(np.int32),
        "status": pa.array(STATUSES).take(pa.array(status)),
        "p_defect": np.where(covered, forecast.p_defect, np.nan),
        "p_alive": forecast.p_alive,
        "expected_purchases": forecast.expected_purchases,
        "expected_value": forecast.expected_value,
        "expected_value_lo": forecast.expected_value_lo,
        "expected_value_hi": forecast.expected_value_hi,
        "clv": forecast.clv,
        "clv_lo": forecast.clv_lo,
        "clv_hi": forecast.clv_hi,
        "value_at_risk": np.where(covered, forecast.value_at_risk, np.nan),
        "model_version": context.model_version,
        "scored_at": context.scored_at,
    }


def _at(read: Mapping[str, Array], rows: NDArray[np.int64]) -> dict[str, Array]:
    return {name: values[rows] for name, values in read.items()}


def matrix(table: pa.Table, names: Sequence[str]) -> Matrix:
    """Return columns as float32 of shape (rows, features), NaN for null, one after the other in memory as in Arrow."""
    X = np.empty((table.num_rows, len(names)), dtype=np.float32, order="F")
    for place, name in enumerate(names):
        X[:, place] = table[name].to_numpy()
    return X


def _floats(table: pa.Table, name: str) -> Array:
    return np.asarray(table[name].to_numpy(), dtype=np.float64)


def _table(columns: Mapping[str, Any], rows: int, more: tuple[str, ...]) -> pa.Table:
    """Return the columns in the order and types of the score table; a single value fills its column."""
    import pyarrow as pa

    arrays, fields = [], schema(more=more)
    for field in fields:
        content = columns.get(field.name)
        if isinstance(content, np.ndarray):
            arrays.append(pa.array(content, type=field.type, from_pandas=True))
        elif isinstance(content, pa.ChunkedArray | pa.Array):
            arrays.append(content.cast(field.type))
        else:
            arrays.append(pa.repeat(pa.scalar(content, type=field.type), rows))
    return pa.table(arrays, schema=fields)
