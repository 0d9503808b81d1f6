"""The connection to MLflow: quiet, private, and made ready once however many runs start together."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from setia.errors import InputError, LockedError, NoChampionError
from setia.hush import hushed
from setia.tracking.settings import TrackingSettings

#: Nothing is sent to MLflow's makers, whatever was set before.
_PRIVATE: Final = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
#: The user sees our lines only; each of these may be set otherwise from outside.
_QUIET: Final = {
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_PRINT_MODEL_URLS_ON_CREATION": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",  # 7 by default: four minutes until a dead server is told
    "MLFLOW_UV_AUTO_DETECT": "false",  # would copy a lock that lies in the working directory into the model
}
#: Seconds to wait for another run that is writing to the same store; it needs two or three itself.
PATIENCE: Final = 120.0
#: The loggers whose lines are not for the user while we talk to the store.
TALKATIVE: Final = ("mlflow", "mlflow.store.db.utils", "alembic")


@dataclass(frozen=True)
class Store:
    """An open tracking store. `client` is MLflow's; every call goes through it, so nothing global is set."""

    client: Any
    settings: TrackingSettings


def load() -> None:
    """Load MLflow, which takes seconds, and do nothing else: the store itself is opened by one thread at a time."""
    _prepare_environment()
    import mlflow.tracking  # noqa: F401


def _prepare_environment() -> None:
    os.environ.update(_PRIVATE)
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)


@contextmanager
def opened(settings: TrackingSettings, *, create: bool) -> Iterator[Store]:
    """Open the store, silence MLflow meanwhile, and tell its faults as sentences.

    Raises:
        InputError: the store cannot be reached, read or written.
        NoChampionError: there is no store yet, and `create` is false.
    """
    database = settings.database
    if database is not None and not database.exists() and not create:
        raise NoChampionError(f"No model has been trained yet: there is no {database}. Run `make train` first.")
    _prepare_environment()
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient
    from sqlalchemy.exc import SQLAlchemyError

    with hushed(*TALKATIVE):
        try:
            if database is not None and not database.exists():
                with locked(settings):
                    _make(database)
            yield Store(MlflowClient(settings.address, settings.address), settings)
        except (MlflowException, SQLAlchemyError, OSError) as error:  # OSError: a full disk, a broken connection
            raise InputError(_sentence(settings, str(error))) from error


@contextmanager
def locked(settings: TrackingSettings) -> Iterator[None]:
    """Let one run at a time write to an SQLite store; a server orders its own callers.

    Raises:
        LockedError: another run has been writing for longer than any run should.
        InputError: the folder of the database cannot be made or written to.
    """
    database = settings.database
    if database is None:
        yield
        return
    from filelock import FileLock, Timeout

    lock = FileLock(database.parent / f".{database.name}.lock", timeout=PATIENCE)
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise LockedError(
            f"Another run has been writing to {database} for {PATIENCE:.0f} seconds; try again when it has ended."
        ) from error
    except OSError as error:
        raise InputError(f"The tracking store {database} cannot be written ({error.strerror or error}).") from error
    try:
        yield
    finally:
        lock.release()


def experiment_of(store: Store) -> str:
    """Return the id of the experiment, which is made on first use. Call it while the store is locked.

    Raises:
        InputError: the experiment was deleted, or keeps its artifacts elsewhere than the settings say.
    """
    name, wanted = store.settings.experiment, _uri(store.settings.artifact_location)
    found = store.client.get_experiment_by_name(name)
    if found is None:
        return str(_made(store, name, wanted))
    if found.lifecycle_stage == "deleted":
        raise InputError(
            f"The experiment {name} was deleted in {store.settings.uri}; choose another tracking.experiment."
        )
    if wanted is not None and _uri(found.artifact_location) != wanted:
        raise InputError(
            f"The experiment {name} in {store.settings.uri} keeps its artifacts in {found.artifact_location}, not in "
            f"{store.settings.artifact_location} (was the folder moved?). Set tracking.artifacts to the former, or "
            f"choose another tracking.experiment."
        )
    return str(found.experiment_id)


def _made(store: Store, name: str, location: str | None) -> str:
    """Make the experiment; where a run on the same server was quicker, take its."""
    from mlflow.exceptions import MlflowException

    try:
        return str(store.client.create_experiment(name, artifact_location=location))
    except MlflowException:
        found = store.client.get_experiment_by_name(name)
        if found is None:
            raise
        return str(found.experiment_id)


def _uri(location: str | None) -> str | None:
    return location if location is None or "://" in location else Path(location).as_uri()


def _make(database: Path) -> None:
    """Create the tables in a file of its own and rename it, so that a database is whole or absent.

    MLflow builds them by some seventy migrations, each committed: without waiting for the disk they take
    three seconds; with it, up to fifteen were measured on a busy machine.
    """
    from mlflow.tracking import MlflowClient
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    if database.exists():  # made by the run that held the lock before us
        return
    for leftover in database.parent.glob(f".{database.name}.*.part*"):
        leftover.unlink(missing_ok=True)
    # A name of its own each time: MLflow remembers, per address, which stores it has made.
    unfinished = database.parent / f".{database.name}.{os.urandom(6).hex()}.part"
    event.listen(Engine, "connect", _without_waiting)
    try:
        MlflowClient(f"sqlite:///{unfinished}").search_experiments(max_results=1)
    finally:
        event.remove(Engine, "connect", _without_waiting)
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    unfinished.replace(database)


def _without_waiting(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA synchronous = OFF")


def _sentence(settings: TrackingSettings, message: str) -> str:
    first = next((line.strip() for line in message.splitlines() if line.strip()), "no reason given")
    if "out-of-date database schema" in message:
        return (
            f"The tracking store {settings.uri} was made by another version of MLflow. Copy the file to be safe, then "
            f"run `mlflow db upgrade {settings.address}`."
        )
    if "Max retries exceeded" in message or "Connection refused" in message:
        return f"The tracking server {settings.uri} does not answer; is it running, and is tracking.uri right?"
    return f"The tracking store {settings.uri} cannot be used: {first[:300]}"
