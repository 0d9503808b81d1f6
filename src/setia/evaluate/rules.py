"""The simple rules that a model must beat: what a shop can do with a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setia.learn.predictor import Array
from setia.panel import Panel


@dataclass(frozen=True)
class Method:
    """One way of forecasting: arrays of shape (rows,), null where it has nothing to say of the matter.

    `value_lo` and `value_hi` bound the value in 80 % of cases; `pit` is the randomised probability integral
    transform of what came by the forecast's own distribution.
    """

    name: str
    p_defect: Array | None
    expected_value: Array | None
    value_lo: Array | None = None
    value_hi: Array | None = None
    pit: Array | None = None


def simple_rules(validation: Panel, target: Panel, horizon_days: int) -> tuple[Method, ...]:
    """Return the simple rules' forecasts for `target`.

    Their probabilities are made fair: what a rule says is turned into a probability by what came of it
    at `validation`, an earlier cutoff.
    """
    return (
        _days_since_last(validation, target),
        _spend_rate(target, horizon_days),
        _same_as_last(validation, target),
    )


def _days_since_last(validation: Panel, target: Panel) -> Method:
    """Longer silent, more likely gone: a logistic curve in log(1 + days since the last purchase)."""
    from sklearn.linear_model import LogisticRegression

    known = ~np.isnan(validation.defected)
    seen = np.log1p(validation.column("days_since_last"))[known, None]
    y = validation.defected[known]
    ahead = np.log1p(target.column("days_since_last"))[:, None]
    if len(np.unique(y)) < 2:
        p = np.full(len(target), y.mean() if len(y) else 0.5) + 1e-9 * ahead[:, 0]
    else:
        p = LogisticRegression(C=1e6).fit(seen, y).predict_proba(ahead)[:, 1]
    return Method("days since last", p, None)


def _spend_rate(target: Panel, horizon_days: int) -> Method:
    """Everybody goes on as before: value so far per day of tenure, times the horizon."""
    days = np.maximum(target.column("T_days") + 1, 1)
    return Method("spend rate", None, target.past_value / days * horizon_days)


def _same_as_last(validation: Panel, target: Panel) -> Method:
    """The next horizon is like the last: who bought will buy, and brings the same."""
    known = ~np.isnan(validation.defected)
    bought, y = validation.last_purchases[known] > 0, validation.defected[known]
    rate = [(y[bought == b].sum() + 0.5) / ((bought == b).sum() + 1) for b in (False, True)]
    return Method("last horizon again", np.where(target.last_purchases > 0, rate[1], rate[0]), target.last_value)
