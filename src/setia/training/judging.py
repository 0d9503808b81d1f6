"""Judging the recipe on the holdout, and the final fit by what the rehearsal taught."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from setia.evaluate.evaluation import Evaluation, evaluate
from setia.evaluate.level import Level, level
from setia.evaluate.rules import Method, simple_rules
from setia.learn.blend import Blend, fit_blend, in_profit
from setia.learn.distributed import Cluster
from setia.learn.margin import Margin
from setia.learn.members import Members, Raw, fit_members, stack
from setia.learn.rehearsal import Rehearsal
from setia.panel import Panel
from setia.panel import stack as stack_panels
from setia.timeline import Timeline
from setia.training.settings import TrainSettings

#: The name under which the model stands in tables beside the simple rules.
OURS = "setia"


def judge(
    tried: Rehearsal, settings: TrainSettings, timeline: Timeline, basis: str, margin: Margin | None = None
) -> Evaluation:
    """Judge the rehearsal's models on the holdout; the blend and its intervals are learnt from the validation cutoff.

    Where the two are one, nothing is learnt from it: the blend stays at its start, without intervals. `margin` turns
    its revenue into profit, where value is counted so; it has not seen the holdout.
    """
    holdout, raw = tried.holdout, tried.raw_holdout
    rows = len(tried.validation) if timeline.out_of_time else 0
    blend = _by_validation(tried, rows, settings, timeline, basis)
    said = blend.forecast(raw, holdout.X, holdout.names)
    pit = None
    if blend.predictive is not None and margin is None:
        asked = said.p_none, said.expected_value, holdout.X, holdout.names
        pit = blend.predictive.pit(holdout.value, *asked, settings.seed)
    if margin is not None:
        said = in_profit(said, margin, holdout.X, holdout.names)
    ours = Method(OURS, said.p_defect, said.expected_value)
    if blend.predictive is not None:
        ours = replace(ours, value_lo=said.expected_value_lo, value_hi=said.expected_value_hi, pit=pit)
    rules = simple_rules(tried.validation.as_valued(), holdout.as_valued(), timeline.horizon_days)
    return evaluate(holdout.as_valued(), (ours, *rules), timeline.holdout, settings.seed)


def judge_levels(
    tried: Rehearsal,
    evaluation: Evaluation,
    settings: TrainSettings,
    timeline: Timeline,
    basis: str,
    margin: Margin | None = None,
) -> tuple[Level, ...]:
    """Return the levels of validation (forecast by the blend at its start) and of the judged holdout, oldest first."""
    ours = evaluation.methods[0]
    assert ours.p_defect is not None
    assert ours.expected_value is not None
    judged = level(tried.holdout.as_valued(), timeline.holdout, "holdout", ours.p_defect, ours.expected_value)
    if not timeline.out_of_time:
        return (judged,)
    start, raw = _by_validation(tried, 0, settings, timeline, basis).combination, tried.raw_validation
    expected = start.expected_value(raw)
    if margin is not None:
        expected = expected * margin.of(tried.validation.X, tried.validation.names)
    seen = tried.validation.as_valued()
    before = level(seen, timeline.validation, "validation", start.p_defect(raw), expected)
    return before, judged


def finish(
    tried: Rehearsal,
    settings: TrainSettings,
    panel: Panel,
    timeline: Timeline,
    basis: str,
    cluster: Cluster | None = None,
) -> tuple[Members, Blend]:
    """Refit every member on all usable cutoffs at the size the rehearsal found, and blend them by all
    that the rehearsal's models forecast out of time."""
    final = panel.at(timeline.final).sample(settings.panel.max_fit_rows, settings.seed)
    recipe = settings.classifier, settings.regressor
    members = fit_members(*recipe, final, None, settings.seed, tried.rounds, cluster, apart=settings.apart)
    raws, seen = [tried.raw_validation], [tried.validation]
    if timeline.holdout != timeline.validation:
        raws.append(tried.raw_holdout)
        seen.append(tried.holdout)
    return members, _blend(stack(raws), stack_panels(seen), len(tried.validation), settings, timeline, basis)


def _by_validation(tried: Rehearsal, rows: int, settings: TrainSettings, timeline: Timeline, basis: str) -> Blend:
    """Learn the blend from the first so many rows of the validation cutoff: all of them, or none."""
    places, customers = np.arange(rows), len(tried.validation)
    return _blend(
        tried.raw_validation.rows(places), tried.validation.rows(places), customers, settings, timeline, basis
    )


def _blend(raw: Raw, seen: Panel, customers: int, settings: TrainSettings, timeline: Timeline, basis: str) -> Blend:
    return fit_blend(
        settings.combine,
        settings.interval,
        raw,
        seen,
        timeline.horizon_days,
        customers=customers,
        counted=basis == "purchases",
        covers_silence=settings.definition.covers_silence,
        seed=settings.seed,
    )
