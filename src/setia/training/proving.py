"""The proof that travels with a model, drawn from how its rehearsal was judged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from setia.evaluate.evaluation import Evaluation
from setia.learn.predictor import Array
from setia.metrics.curves import gain, tenths
from setia.proof import Gain, Level, Proof, Tenth
from setia.training.judging import OURS

#: The shares of customers at which a travelling curve is kept.
DEPTHS: Final = tuple(hundredth / 100 for hundredth in range(101))


def proof_of(evaluation: Evaluation, levels: tuple[Level, ...], horizon_days: int) -> Proof:
    """Return what came on the holdout beside what each method had said of it, ours first."""
    known = ~np.isnan(evaluation.defected)
    defected = evaluation.defected[known]
    methods = sorted(evaluation.methods, key=lambda method: method.name != OURS)
    p_defect = [(m.name, m.p_defect[known]) for m in methods if m.p_defect is not None]
    expected = [(m.name, m.expected_value) for m in methods if m.expected_value is not None]
    return Proof(
        cutoff=int(evaluation.cutoff),
        horizon_days=horizon_days,
        customers=len(evaluation.value),
        defected_share=float(defected.mean()) if len(defected) else float("nan"),
        value_total=float(evaluation.value.sum()),
        expected_total=float(expected[0][1].sum()),
        still_buying=evaluation.still_buying,
        figures=evaluation.figures,
        defection=_tenths(defected, p_defect[0][1], share=True),
        value=_tenths(evaluation.value, expected[0][1], share=False),
        gains_defection=_gains(defected, p_defect),
        gains_value=_gains(evaluation.value, expected),
        levels=levels,
    )


def _tenths(actual: Array, forecast: Array, *, share: bool) -> tuple[Tenth, ...]:
    found = tenths(actual, forecast, share=share)
    numbers = (found.predicted, found.actual, found.lo, found.hi)
    return tuple(Tenth(int(rows), *map(float, each)) for rows, *each in zip(found.rows, *numbers, strict=True))


def _gains(actual: Array, said: Iterable[tuple[str, Array]]) -> tuple[Gain, ...]:
    return tuple(
        Gain(name, DEPTHS, tuple(map(float, np.interp(DEPTHS, *gain(actual, forecast))))) for name, forecast in said
    )
