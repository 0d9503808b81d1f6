"""Value beyond the horizon: the blended forecast inside it, continued by the buy-till-you-die model's decay.

Two futures are kept apart: that of a customer who buys within the horizon, and that of one who stays silent and
is likelier to have left. The blend says how likely each is, the buy-till-you-die model what comes after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from setia import btyd
from setia.learn.dropout import NEEDED, expected_amount
from setia.learn.outlook import Outlook
from setia.learn.predictor import Array, Matrix
from setia.learn.season import YEAR_DAYS
from setia.learn.spread import bounds, relative_square

#: The blend's value of a buyer within the horizon is taken to be no further from the model's than this factor.
_MOST: Final = 10.0
_TINY: Final = 1e-9


@dataclass(frozen=True)
class Lifetime:
    """What is said of the value over `clv_horizon_days`; arrays of shape (rows,), in the unit of value.

    `clv` is discounted, `lo` and `hi` bound its 80 % predictive interval. `value_at_risk` is
    p_defect x (clv if the customer stays - clv if they defect), never negative; NaN where p_defect is.
    What a contact could save, by what it would have to undo: `value_leaving` is what would come after the horizon from
    those who leave within it, had they stayed, and `value_gone` what would come from those who have left already, were
    they still there; each with the chance of it, and at the customer's own rate: that somebody buys within the horizon
    also says that they buy often, which no contact changes, so that value_at_risk is more than what is saved.
    """

    clv: Array
    lo: Array
    hi: Array
    value_at_risk: Array
    value_leaving: Array
    value_gone: Array


@dataclass(frozen=True)
class Span:
    """From the end of day `as_of` (days since 1970-01-01): the horizon, and the days over which clv is counted."""

    as_of: int
    horizon_days: int
    clv_horizon_days: int
    discount_rate_annual: float

    @property
    def discount_per_day(self) -> float:
        """The continuous rate that compounds to the yearly one."""
        return float(np.log1p(self.discount_rate_annual) / YEAR_DAYS)


@dataclass(frozen=True)
class _Ahead:
    """What the model expects, in purchases discounted to as_of, of each row.

    `buys`: chance to buy within the horizon; `count`: undiscounted purchases within it of those who buy.
    `inside`: share that discounting leaves of a value within the horizon (or of the part of it that clv counts).
    `after_purchase`, `after_silence`: purchases beyond the horizon of those who buy in it, or do not.
    `total`, `square`: mean and second moment of all purchases; `own`: the part of a purchase with itself.
    `later_none`: chance of no purchase beyond the horizon either, of those silent within it; where clv ends
    within the horizon, `part` is the share of its buyers who buy by then. `leaving`, `gone`: purchases of those who
    leave within the horizon, after it, had they stayed, and of those who have left already, were they there.
    """

    buys: Array
    count: Array
    inside: Array
    after_purchase: Array
    after_silence: Array
    total: Array
    square: Array
    own: Array
    later_none: Array
    part: Array
    leaving: Array
    gone: Array


def lifetime(
    outlook: Outlook,
    X: Matrix,
    names: Sequence[str],
    expected_value: Array,
    p_none: Array,
    p_defect: Array,
    span: Span,
    lost_share: float = 1.0,
) -> Lifetime:
    """Return the value over the years ahead for rows of features, shape (rows, features), named `names`.

    `expected_value` (undiscounted, within the horizon) and `p_none`, the chance of no purchase in it, are the
    blend's. `p_defect` is by the chosen definition; under silence it is p_none, and clv = p_defect x (clv if they
    defect) + (1 - p_defect) x (clv if they stay). Under other definitions a defector loses us `lost_share` of what a
    silence of the whole horizon would cost. Where
    `clv_horizon_days` is within the horizon, clv is the part of `expected_value` that falls into it, discounted.
    """
    ahead = _ahead(outlook, X, names, span)
    amount = outlook.net_share * expected_amount(outlook.amounts, X, names)
    none = np.clip(p_none, 0.0, 1.0)
    buyers = amount * ahead.count
    ratio = np.maximum(expected_value, 0.0) / np.maximum((1.0 - none) * buyers, _TINY * np.maximum(buyers, _TINY))
    ratio = np.clip(ratio, 1.0 / _MOST, _MOST)
    # Beyond the horizon the ratio is not carried on: one season's level would count for years.
    defects = amount * ahead.after_silence
    stays = buyers * ratio * ahead.inside + amount * ahead.after_purchase
    clv = expected_value * ahead.inside + none * defects + (1.0 - none) * amount * ahead.after_purchase
    silent = np.clip(1.0 - (1.0 - none) * ahead.part, 0.0, 1.0) * ahead.later_none
    frequency = X[:, names.index(NEEDED[0])].astype(np.float64)
    spread = relative_square(outlook.amounts, frequency, ahead.total, ahead.square, ahead.own)
    model_none = (1.0 - ahead.buys * ahead.part) * ahead.later_none
    lo, hi = bounds(clv, silent, spread, model_none)
    risk = (
        np.where(np.isnan(p_defect), np.nan, np.clip(p_defect, 0.0, 1.0))
        * np.maximum(stays - defects, 0.0)
        * lost_share
    )
    return Lifetime(clv, lo, hi, risk, amount * ahead.leaving, amount * ahead.gone)


def _ahead(outlook: Outlook, X: Matrix, names: Sequence[str], span: Span) -> _Ahead:
    model = outlook.purchases
    # Days are whole: customers who are alike are found before the clock makes fractions of them.
    alike, index = btyd.compress(*(X[:, names.index(name)].astype(np.float64) for name in NEEDED))
    x, recency, T, h, H = _on_clock(outlook, alike, span)
    alive = model.p_alive(x, recency, T)
    # Of somebody active, recency says no more: there are far fewer pairs of frequency and T.
    pairs, of_pair = btyd.compress(alike.frequency, np.zeros(len(alike)), alike.T)
    first = np.empty(len(pairs), dtype=np.intp)
    first[of_pair] = np.arange(len(alike))
    living = _Living.of(model, x[first], T[first], h, H, span.discount_per_day).spread(of_pair)
    buys = alive * (1.0 - living.none)
    after_silence = alive * living.still / np.maximum(1.0 - buys, _TINY) * living.later
    beyond = living.beyond - living.still * living.later
    ahead = _Ahead(
        buys=buys,
        count=living.count / np.maximum(1.0 - living.none, 1e-12),
        inside=living.inside,
        after_purchase=np.maximum(beyond / np.maximum(1.0 - living.none, 1e-12), after_silence),
        after_silence=after_silence,
        total=alive * living.total,
        square=alive * living.square,
        own=alive * living.own,
        later_none=(1.0 - alive * (1.0 - living.none_to_end)) / np.maximum(1.0 - buys, _TINY)
        if H > h
        else np.ones(len(alive)),
        part=(1.0 - living.none_to_end) / np.maximum(1.0 - living.none, 1e-12) if H <= h else np.ones(len(alive)),
        leaving=alive * np.maximum(living.unbroken - living.beyond, 0.0),
        gone=(1.0 - alive) * _had_they_stayed(model, x, recency, T, H, span.discount_per_day),
    )
    return _Ahead(*(getattr(ahead, name)[index] for name in _Ahead.__dataclass_fields__))


def _had_they_stayed(model: btyd.Model, x: Array, recency: Array, T: Array, H: float, rate: float) -> Array:
    """Return the discounted purchases to come of those who have left, were they as active as when they left."""
    left = np.maximum(np.rint(model.left_at(x, recency, T)), 1.0)  # whole days, so that there are few pairs
    pairs, of_pair = btyd.compress(x, np.zeros(len(x)), left)
    first = np.empty(len(pairs), dtype=np.intp)
    first[of_pair] = np.arange(len(x))
    return np.asarray(model.of_leavers().dert_if_alive(H, rate, x[first], left[first])[of_pair])


def _on_clock(outlook: Outlook, alike: btyd.Counts, span: Span) -> tuple[Array, Array, Array, float, float]:
    """Return frequency, recency and T of each row, horizon and clv horizon, in days of the season's clock."""
    oldest = int(alike.T.max(initial=0.0))
    ahead = max(span.horizon_days, span.clv_horizon_days)
    clock = outlook.season.clock(span.as_of - oldest + 1, span.as_of + ahead)
    place = np.rint(oldest - alike.T).astype(np.int64)
    first, last = clock[place], clock[place + np.rint(alike.recency).astype(np.int64)]
    now = clock[oldest]
    h, H = (float(clock[oldest + days] - now) for days in (span.horizon_days, span.clv_horizon_days))
    return alike.frequency, np.minimum(last - first, now - first), now - first, h, H


@dataclass(frozen=True)
class _Living:
    """The same for pairs of frequency and T of somebody active at T; names as in `_Ahead`."""

    none: Array
    still: Array
    count: Array
    inside: Array
    beyond: Array
    unbroken: Array
    later: Array
    total: Array
    square: Array
    own: Array
    none_to_end: Array

    @staticmethod
    def of(model: btyd.Model, x: Array, T: Array, h: float, H: float, rate: float) -> _Living:
        """Ask the model about each pair."""
        none, still = model.silence_if_alive(h, x, T)
        none_to_end, _ = model.silence_if_alive(H, x, T)
        count, total = model.dert_if_alive(h, 0.0, x, T), model.dert_if_alive(H, rate, x, T)
        near = model.dert_if_alive(min(h, H), rate, x, T)
        nothing = np.zeros(len(x))
        return _Living(
            none=none,
            still=still,
            count=count,
            inside=np.clip(near / np.maximum(count, 1e-300), 0.0, 1.0),
            beyond=np.maximum(total - near, 0.0),
            # nobody leaves within the horizon, so that its end finds everybody as they are now
            unbroken=np.exp(-rate * h) * model.dert_if_alive(H - h, rate, x, T) if H > h else nothing,
            later=np.exp(-rate * h) * model.dert_if_alive(H - h, rate, x, T + h) if H > h else nothing,
            total=total,
            square=model.square_if_alive(H, rate, x, T),
            own=model.dert_if_alive(H, 2 * rate, x, T),
            none_to_end=none_to_end,
        )

    def spread(self, index: npt.NDArray[np.intp]) -> _Living:
        """Return the pairs' values for each row that has them."""
        return _Living(*(getattr(self, name)[index] for name in _Living.__dataclass_fields__))
