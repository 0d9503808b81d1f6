"""How the base as a whole was forecast at a cutoff: the drift that seasons and an ageing base bring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setia import metrics
from setia.learn.predictor import Array
from setia.panel import Panel


@dataclass(frozen=True)
class Level:
    """The means of one cutoff: of what was said and of what came, per customer.

    `defected` and `p_defect` are shares of those whose defection is known; `bias` is sum predicted over sum
    actual - 1, NaN where nothing came in.
    """

    cutoff: int
    role: str
    customers: int
    defected: float
    p_defect: float
    value: float
    expected_value: float
    bias: float


def level(panel: Panel, cutoff: int, role: str, p_defect: Array, expected_value: Array) -> Level:
    """Compare forecasts of the rows of one cutoff, shape (rows,), with what came of them."""
    known = ~np.isnan(panel.defected)
    nobody = not known.any()
    return Level(
        cutoff,
        role,
        len(panel),
        float("nan") if nobody else float(panel.defected[known].mean()),
        float("nan") if nobody else float(p_defect[known].mean()),
        float(panel.value.mean()),
        float(expected_value.mean()),
        metrics.bias(panel.value, expected_value),
    )
