"""Where runs and models are tracked, and under what name they compete."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from setia.defection import AnyOf, as_dict, definition_of
from setia.errors import InputError
from setia.value import basis_of

if TYPE_CHECKING:
    from setia.bundle import Facts
    from setia.defection import Definition
    from setia.source import Log
    from setia.training import TrainSettings

_SQLITE = "sqlite:///"


@dataclass(frozen=True)
class TrackingSettings:
    """Where runs and models are tracked.

    `uri` is `sqlite:///PATH.db` (PATH relative to the working directory) or an MLflow server's address.
    `artifacts` is the folder or URI for figures and models of an SQLite store (null: `artifacts` beside the
    database); a server keeps them where it was told to. `register` false tracks a run but registers no version.

    Raises:
        InputError: the address is of a kind that is not supported.
    """

    uri: str = "sqlite:///models/mlflow.db"
    artifacts: str | None = None
    experiment: str = "setia"
    register: bool = True

    def __post_init__(self) -> None:
        if not self.uri.startswith((_SQLITE, "http://", "https://")) or self.uri == _SQLITE:
            raise InputError(
                f"tracking.uri={self.uri} is not understood; write sqlite:///PATH.db for a file of your own, or the "
                f"address of an MLflow server, such as http://localhost:5000."
            )
        if self.artifacts is not None and self.database is None:
            raise InputError(
                f"tracking.artifacts={self.artifacts} has no meaning with the server {self.uri}, which keeps artifacts "
                f"where it was told to; leave it out."
            )

    @property
    def database(self) -> Path | None:
        """The SQLite file, absolute; None for a server."""
        if not self.uri.startswith(_SQLITE):
            return None
        return Path(self.uri.removeprefix(_SQLITE)).absolute()

    @property
    def address(self) -> str:
        """The URI with an absolute path, so that it means the same after a change of folder."""
        return self.uri if self.database is None else f"{_SQLITE}{self.database}"

    @property
    def artifact_location(self) -> str | None:
        """Where an SQLite store keeps artifacts, an absolute path or a URI; None for a server."""
        if self.database is None:
            return None
        if self.artifacts is None:
            return str(self.database.parent / "artifacts")
        return self.artifacts if "://" in self.artifacts else str(Path(self.artifacts).absolute())


def default_name(facts: Facts) -> str:
    """Return the name under which models of one source, definition, value and horizon compete."""
    content = {"version": facts.definition_version, "settings": facts.definition_settings}
    definition = definition_of({"name": facts.definition, **content})
    return f"{name_prefix(facts.source)}-{question_of(definition)}-{facts.basis}-{facts.horizon_days}d"


def question_of(definition: Definition) -> str:
    """Return a definition in a word, with the settings that are not its defaults: they ask another question."""
    if isinstance(definition, AnyOf):
        return "_or_".join(question_of(part) for part in definition.of)
    own, usual = (as_dict(each)["settings"] for each in (definition, type(definition)()))
    changed = [f"{name}_{value}" for name, value in own.items() if value != usual[name]]
    return "_".join([definition.name, *changed])


def name_of(facts: Facts, name: str | None, *, chosen: bool) -> str:
    """Return the name to register under: the one asked for, or the default.

    A model of a further definition never competes with the `chosen` one: to the name asked for it adds its own.
    """
    if name is None:
        return default_name(facts)
    return name if chosen else f"{name}-{facts.definition}"


def name_prefix(source: str) -> str:
    """Return how the default names of all models of a source begin."""
    return re.sub(r"[^A-Za-z0-9_]+", "_", source).strip("_").lower() or "log"


def champion_name(log: Log, settings: TrainSettings) -> str:
    """Return the default name of the model that a log and its settings ask for.

    Without a horizon it is only how the name begins: the one champion of any horizon is meant.
    """
    basis = basis_of(settings.value, log.columns)
    begin = f"{name_prefix(log.name)}-{question_of(settings.definition)}-{basis}"
    return begin if settings.horizon_days is None else f"{begin}-{settings.horizon_days}d"
