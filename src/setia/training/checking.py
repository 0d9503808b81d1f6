"""Refusing, in words, what nothing can be learnt from."""

from __future__ import annotations

import numpy as np

from setia.defection import Definition
from setia.errors import InputError
from setia.learn.tryout import try_out
from setia.panel import Panel
from setia.timeline import Timeline, date_of
from setia.training.settings import TrainSettings

#: Fewer cannot teach a model anything that the simple rules do not know.
MINIMUM_CUSTOMERS = 50


def try_estimators(settings: TrainSettings) -> None:
    """Rehearse both estimators on a few made-up rows.

    Raises:
        InputError: one refuses its settings, or could not be loaded again.
    """
    try_out(settings.classifier.estimator, "classifier")
    try_out(settings.regressor.estimator, "regressor")


def check(panel: Panel, timeline: Timeline, definition: Definition) -> None:
    """Refuse a panel with nothing to learn from, in words."""
    fit = panel.at(timeline.fit)
    customers = len(np.unique(fit.customer_id)) if len(fit) else 0
    if customers < MINIMUM_CUSTOMERS:
        bought = f"{customers} customer{'s' * (customers != 1)} bought"
        raise InputError(
            f"Only {bought} on or before {date_of(timeline.fit[-1])}; at least "
            f"{MINIMUM_CUSTOMERS} are needed to learn from. Bring a longer or larger log, or a shorter horizon_days."
        )
    for cutoff in (timeline.fit[-1], timeline.validation, timeline.holdout):
        known = panel.at(cutoff).defected
        known = known[~np.isnan(known)]
        if not len(known):
            raise InputError(
                f"On {date_of(cutoff)} defection={definition.name} covers none of the {len(panel.at(cutoff))} "
                f"customers ({definition.words}); ask less of whom it covers, bring a longer log, or choose "
                "another definition."
            )
        if known.min() == known.max():
            came = "nobody" if known.max() == 0 else "everybody"
            raise InputError(
                f"Within {timeline.horizon_days} days after {date_of(cutoff)} {came} defected, so there is nothing "
                f"to tell apart; choose another horizon_days (now {timeline.horizon_days})."
            )
