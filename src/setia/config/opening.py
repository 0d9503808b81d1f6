"""What every stage begins with that asks a model about a log: the engine, the log, and the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setia.bundle import Bundle
    from setia.config import Config
    from setia.engine import Engine
    from setia.progress import Progress
    from setia.source import Log


@dataclass(frozen=True)
class Opened:
    """A log and the model that is asked about it; `live`: the log is today's, so that its age counts."""

    engine: Engine
    log: Log
    bundle: Bundle
    version: str
    live: bool


def opened(config: Config, progress: Progress) -> Opened:
    """Read the log of a configuration and load the model that it names, the champion by default.

    Raises:
        InputError: the log cannot be read, or the model was trained for another definition than was asked for.
        NoChampionError: there is no such model.
    """
    from setia.engine import connect
    from setia.scoring import is_live, refuse_other_definition
    from setia.source import read
    from setia.tracking import asked_model

    engine = connect(config.engine)
    with progress.stage("reading the log"):
        log = read(config.source, engine, as_of=config.as_of)
    with progress.stage("loading the model"):
        bundle, version = asked_model(config.tracking, config.model, config.name, log, config.train)
    refuse_other_definition(bundle.facts, config.train.definition, config.overrides)
    return Opened(engine, log, bundle, version, is_live(config.source, config.as_of))
