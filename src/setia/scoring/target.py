"""Where the scores go: a file of this machine, or on Spark a folder of Parquet files."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from setia.engine import Engine
from setia.errors import InputError
from setia.output import sweep
from setia.scoring.settings import ScoreSettings
from setia.scoring.writer import suffix_of
from setia.source import Log
from setia.timeline import date_of

#: The suffix that stands for a folder which Spark writes.
SPARK_FOLDER: Final = "a folder"


@dataclass(frozen=True)
class Target:
    """`place` is a path, or on Spark an address such as s3://bucket/scores.parquet. `lock` is what a run holds."""

    place: Path | str
    suffix: str
    lock: Path


def target_of(settings: ScoreSettings, engine: Engine) -> Target:
    """Say where the scores go.

    Raises:
        InputError: nothing can be written there under that name.
    """
    if engine.name == "spark":
        refuse_other_than_parquet(settings.output)
        if "://" in settings.output:
            # nothing beside such a place can be locked: runs of this machine at least do not meet
            mark = hashlib.sha256(settings.output.encode()).hexdigest()[:16]
            return Target(settings.output, SPARK_FOLDER, Path(tempfile.gettempdir()) / f"setia-{mark}")
        path = Path(settings.output).resolve()
        return Target(path, SPARK_FOLDER, path)
    path = Path(settings.output).resolve()
    return Target(path, suffix_of(path), path)


def refuse_other_than_parquet(output: str) -> None:
    """Refuse a name for what Spark writes that does not say what it is.

    Raises:
        InputError: it does not end in .parquet.
    """
    if not output.lower().endswith(".parquet"):
        raise InputError(f"output={output} must end in .parquet: on Spark the scores are a folder of Parquet files.")


def copy_of(
    settings: ScoreSettings, target: Target, log: Log, name: str, model_version: str, scored_at: dt.datetime
) -> Path | str | None:
    """Return history/NAME/as_of=DATE/MOMENT-VERSION.parquet, a name that no other run has; null: no copy is kept.

    Where the scores go to an address, a copy is kept only if `history` is one too: executors elsewhere could not
    write to a folder of this machine.
    """
    if settings.history is None or (isinstance(target.place, str) and "://" not in settings.history):
        return None
    moment = scored_at.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    inside = f"{_as_file(name)}/as_of={date_of(log.last_day)}/{moment}-{_as_file(model_version)}.parquet"
    if "://" in settings.history:
        return f"{settings.history.rstrip('/')}/{inside}"
    return Path(settings.history).resolve() / inside


def _as_file(text: str) -> str:
    return re.sub(r"[^\w.-]+", "_", text).strip(".")[:100] or "_"


def sweep_copies(copy: Path | None, output: Path) -> None:
    """Remove unfinished copies of dead runs on the same output, of whatever day."""
    if copy is not None and copy.parents[1].is_dir():
        for folder in copy.parents[1].iterdir():
            sweep(folder, output)
