"""Where the valuable begin, and where a risk does: two thresholds, learnt from a base's forecasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from setia.learn.predictor import Array

#: The valuable hold this share of all clv; those of them at risk hold this share of what they stand to lose.
HELD, AT_RISK = 0.8, 0.5
#: A threshold that nobody reaches.
NEVER: Final = float("inf")


@dataclass(frozen=True)
class Divide:
    """`valuable`: the clv from which on a customer is one of the valuable, in the unit of value. `risky`: the
    probability of defection from which on one is at risk. Infinite where nobody is."""

    valuable: float
    risky: float

    def as_dict(self) -> dict[str, float | None]:
        """Return the numbers, for JSON, which knows no infinity."""
        return {name: value if np.isfinite(value) else None for name, value in asdict(self).items()}

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> Divide:
        """Read back what `as_dict` gave."""
        return Divide(**{name: NEVER if value is None else value for name, value in content.items()})


def learn_divide(clv: Array, p_defect: Array, value_at_risk: Array) -> Divide:
    """Divide a base by its forecasts, each of shape (customers,).

    The valuable are the fewest customers who hold `HELD` of all clv; those of them at risk are the fewest, by
    probability, who hold `AT_RISK` of the value at risk of all the valuable: whoever saves those saves half of it.
    NaN in `p_defect` (not covered) takes no part in the latter.
    """
    valuable = _held_by(clv, np.maximum(clv, 0.0), HELD)
    asked = (clv >= valuable) & ~np.isnan(p_defect)
    return Divide(valuable, _held_by(p_defect[asked], np.maximum(value_at_risk[asked], 0.0), AT_RISK))


def _held_by(score: Array, value: Array, share: float) -> float:
    """Return the score down to which the highest hold a share of a value; never where there is none."""
    total = float(value.sum())
    if total <= 0:
        return NEVER
    order = np.argsort(-score, kind="stable")
    place = int(np.searchsorted(np.cumsum(value[order]), share * total))
    return float(score[order[min(place, len(order) - 1)]])
