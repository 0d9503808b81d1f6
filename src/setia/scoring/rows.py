"""From a batch of features to rows of the score table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from setia.bundle import Bundle
from setia.learn.dropout import COLUMNS
from setia.learn.explain import explain
from setia.learn.phrases import QUOTED
from setia.learn.predictor import Array
from setia.panel import matrix
from setia.schema import SCORES
from setia.scoring.status import STATUS_FEATURES, STATUSES, status_of
from setia.timeline import day_of

if TYPE_CHECKING:
    import pyarrow as pa

#: Beside the features a batch has this column: 1 where the definition covers the customer, else null.
COVERED: Final = "setia_covered"
#: Features that scoring reads itself, whether or not the model does.
READ: Final = tuple(dict.fromkeys((*STATUS_FEATURES, "frequency", *QUOTED)))
REASON_COLUMNS: Final = ("reason_1", "reason_2", "reason_3")


@dataclass(frozen=True)
class Context:
    """What is the same for all rows of a run. `p99_gap_days` is of the base at as_of."""

    bundle: Bundle
    as_of: dt.date
    currency: str
    p99_gap_days: float | None
    explained: bool
    model_version: str
    scored_at: dt.datetime


@dataclass(frozen=True)
class Rows:
    """Some rows of the score table, and what the summary adds up of them."""

    table: pa.Table
    statuses: NDArray[np.int64]
    p_defect_sum: float
    covered: int
    expected_value_sum: float


def schema(without: tuple[str, ...] = ()) -> pa.Schema:
    """Return the score table's Arrow schema, some columns left out."""
    import pyarrow as pa

    types: dict[Any, Any] = {
        nw.String: pa.string(),
        nw.Date: pa.date32(),
        nw.Int32: pa.int32(),
        nw.Float64: pa.float64(),
        nw.Datetime("us", "UTC"): pa.timestamp("us", tz="UTC"),
    }
    return pa.schema([(name, types[kind]) for name, kind in SCORES.items() if name not in without])


def score_rows(features: pa.Table, context: Context) -> Rows:
    """Score a batch: `customer_id`, COVERED, the model's features and those of READ that the log allows."""
    bundle, facts = context.bundle, context.bundle.facts
    extended = bundle.extend(matrix(features, bundle.features))
    forecast = bundle.forecast_extended(extended, day_of(context.as_of))
    read = {name: _floats(features, name) for name in READ if name in features.column_names}
    covered = ~np.isnan(_floats(features, COVERED))
    days_since_last, T_days, own_gap_90_days = (read[name] for name in STATUS_FEATURES)
    status = status_of(days_since_last, T_days, own_gap_90_days, covered, context.p99_gap_days, facts.horizon_days)
    p_defect = np.where(covered, forecast.p_defect, np.nan)
    columns: dict[str, Any] = {
        "customer_id": features["customer_id"],
        "as_of": context.as_of,
        "horizon_days": facts.horizon_days,
        "definition": facts.definition,
        "value_basis": facts.basis,
        "clv_horizon_days": facts.clv_horizon_days,
        "currency": context.currency or None,
        "days_since_last": read["days_since_last"].astype(np.int32),
        "frequency": read["frequency"].astype(np.int32),
        "status": np.asarray(STATUSES, dtype=object)[status],
        "p_defect": p_defect,
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
    if context.explained:
        typical = dict(zip(bundle.feature_names, bundle.typical[:, 1].tolist(), strict=True))
        names = (*bundle.feature_names, *COLUMNS)
        texts = explain(bundle.members.classifier, extended, names, read, typical, context.currency)
        if texts is not None:
            texts[~covered] = None
            columns |= {name: texts[:, place] for place, name in enumerate(REASON_COLUMNS)}
    counts = np.bincount(status, minlength=len(STATUSES))
    return Rows(
        _table(columns, features.num_rows),
        counts,
        float(np.nansum(p_defect)),
        int(covered.sum()),
        float(forecast.expected_value.sum()),
    )


def _floats(table: pa.Table, name: str) -> Array:
    return np.asarray(table[name].to_numpy(), dtype=np.float64)


def _table(columns: Mapping[str, Any], rows: int) -> pa.Table:
    """Return the columns in the order and types of the score table; a single value fills its column."""
    import pyarrow as pa

    arrays = []
    for field in schema():
        content = columns.get(field.name)
        if isinstance(content, np.ndarray):
            arrays.append(pa.array(content, type=field.type, from_pandas=True))
        elif isinstance(content, pa.ChunkedArray):
            arrays.append(content.cast(field.type))
        else:
            arrays.append(pa.repeat(pa.scalar(content, type=field.type), rows))
    return pa.table(arrays, schema=schema())
