"""A training run in MLflow: everything logged first, then registered, then perhaps champion."""

from __future__ import annotations

import getpass
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from setia.errors import InputError
from setia.tracking import record
from setia.tracking.model import log_model
from setia.tracking.registry import add_version, challenge
from setia.tracking.settings import TrackingSettings
from setia.tracking.store import Store, experiment_of, locked, opened
from setia.tracking.trial import Trial, Verdict, trial_of
from setia.training import Training


@dataclass(frozen=True)
class Registered:
    """Where a training went. `version` is empty where nothing was registered; `why` has no full stop."""

    run_id: str
    model_name: str
    version: str
    champion: bool
    why: str
    uri: str


def reach(settings: TrackingSettings, name: str | None = None) -> None:
    """Make sure, before hours of training, that the store answers and that `name` can be registered.

    Raises:
        InputError: it cannot, in a sentence.
        LockedError: another run has been writing for too long.
    """
    if name is not None and (not name.strip() or any(character in name for character in "/:@")):
        raise InputError(f"name={name} cannot name a model; leave out the characters / : and @.")
    with opened(settings, create=True) as store, locked(settings):
        experiment_of(store)


def log_training(
    training: Training, settings: TrackingSettings, *, name: str, config_yaml: str, git_commit: str | None
) -> Registered:
    """Log a training as a run, register its bundle under `name`, and let it challenge the champion.

    Nothing is registered before everything is logged; a run that fails is marked FAILED and registers
    nothing. With an SQLite store, one run at a time writes, so that two that end together get two versions
    and the later of them challenges the winner of the earlier.

    Raises:
        InputError: the store cannot be reached or written, or the name cannot be registered.
        LockedError: another run has been writing for too long.
    """
    trial = trial_of(training)
    with TemporaryDirectory() as folder:
        record.write(training, trial, config_yaml, Path(folder))
        with opened(settings, create=True) as store, locked(settings):
            experiment_id = experiment_of(store)
            tags = _tags(training, git_commit)
            run = store.client.create_run(experiment_id, tags=tags, run_name=_run_name(name, training))
            run_id = str(run.info.run_id)
            try:
                store.client.log_artifacts(run_id, folder)
                record.log_numbers(store.client, run_id, training, config_yaml)
                model_id = log_model(store, experiment_id, run_id, training.bundle, trial)
                registered = _register(store, name, run_id, model_id, training, trial)
                store.client.set_terminated(run_id, "FINISHED")
            except BaseException:
                store.client.set_terminated(run_id, "FAILED")
                raise
    return registered


def _register(store: Store, name: str, run_id: str, model_id: str, training: Training, trial: Trial) -> Registered:
    if not store.settings.register:
        verdict = Verdict(False, "not registered (tracking.register=false)")
        return Registered(run_id, name, "", False, verdict.why, f"models:/{model_id}")
    verdict = challenge(store, name, training, trial)
    version = add_version(store, name, run_id, model_id, verdict)
    return Registered(run_id, name, version, verdict.better, verdict.why, f"models:/{name}/{version}")


def _tags(training: Training, git_commit: str | None) -> dict[str, str]:
    facts = training.bundle.facts
    tags = {
        "mlflow.source.name": "setia",
        "mlflow.source.type": "LOCAL",
        "mlflow.user": _user(),
        "fingerprint": facts.fingerprint,
        "source": facts.source,
        "as_of": facts.as_of,
        "horizon_days": str(facts.horizon_days),
        "definition": facts.definition,
        "basis": facts.basis,
    }
    return tags | ({"mlflow.source.git.commit": git_commit} if git_commit else {})


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "unknown"


def _run_name(name: str, training: Training) -> str:
    return f"{name} as of {training.bundle.facts.as_of}"


def git_commit() -> str | None:
    """Return the commit of the checkout that this code runs from; None outside of one, or without git."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None
