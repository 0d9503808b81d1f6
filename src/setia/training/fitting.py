"""From the finished panel to the fitted models: rehearsed on the past, judged, and fitted to the end."""

from __future__ import annotations

from dataclasses import dataclass

from setia.evaluate.evaluation import Evaluation
from setia.evaluate.level import Level
from setia.learn.blend import Blend
from setia.learn.distributed import cluster_of
from setia.learn.margin import Margin, fit_margin
from setia.learn.members import Members
from setia.learn.rehearsal import Rehearsal, rehearse
from setia.panel import Panel
from setia.progress import Progress
from setia.timeline import Timeline
from setia.training.judging import finish, judge, judge_levels
from setia.training.settings import TrainSettings


@dataclass(frozen=True)
class Fitted:
    """The rehearsal, how it was judged, and the models for use; `margin` where value is counted as profit."""

    tried: Rehearsal
    evaluation: Evaluation
    levels: tuple[Level, ...]
    members: Members
    blend: Blend
    margin: Margin | None


def fit(settings: TrainSettings, panel: Panel, timeline: Timeline, basis: str, progress: Progress) -> Fitted:
    """Fit to a panel that has the columns of the dropout model, on this machine or on a cluster.

    Raises:
        InputError: no scheduler or worker answers.
    """
    with cluster_of(settings.distributed) as cluster:
        with progress.stage("rehearsal: fitting on the past"):
            tried = rehearse(
                settings.classifier,
                settings.regressor,
                panel,
                timeline,
                settings.panel.max_fit_rows,
                settings.seed,
                progress,
                cluster,
                apart=settings.apart,
            )
        with progress.stage("evaluation on the holdout"):
            # what the holdout tells of margins is not known at its cutoff
            margin = fit_margin(panel.at(timeline.fit)) if basis == "profit" else None
            evaluation = judge(tried, settings, timeline, basis, margin)
            levels = judge_levels(tried, evaluation, settings, timeline, basis, margin)
        with progress.stage("final fit"):
            members, blend = finish(tried, settings, panel, timeline, basis, cluster)
            margin = fit_margin(panel.at(timeline.final)) if basis == "profit" else None
    return Fitted(tried, evaluation, levels, members, blend, margin)
