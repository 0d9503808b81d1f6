"""Where the log is worked on: DuckDB on this machine, or Spark, behind the same few verbs."""

from __future__ import annotations

from setia.engine.chunks import Chunks, Frame, Kernel
from setia.engine.duck import DuckEngine, open_duckdb
from setia.engine.engine import Engine
from setia.engine.settings import EngineSettings
from setia.errors import InputError

__all__ = ["Chunks", "DuckEngine", "Engine", "EngineSettings", "Frame", "Kernel", "connect", "open_duckdb"]


def connect(settings: EngineSettings | None = None) -> Engine:
    """Open an engine; DuckDB with its defaults when nothing is said.

    Raises:
        InputError: the name is unknown, or the engine refuses a setting.
    """
    settings = settings or EngineSettings()
    if settings.name != "duckdb":
        raise InputError(f"engine={settings.name} is unknown; use engine=duckdb.")
    return open_duckdb(settings)
