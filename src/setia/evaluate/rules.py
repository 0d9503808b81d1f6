"""The simple rules that a model must beat: what a shop can do with a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from setia.learn.members import means_silence
from setia.learn.predictor import Array
from setia.panel import FORMER_DAYS, RECENT_DAYS, Panel

DAYS_SINCE_LAST: Final = "days since last"
LAST_MONTH: Final = "last 30 days beside 90 before"


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
    at `validation`, an earlier cutoff. Where defection is more than silence, the trend of visits is a rule as well.
    """
    silent = Method(DAYS_SINCE_LAST, _fair(validation, target, _silence), None)
    fading = Method(LAST_MONTH, _fair(validation, target, fallen), None)
    return (
        silent,
        *(() if means_silence(validation) else (fading,)),
        _spend_rate(target, horizon_days),
        _same_as_last(validation, target),
    )


def fallen(panel: Panel) -> Array:
    """Return how far visits have fallen: 0 all in the last month, 1/2 as often as before, 1 none lately.

    1 - recent / (recent + former), visits of the last 30 days and a third of those in the 90 before: the ratio of the
    two, turned round and kept between 0 and 1, so that it orders customers also where they came in one of both only.
    Who came in neither has fallen furthest.
    """
    recent, former = panel.recent_purchases, panel.former_purchases * (RECENT_DAYS / FORMER_DAYS)
    return np.asarray(1.0 - recent / np.maximum(recent + former, 1e-9))


def _silence(panel: Panel) -> Array:
    """Longer silent, more likely gone: log(1 + days since the last purchase)."""
    return np.log1p(panel.column("days_since_last"))


def _fair(validation: Panel, target: Panel, sign: Callable[[Panel], Array]) -> Array:
    """Turn a sign of defection into a probability: a logistic curve through what came of it at `validation`."""
    from sklearn.linear_model import LogisticRegression

    known = ~np.isnan(validation.defected)
    seen, ahead = sign(validation)[known, None], sign(target)[:, None]
    y = validation.defected[known]
    if len(np.unique(y)) < 2:
        return np.full(len(target), y.mean() if len(y) else 0.5) + 1e-9 * ahead[:, 0]
    return np.asarray(LogisticRegression(C=1e6).fit(seen, y).predict_proba(ahead)[:, 1])


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
