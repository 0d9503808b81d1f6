"""What came on the holdout beside what each method had said of it, as the figures and tables take it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setia.metrics.curves import Array
from setia.timeline import date_of
from setia.training import OURS, Training

#: The depth (share of customers) that titles speak of.
DEPTH = 0.2


@dataclass(frozen=True)
class Outcome:
    """What came, and what each method had said of it; ours first. Arrays of shape (rows,), nothing missing.

    `ahead` says of which days, `many` what the outcome adds up to, `unit` what its axis counts.
    """

    actual: Array
    said: tuple[tuple[str, Array], ...]
    ahead: str
    many: str
    unit: str

    @property
    def ours(self) -> Array:
        """What our model said."""
        return self.said[0][1]

    @property
    def about(self) -> str:
        """One line on the data behind a figure."""
        return f"{len(self.actual):,} customers, {self.ahead}"


def outcomes(training: Training) -> tuple[Outcome, Outcome]:
    """Return defection (where it is known) and value on the holdout, with what every method had said."""
    evaluation, facts = training.evaluation, training.bundle.facts
    ahead = f"{facts.horizon_days} days after {date_of(evaluation.cutoff).isoformat()}"
    known = ~np.isnan(evaluation.defected)
    methods = sorted(evaluation.methods, key=lambda method: method.name != OURS)
    p = tuple((m.name, m.p_defect[known]) for m in methods if m.p_defect is not None)
    money = tuple((m.name, m.expected_value) for m in methods if m.expected_value is not None)
    unit = f"{facts.basis} ({facts.currency})" if facts.currency and facts.basis != "purchases" else facts.basis
    return (
        Outcome(evaluation.defected[known], p, ahead, "all who defected", "defected"),
        Outcome(evaluation.value, money, ahead, f"all {facts.basis}", unit),
    )
