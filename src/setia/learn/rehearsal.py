"""The rehearsal: models that saw only the past forecast a later cutoff, which teaches how far to trust them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from setia.learn.distributed import Cluster
from setia.learn.grow import folds_of
from setia.learn.members import (
    ClassifierSettings,
    Members,
    Raw,
    RegressorSettings,
    fit_members,
    mean_of,
    stack,
)
from setia.panel import Panel
from setia.progress import SILENT, Progress
from setia.timeline import Timeline

FOLDS = 4


@dataclass(frozen=True)
class Rehearsal:
    """Forecasts that their models had no part in, beside what came, and the size those models took.

    `validation` and `holdout` are panels; `raw_validation` and `raw_holdout` hold the forecasts of their
    rows. Where the log is too short for a holdout of its own the two are the same.
    """

    validation: Panel
    raw_validation: Raw
    holdout: Panel
    raw_holdout: Raw
    rounds: Mapping[str, int | None]


def rehearse(
    classifier: ClassifierSettings,
    regressor: RegressorSettings,
    panel: Panel,
    timeline: Timeline,
    max_fit_rows: int,
    seed: int,
    progress: Progress = SILENT,
    cluster: Cluster | None = None,
    *,
    apart: bool = False,
) -> Rehearsal:
    """Fit on the timeline's `fit` cutoffs, stop early on `validation`, forecast `validation` and `holdout`.

    On a short log the cutoffs are shared by customer folds: the forecast of a customer always comes
    from models that never saw that customer (validation), or nothing after the validation (holdout).
    `apart`: to defect means something else than to buy nothing.
    """
    validation, holdout = panel.at(timeline.validation), panel.at(timeline.holdout)
    fitted: list[Members] = []
    raws: list[Raw] = []
    places: list[NDArray[np.int64]] = []
    parts = list(_splits(panel.at(timeline.fit), validation, timeline, seed))
    for train, watch, place in progress.each(parts, "rehearsal", len(parts)):
        some = train.sample(max_fit_rows, seed)
        members = fit_members(classifier, regressor, some, watch, seed, cluster=cluster, apart=apart)
        fitted.append(members)
        raws.append(members.predict(validation.rows(place).X))
        places.append(place)
    raw_validation = stack(raws, np.argsort(np.concatenate(places), kind="stable"))
    later = timeline.holdout != timeline.validation
    raw_holdout = mean_of([m.predict(holdout.X) for m in fitted]) if later else raw_validation
    return Rehearsal(validation, raw_validation, holdout, raw_holdout, _middle_rounds(fitted))


def _splits(
    fit: Panel, validation: Panel, timeline: Timeline, seed: int
) -> Iterator[tuple[Panel, Panel, NDArray[np.int64]]]:
    """Yield what to train on, what to watch, and the places of the validation rows to forecast.

    Where those forecasts will be judged, the fold that is watched is not the one that is forecast: a forest
    that stops when it suits some rows knows something of their outcomes.
    """
    if not timeline.folded:
        yield fit, validation, np.arange(len(validation))
        return
    of_fit, of_validation = (folds_of(p.customer_id, FOLDS, seed) for p in (fit, validation))
    for fold in range(FOLDS):
        watched = fold if timeline.out_of_time else (fold + 1) % FOLDS
        place = np.flatnonzero(of_validation == fold)
        if len(place):
            train = fit.rows((of_fit != fold) & (of_fit != watched))
            yield train, validation.rows(of_validation == watched), place


def _middle_rounds(fitted: list[Members]) -> dict[str, int | None]:
    def middle(name: str) -> int | None:
        sizes = [size for members in fitted if (size := members.rounds[name]) is not None]
        return int(np.median(sizes)) if sizes else None

    return {name: middle(name) for name in fitted[0].rounds}
