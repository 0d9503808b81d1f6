"""Registered models: new versions, the champion's alias, and finding what a user names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from setia.bundle import Bundle
from setia.errors import InputError, NoChampionError
from setia.tracking.model import bundle_in, fetched, model_id_of, trial_in
from setia.tracking.settings import TrackingSettings
from setia.tracking.store import Store, opened
from setia.tracking.trial import Trial, Verdict, compare
from setia.training import Training

CHAMPION: Final = "champion"


def challenge(store: Store, name: str, training: Training, trial: Trial) -> Verdict:
    """Compare a training with the champion of its name; where there is none to score with, it wins unopposed."""
    version = _champions(store).get(name)
    if version is None:
        return Verdict(True, "it is the champion, the first of its name")
    try:
        with fetched(store, _model_id(store, name, version)) as folder:
            theirs = trial_in(folder)
            if theirs is None:
                return Verdict(False, f"version {version} stays champion: nothing is known of how it was judged")
            return compare(training, trial, theirs, lambda: bundle_in(folder), version)
    except NoChampionError:
        return Verdict(True, f"it is the champion now, since the files of version {version} are gone")


def add_version(store: Store, name: str, run_id: str, model_id: str, verdict: Verdict) -> str:
    """Register a model as the next version of `name`, and then, if it has won, move the alias to it."""
    from mlflow.exceptions import MlflowException

    client = store.client
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    made = client.create_model_version(
        name,
        # Not models:/ID: an SQLite registry would look that up in whatever store is MLflow's global one.
        source=client.get_logged_model(model_id).artifact_location,
        run_id=run_id,
        model_id=model_id,
        tags={"why": verdict.why[:5000]},
        await_creation_for=60,
    )
    if verdict.better:
        client.set_registered_model_alias(name, CHAMPION, made.version)
    return str(made.version)


def find_champion(settings: TrackingSettings, name: str) -> tuple[Bundle, str]:
    """Return the champion registered under `name`, or under the only name that begins with it, and its version
    as NAME/NUMBER.

    Raises:
        NoChampionError: there is none, or there are several; names those that exist.
        InputError: the store cannot be reached, or the bundle is of another format.
    """
    with opened(settings, create=False) as store:
        champions = _champions(store)
        found = [name] if name in champions else [each for each in champions if each.startswith(f"{name}-")]
        if len(found) != 1:
            raise NoChampionError(_which(settings, name, found or sorted(champions), several=len(found) > 1))
        return _load(store, found[0], champions[found[0]])


def load_model(settings: TrackingSettings, uri: str) -> tuple[Bundle, str]:
    """Load a model by its address and return it with a name for the score table.

    `uri` is models:/NAME/VERSION, models:/NAME@ALIAS, runs:/RUN_ID (whatever follows is not needed), the
    NAME/VERSION that a score table shows, or a folder that holds a bundle.

    Raises:
        NoChampionError: nothing is registered there.
        InputError: the address is not understood, the store cannot be reached, or the bundle cannot be read.
    """
    if Path(uri).is_dir():
        return bundle_in(Path(uri)), uri
    kind, _, rest = uri.partition(":/") if ":/" in uri else ("models", "", uri)
    rest = rest.strip("/")
    if kind not in ("models", "runs") or not rest or (kind == "models" and not re.search(r"[/@]|^m-", rest)):
        raise InputError(
            f"model={uri} is not understood; write models:/NAME/VERSION, models:/NAME@champion, runs:/RUN_ID, or a "
            f"folder that holds a bundle."
        )
    from_run = rest.split("/")[0] if kind == "runs" else None
    with opened(settings, create=False) as store:
        if from_run:
            with fetched(store, _of_run(store, from_run, uri)) as folder:
                return bundle_in(folder), f"runs:/{from_run}"
        if model_id_of(rest) == rest:
            with fetched(store, rest) as folder:
                return bundle_in(folder), f"models:/{rest}"
        name, at, alias = rest.partition("@")
        name, version = (name, _alias(store, name, alias, uri)) if at else tuple(rest.rsplit("/", 1))
        return _load(store, name, version)


def _load(store: Store, name: str, version: str) -> tuple[Bundle, str]:
    with fetched(store, _model_id(store, name, version)) as folder:
        return bundle_in(folder), f"{name}/{version}"


def _champions(store: Store) -> dict[str, str]:
    """Return name -> version of every registered model with a champion."""
    return {name: aliases[CHAMPION] for name, aliases in _registered(store) if CHAMPION in aliases}


def _registered(store: Store) -> list[tuple[str, dict[str, str]]]:
    found: list[Any] = []
    token = None
    while True:
        page = store.client.search_registered_models(page_token=token)
        found += page
        token = page.token
        if not token:
            return [(each.name, {alias: str(v) for alias, v in each.aliases.items()}) for each in found]


def _alias(store: Store, name: str, alias: str, uri: str) -> str:
    for known, aliases in _registered(store):
        if known == name and alias in aliases:
            return aliases[alias]
    raise NoChampionError(_nothing(store, uri))


def _model_id(store: Store, name: str, version: str) -> str:
    from mlflow.exceptions import MlflowException

    try:
        found = store.client.get_model_version(name, version)
    except MlflowException as error:
        raise NoChampionError(_nothing(store, f"{name}/{version}")) from error
    model_id = found.model_id or model_id_of(found.source)
    if model_id is None:
        raise InputError(f"{name}/{version} was not logged by Setia, so it cannot be loaded as a bundle.")
    return str(model_id)


def _of_run(store: Store, run_id: str, uri: str) -> str:
    from mlflow.exceptions import MlflowException

    try:
        outputs = store.client.get_run(run_id).outputs
    except MlflowException as error:
        raise NoChampionError(_nothing(store, uri)) from error
    if outputs is None or not outputs.model_outputs:
        raise NoChampionError(f"The run {run_id} logged no model; it was stopped or has failed. Choose another.")
    return str(outputs.model_outputs[0].model_id)


def _which(settings: TrackingSettings, name: str, found: list[str], *, several: bool) -> str:
    if several:
        names = ", ".join(sorted(found))
        return f"Several champions have names that begin with {name}: {names}. Say which: name={found[0]}."
    if not found:
        return f"{settings.uri} holds no champion model yet. Run `make train` first."
    return (
        f"No champion is registered under {name} in {settings.uri}. Champions exist for: {', '.join(found)}. Say "
        f"name={found[0]}, or train on this log first."
    )


def _nothing(store: Store, uri: str) -> str:
    names = sorted(name for name, _ in _registered(store))
    known = f"Registered models: {', '.join(names)}." if names else "No model is registered yet; run `make train`."
    return f"There is no model {uri} in {store.settings.uri}. {known}"
