"""A search in MLflow: one parent run a call, one child run a trial that is not there yet."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from setia.report.closing import without_passwords
from setia.tracking.settings import TrackingSettings
from setia.tracking.store import Store, experiment_of, locked, opened
from setia.tuning import Trial, Tuning

_STATUS: Final = {"done": "FINISHED", "pruned": "KILLED", "failed": "FAILED"}
_PAGE: Final = 1000


def log_tuning(
    tuning: Tuning, settings: TrackingSettings, *, best: Path, config_yaml: str, git_commit: str | None
) -> str:
    """Log a search and return the id of its parent run.

    A study that went on over several calls has several parents, tied by the tag `study`; each trial is
    logged once, also one of a call that was killed before it came to this.

    Raises:
        InputError: the store cannot be reached or written.
        LockedError: another run has been writing for too long.
    """
    with opened(settings, create=True) as store, locked(settings):
        experiment_id = experiment_of(store)
        logged = _logged(store, experiment_id, tuning.study)
        tags = {"mlflow.source.name": "setia", "mlflow.source.type": "LOCAL", "study": tuning.study, "kind": "tuning"}
        tags |= {"mlflow.source.git.commit": git_commit} if git_commit else {}
        run = store.client.create_run(experiment_id, tags=tags, run_name=f"tune {tuning.study}")
        parent = str(run.info.run_id)
        try:
            for trial in tuning.trials:
                if trial.number not in logged:
                    _child(store, experiment_id, parent, tuning, trial)
            _numbers(store, parent, tuning)
            with TemporaryDirectory() as folder:
                _files(tuning, best, config_yaml, Path(folder))
                store.client.log_artifacts(parent, folder)
            store.client.set_terminated(parent, "FINISHED")
        except BaseException:
            store.client.set_terminated(parent, "FAILED")
            raise
    return parent


def _logged(store: Store, experiment_id: str, study: str) -> set[int]:
    """Return the numbers of the study's trials that have a finished child run."""
    found: set[int] = set()
    token: str | None = None
    while True:
        query = f"tags.study = '{study}' and tags.kind = 'trial'"
        page = store.client.search_runs([experiment_id], query, max_results=_PAGE, page_token=token)
        found |= {int(run.data.tags["trial"]) for run in page if run.info.status != "RUNNING"}
        token = page.token
        if not token:
            return found


def _child(store: Store, experiment_id: str, parent: str, tuning: Tuning, trial: Trial) -> None:
    from mlflow.entities import Metric, Param

    started, ended = trial.started or int(time.time() * 1000), trial.ended or int(time.time() * 1000)
    tags = {
        "mlflow.parentRunId": parent,
        "study": tuning.study,
        "kind": "trial",
        "trial": str(trial.number),
        "state": trial.state,
        "defaults": str(trial.defaults).lower(),
    }
    run = store.client.create_run(experiment_id, start_time=started, tags=tags, run_name=f"trial {trial.number}")
    points = [Metric("score_so_far", mean, ended, step) for step, mean in enumerate(trial.running)]
    points += [Metric("case_score", score, ended, step) for step, score in enumerate(trial.scores)]
    for step, figures in enumerate(trial.figures):
        points += [Metric(name, value, ended, step) for name, value in asdict(figures).items()]
    if trial.score is not None:
        points.append(Metric("score", trial.score, ended, 0))
    store.client.log_batch(
        run.info.run_id,
        metrics=[point for point in points if math.isfinite(point.value)],
        params=[Param(name, f"{value:.6g}") for name, value in trial.values.items()],
    )
    store.client.set_terminated(run.info.run_id, _STATUS[trial.state], end_time=ended)


def _numbers(store: Store, run_id: str, tuning: Tuning) -> None:
    from mlflow.entities import Metric, Param

    gain, now = tuning.gain, int(time.time() * 1000)
    values = {
        "best_score": gain.score,
        "best_score_lo": gain.lo,
        "best_score_hi": gain.hi,
        **{f"trials_{state}": tuning.count(state) for state in _STATUS},
        **{f"importance/{name}": share for name, share in tuning.importance},
    }
    params = {"best_trial": str(tuning.best.number), "cases": ", ".join(tuning.cases), "verdict": tuning.verdict}
    params |= {name: f"{value:.6g}" for name, value in tuning.chosen.items()}
    store.client.log_batch(
        run_id,
        metrics=[Metric(name, float(value), now, 0) for name, value in values.items() if math.isfinite(value)],
        params=[Param(name, value[:6000]) for name, value in params.items()],
    )


def _files(tuning: Tuning, best: Path, config_yaml: str, folder: Path) -> None:
    (folder / "best.yaml").write_bytes(best.read_bytes())
    (folder / "config.yaml").write_text(without_passwords(config_yaml), encoding="utf-8")
    with (folder / "trials.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(_table(tuning))


def _table(tuning: Tuning) -> Iterable[list[Any]]:
    names = [spread.name for spread in tuning.settings.ranges]
    yield ["trial", "state", "score", *names, *tuning.cases]
    for trial in tuning.trials:
        score = "" if trial.score is None else trial.score
        cases = [trial.scores[k] if k < len(trial.scores) else "" for k in range(len(tuning.cases))]
        yield [trial.number, trial.state, score, *(trial.values.get(name, "") for name in names), *cases]
