"""The columns and dtypes of every table that passes between modules.

Types are named in the vocabulary of Narwhals, which DuckDB, Spark, pandas and Polars share.
"""

from __future__ import annotations

from typing import Final

import narwhals as nw

#: A clean log: one row per line of an order, sorted by nothing, no nulls in the two required columns.
#: `day` is days since 1970-01-01 in the business's own time zone; `amount` is the total of the line.
LOG_REQUIRED: Final = {"customer_id": nw.String, "day": nw.Int32}
LOG_OPTIONAL: Final = {
    "amount": nw.Float64,
    "order_id": nw.String,
    "product_id": nw.String,
    "category": nw.String,
    "quantity": nw.Float64,
    "unit_cost": nw.Float64,
    "discount": nw.Float64,
    "channel": nw.String,
}

#: What a label is made of, one row per customer and cutoff.
OUTCOMES: Final = {"defected": nw.Int8, "future_value": nw.Float64, "future_purchases": nw.Float64}

#: The score table: the public interface of a scoring run. A change of it is a breaking change.
SCORES: Final = {
    "customer_id": nw.String,
    "as_of": nw.Date,
    "horizon_days": nw.Int32,
    "definition": nw.String,
    "value_basis": nw.String,
    "clv_horizon_days": nw.Int32,
    "currency": nw.String,
    "days_since_last": nw.Int32,
    "frequency": nw.Int32,
    "status": nw.String,
    "p_defect": nw.Float64,
    "p_alive": nw.Float64,
    "expected_purchases": nw.Float64,
    "expected_value": nw.Float64,
    "expected_value_lo": nw.Float64,
    "expected_value_hi": nw.Float64,
    "clv": nw.Float64,
    "clv_lo": nw.Float64,
    "clv_hi": nw.Float64,
    "value_at_risk": nw.Float64,
    "segment": nw.String,
    "reason_1": nw.String,
    "reason_2": nw.String,
    "reason_3": nw.String,
    "model_version": nw.String,
    "scored_at": nw.Datetime("us", "UTC"),
}
