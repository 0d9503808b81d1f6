"""How the base as a whole was forecast at a cutoff: the drift that seasons and an ageing base bring."""

from __future__ import annotations

import numpy as np

from setia import metrics
from setia.learn.predictor import Array
from setia.panel import Panel
from setia.proof import Level

__all__ = ["Level", "level"]


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
