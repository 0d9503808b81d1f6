"""A search is logged as a parent run with one child run a trial, each of them once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_tuning import searched

from setia.tracking import TrackingSettings
from setia.tracking.store import opened
from setia.tracking.trials import log_tuning
from setia.tuning import Tuning
from setia.tuning.outcome import write_best


def logged(tuning: Tuning, settings: TrackingSettings) -> str:
    text = "source:\n  url: postgresql://me:s3cret@host/db\n"
    return log_tuning(tuning, settings, best=write_best(tuning), config_yaml=text, git_commit="c0ffee")


def runs(settings: TrackingSettings, query: str) -> list[Any]:
    with opened(settings, create=False) as store:
        experiment = store.client.get_experiment_by_name(settings.experiment)
        return list(store.client.search_runs([experiment.experiment_id], query, order_by=["start_time"]))


def test_each_trial_is_a_child_with_its_settings_and_scores(settings: TrackingSettings, tmp_path: Path) -> None:
    found = searched(tmp_path, trials=4)
    parent = logged(found, settings)
    children = {int(run.data.tags["trial"]): run for run in runs(settings, f"tags.`mlflow.parentRunId` = '{parent}'")}
    assert sorted(children) == [0, 1, 2, 3]
    for trial in found.trials:
        run = children[trial.number]
        assert {name: float(value) for name, value in run.data.params.items()} == pytest.approx(
            dict(trial.values), 1e-4
        )
        assert run.data.tags["state"] == trial.state
        assert run.info.status == {"done": "FINISHED", "pruned": "KILLED"}[trial.state]
        assert (run.info.start_time, run.info.end_time) == (trial.started, trial.ended)
        assert run.data.metrics.get("score") == trial.score
    with opened(settings, create=False) as store:
        last = found.trials[-1]
        steps = store.client.get_metric_history(children[last.number].info.run_id, "score_so_far")
    assert [point.value for point in sorted(steps, key=lambda point: point.step)] == pytest.approx(last.running)


def test_the_parent_tells_the_best(settings: TrackingSettings, tmp_path: Path) -> None:
    found = searched(tmp_path, trials=3)
    parent = logged(found, settings)
    (run,) = runs(settings, "tags.kind = 'tuning'")
    assert run.info.run_id == parent
    assert run.info.status == "FINISHED"
    assert run.data.metrics["best_score"] == found.best.score
    assert run.data.metrics["trials_done"] == found.count("done")
    assert run.data.params["verdict"] == found.verdict
    folder = Path(str(settings.artifact_location)) / parent / "artifacts"
    assert sorted(path.name for path in folder.iterdir()) == ["best.yaml", "config.yaml", "trials.csv"]
    assert "s3cret" not in (folder / "config.yaml").read_text()
    assert len((folder / "trials.csv").read_text().splitlines()) == 4


def test_a_search_that_goes_on_logs_what_is_new(settings: TrackingSettings, tmp_path: Path) -> None:
    first = logged(searched(tmp_path, trials=2), settings)
    second = logged(searched(tmp_path, trials=4), settings)
    third = logged(searched(tmp_path, trials=4), settings)
    children = runs(settings, "tags.kind = 'trial'")
    of = [run.data.tags["mlflow.parentRunId"] for run in sorted(children, key=lambda run: int(run.data.tags["trial"]))]
    assert of == [first, first, second, second]
    assert third not in of
    assert len({run.data.tags["study"] for run in runs(settings, "tags.kind = 'tuning'")}) == 1
