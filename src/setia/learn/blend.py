"""The blend: what the members say becomes the forecasts that people read, by all that was learnt out of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from setia.learn.combine import Combination, CombineSettings, fit_combination
from setia.learn.dropout import COLUMNS
from setia.learn.interval import IntervalSettings, fit_predictive
from setia.learn.margin import Margin
from setia.learn.members import Raw
from setia.learn.predictive import Predictive
from setia.learn.predictor import Array, Matrix
from setia.learn.purchases import Purchases, fit_purchases
from setia.panel import Panel

#: A chance of a purchase below this says nothing of what one would bring.
LEAST_CHANCE: Final = 1e-6


@dataclass(frozen=True)
class Blended:
    """Forecasts of rows within the horizon, each of shape (rows,), undiscounted.

    `p_none` is the chance of no purchase. Coherent by construction: expected_value =
    (1 - p_none) value_if_purchase + p_none value_if_none. `expected_value_lo` and `_hi` bound the value
    with the chance that the blend was made for; NaN where there was no later cutoff to learn them from.
    """

    p_defect: Array
    p_none: Array
    expected_value: Array
    expected_value_lo: Array
    expected_value_hi: Array
    value_if_purchase: Array
    value_if_none: Array
    expected_purchases: Array


@dataclass(frozen=True)
class Blend:
    """Everything about the forecasts that was learnt from later cutoffs than the members grew on.

    `none_share`: what those without a purchase bring, as a share of what was expected of them (refunds: negative).
    `counted`: value is counted in purchases. `lost_share`: which part of what would have come is lost with a defector
    within the horizon; `covers_silence`: who buys nothing has defected. `predictive` is None where there were no rows
    to learn it from.
    """

    combination: Combination
    purchases: Purchases
    predictive: Predictive | None
    none_share: float
    counted: bool
    horizon_days: int
    lost_share: float = 1.0
    covers_silence: bool = True

    def forecast(self, raw: Raw, X: Matrix, names: Sequence[str]) -> Blended:
        """Forecast rows: what the members say of them, and their extended features with the names of those."""
        p_none, p_defect = self.combination.p_none(raw), self.combination.p_defect(raw)
        if self.covers_silence:
            p_defect = np.maximum(p_defect, p_none)
        mean = self.combination.expected_value(raw)
        if_none = self.none_share * mean
        bought = (mean - p_none * if_none) / np.maximum(1.0 - p_none, LEAST_CHANCE)
        lo = hi = np.full(len(mean), np.nan)
        if self.predictive is not None:
            lo, hi = self.predictive.bounds(p_none, mean, X, names)
        if self.counted:
            count = np.maximum(mean, 1.0 - p_none)
        else:
            count = self.purchases.expected(X[:, -len(COLUMNS) :], p_none, mean, self.horizon_days)
        return Blended(p_defect, p_none, mean, lo, hi, bought, if_none, count)

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers, for JSON."""
        return {
            "combination": asdict(self.combination),
            "purchases": self.purchases.as_dict(),
            "predictive": None if self.predictive is None else self.predictive.as_dict(),
            "none_share": self.none_share,
            "counted": self.counted,
            "lost_share": self.lost_share,
            "covers_silence": self.covers_silence,
            "horizon_days": self.horizon_days,
        }

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> Blend:
        """Read back what `as_dict` gave."""
        combination = dict(content["combination"])
        combination["weights"], combination["own"] = tuple(combination["weights"]), tuple(combination["own"])
        predictive = content["predictive"]
        return Blend(
            Combination(**combination),
            Purchases.from_dict(content["purchases"]),
            None if predictive is None else Predictive.from_dict(predictive),
            content["none_share"],
            content["counted"],
            content["horizon_days"],
            content["lost_share"],
            content["covers_silence"],
        )


def in_profit(said: Blended, margin: Margin, X: Matrix, names: Sequence[str]) -> Blended:
    """Return forecasts of revenue as profit, by each row's own share of it."""
    share = margin.of(X, names)
    lo, hi = margin.bounds(share, said.expected_value, said.expected_value_lo, said.expected_value_hi)
    scaled = {name: share * getattr(said, name) for name in ("expected_value", "value_if_purchase", "value_if_none")}
    return replace(said, expected_value_lo=lo, expected_value_hi=hi, **scaled)


def fit_blend(
    combine: CombineSettings,
    interval: IntervalSettings,
    raw: Raw,
    seen: Panel,
    horizon_days: int,
    *,
    customers: int,
    counted: bool,
    covers_silence: bool,
    seed: int,
) -> Blend:
    """Learn from forecasts of rows that the members did not see (`seen`, with what came of them).

    `customers`: how many the members grew on, about; `counted`: value is counted in purchases; `covers_silence`: who
    buys nothing has defected. Without any row the blend is its start, with no interval.
    """
    combination = fit_combination(combine, raw, seen.defected, seen.purchases == 0, seen.value, customers)
    p_none, mean = combination.p_none(raw), combination.expected_value(raw)
    purchases = fit_purchases(seen.X[:, -len(COLUMNS) :], p_none, mean, seen.purchases)
    predictive = fit_predictive(interval, seen, p_none, mean, seed) if len(seen) else None
    none = seen.purchases == 0
    expected = float(mean[none].sum())
    # No purchase, no income: what is left are refunds, which are no more than what was expected.
    share = float(np.clip(seen.value[none].sum() / expected, -1.0, 0.0)) if expected > 0 else 0.0
    return Blend(combination, purchases, predictive, share, counted, horizon_days, _lost_share(seen), covers_silence)


def _lost_share(seen: Panel) -> float:
    """Return which part of the value within the horizon is lost with somebody who defects.

    What defectors and the others brought, each beside their own pace so far (value so far per day of tenure). 1 where
    nobody is known to have defected, or to have stayed.
    """
    pace = np.maximum(seen.past_value, 0.0) / (seen.column("T_days") + 1.0)

    def brought(who: Any) -> float:
        return float(seen.value[who].sum() / max(float(pace[who].sum()), LEAST_CHANCE))

    left, stayed = seen.defected == 1, seen.defected == 0
    stays = brought(stayed) if stayed.any() else 0.0
    return float(np.clip(1.0 - brought(left) / stays, 0.0, 1.0)) if left.any() and stays > 0 else 1.0
