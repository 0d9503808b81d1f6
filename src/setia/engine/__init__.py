"""Where the log is worked on: DuckDB on this machine, or Spark, behind the same few verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setia.engine.chunks import Chunks, Frame, Kernel
from setia.engine.duck import DuckEngine, open_duckdb
from setia.engine.engine import Engine
from setia.engine.settings import EngineSettings
from setia.engine.spark_session import SparkSettings
from setia.errors import InputError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = [
    "Chunks",
    "DuckEngine",
    "Engine",
    "EngineSettings",
    "Frame",
    "Kernel",
    "SparkSettings",
    "connect",
    "open_duckdb",
]


def connect(settings: EngineSettings | SparkSettings | None = None, session: SparkSession | None = None) -> Engine:
    """Open an engine; DuckDB with its defaults when nothing is said, Spark where its `session` is handed in.

    Raises:
        InputError: the name is unknown, the engine refuses a setting, or it cannot be reached.
    """
    if session is not None or isinstance(settings, SparkSettings):
        from setia.engine.spark import open_spark

        return open_spark(settings if isinstance(settings, SparkSettings) else SparkSettings(), session)
    settings = settings or EngineSettings()
    if settings.name != "duckdb":
        raise InputError(f"engine={settings.name} is unknown; use engine=duckdb or engine=spark.")
    return open_duckdb(settings)
