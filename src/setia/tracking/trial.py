"""The rule by which a challenger becomes champion; figures in, a verdict with its reason out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from setia import metrics
from setia.bundle import Bundle, Facts
from setia.errors import InputError
from setia.timeline import date_of, day_of
from setia.training import OURS, Training

#: A challenger with the better log loss may order value this much worse (Gini) and still win: less is noise.
GINI_TOLERANCE: Final = 0.002


@dataclass(frozen=True)
class Trial:
    """How a run was judged: by its recipe, unrefitted, on a holdout. Kept with every model.

    `question` says what is forecast: definition, its version, basis and horizon. `cutoff` is that of the
    holdout; `seen` is the last day of which the final fit, which goes into use, saw outcomes (both ISO
    dates). `rows` and `outcomes` (a checksum of what came of each row) tell whether two trials were held
    on the same rows. `out_of_time` is false where the log was too short for a holdout of its own.
    """

    source: str
    fingerprint: str
    question: str
    cutoff: str
    seen: str
    rows: int
    outcomes: str
    out_of_time: bool
    log_loss: float
    gini: float


def _definition(facts: Facts) -> str:
    """Return a definition with its version and settings: half of the custom and a third are two questions."""
    settings = ", ".join(f"{name} {value}" for name, value in facts.definition_settings.items())
    return f"{facts.definition} {facts.definition_version}" + (f" ({settings})" if settings else "")


@dataclass(frozen=True)
class Verdict:
    """Whether the challenger takes over, and a sentence why."""

    better: bool
    why: str


def trial_of(training: Training) -> Trial:
    """Return how a training was judged."""
    facts, evaluation = training.bundle.facts, training.evaluation
    figure = {name: evaluation.figure(name, OURS) for name in ("log_loss", "gini")}
    value = {name: float("nan") if found is None else found.value for name, found in figure.items()}
    # Sums of money may differ in the last digits from run to run, so only the outcome of defection is hashed.
    outcomes = hashlib.sha256(np.nan_to_num(evaluation.defected, nan=2.0).astype(np.int8).tobytes())
    return Trial(
        source=facts.source,
        fingerprint=facts.fingerprint,
        question=f"{_definition(facts)}, {facts.basis}, {facts.horizon_days} days",
        cutoff=date_of(evaluation.cutoff).isoformat(),
        seen=date_of(day_of(max(facts.cutoffs)) + facts.horizon_days).isoformat(),
        rows=len(evaluation.defected),
        outcomes=outcomes.hexdigest()[:16],
        out_of_time=training.timeline.out_of_time,
        log_loss=value["log_loss"],
        gini=value["gini"],
    )


def compare(
    training: Training, challenger: Trial, champion: Trial, load: Callable[[], Bundle], version: str
) -> Verdict:
    """Judge a challenger against the champion, of which `version` is the number.

    On outcomes later than both fits, the champion's bundle forecasts the challenger's holdout. Where it has seen
    some of those outcomes, the two recipes are compared by their figures, provided that both were held on
    the same rows. Otherwise nothing can be said and the champion stays.
    """
    ours, theirs = f"{challenger.log_loss:.4f}", f"version {version}"
    if challenger.question != champion.question:
        return Verdict(
            False,
            f"{theirs} stays champion, since it answers another question ({champion.question}; this run: "
            f"{challenger.question}). Register under another name.",
        )
    try:
        bundle = load()
    except InputError as error:
        return Verdict(True, f"it is the champion now, since {theirs} can no longer be read ({error})")
    missing = [name for name in bundle.feature_names if name not in training.holdout.names]
    later = challenger.out_of_time and challenger.cutoff >= champion.seen
    after = f"{training.timeline.horizon_days} days after {challenger.cutoff}"
    if later and not missing:
        log_loss, gini = _judged(bundle, training)
        return _by_figures(challenger, log_loss, gini, version, f"on outcomes later than both fits ({after})")
    if (champion.cutoff, champion.rows, champion.outcomes) == (
        challenger.cutoff,
        challenger.rows,
        challenger.outcomes,
    ):
        where = f"both recipes on the same holdout ({after})"
        return _by_figures(challenger, champion.log_loss, champion.gini, version, where)
    if later:
        reason = f"it needs features that this run did not build ({', '.join(missing[:3])})"
    else:
        reason = (
            f"it has seen outcomes until {champion.seen}, and this run was judged on those after {challenger.cutoff}"
        )
    return Verdict(
        False,
        f"{theirs} stays champion for want of a fair comparison: {reason}. This run's log loss was {ours}, "
        f"{theirs}'s {champion.log_loss:.4f} on its own holdout.",
    )


def _judged(bundle: Bundle, training: Training) -> tuple[float, float]:
    """Return log loss and Gini of a bundle on the holdout of another training."""
    holdout = training.holdout
    forecast = bundle.forecast(holdout.X[:, [holdout.names.index(name) for name in bundle.feature_names]])
    known = ~np.isnan(holdout.defected)
    log_loss = metrics.log_loss(holdout.defected[known], forecast.p_defect[known])
    return log_loss, metrics.gini(holdout.value, forecast.expected_value)


def _by_figures(challenger: Trial, log_loss: float, gini: float, version: str, where: str) -> Verdict:
    # Without any value in the holdout there is no Gini; then log loss decides alone.
    no_worse = not challenger.gini < gini - GINI_TOLERANCE
    better = challenger.log_loss < log_loss and no_worse
    head = f"it takes over from version {version}" if better else f"version {version} stays champion"
    return Verdict(
        better,
        f"{head}: log loss {challenger.log_loss:.4f} against {log_loss:.4f}, "
        f"Gini {challenger.gini:.3f} against {gini:.3f}, {where}",
    )
