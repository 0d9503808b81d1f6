"""Where the log is worked on: DuckDB on this machine (Spark joins in by the same few verbs)."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from setia.errors import InputError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Frame = nw.LazyFrame[Any]


@dataclass(frozen=True)
class EngineSettings:
    """How much of the machine the engine may use.

    `memory_limit` is DuckDB's ("4GB"; null takes its default, 80 % of the machine); what does not fit
    spills to `temp_directory`. `threads` null takes every core.
    """

    name: str = "duckdb"
    memory_limit: str | None = None
    temp_directory: str | None = None
    threads: int | None = None


class Engine:
    """A DuckDB connection behind the verbs that the stages need."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._made = 0

    def frame(self, table: str) -> Frame:
        """Return a table or view of this engine as a lazy frame."""
        return nw.from_native(self.connection.table(table))

    def sql(self, query: str) -> Frame:
        """Return a query as a lazy frame (for the door of the house: sources and the contract)."""
        return nw.from_native(self.connection.sql(query))

    def materialise(self, frame: Frame, hint: str = "t") -> Frame:
        """Compute a lazy frame once and keep it as a temporary table (spilling when it must)."""
        self._made += 1
        name = f"setia_{hint}_{self._made}"
        relation = nw.to_native(frame)
        self.connection.execute(f'create temp table "{name}" as {relation.sql_query()}')
        return self.frame(name)

    def drop(self, frame: Frame) -> None:
        """Drop a table made by `materialise`; frames built on it are void afterwards."""
        self.connection.execute(f'drop table if exists "{nw.to_native(frame).alias}"')

    def arrow(self, frame: Frame) -> pa.Table:
        """Bring a lazy frame into memory."""
        table: pa.Table = frame.collect("pyarrow").to_native()
        return table

    def close(self) -> None:
        """Give the memory and the spill files back."""
        self.connection.close()


def connect(settings: EngineSettings = EngineSettings()) -> Engine:
    """Open an engine.

    Raises:
        InputError: the name is unknown, or DuckDB refuses a setting.
    """
    if settings.name != "duckdb":
        raise InputError(f"engine={settings.name} is unknown; use engine=duckdb.")
    import duckdb

    spill = settings.temp_directory or str(Path(tempfile.gettempdir()) / f"setia-{os.getpid()}")
    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": spill,
        "preserve_insertion_order": "false",
    }
    if settings.memory_limit:
        config["memory_limit"] = settings.memory_limit
    if settings.threads:
        config["threads"] = settings.threads
    try:
        connection = duckdb.connect(":memory:", config=config)
    except duckdb.Error as error:
        raise InputError(f"DuckDB refused the engine settings {config}: {error}") from error
    connection.execute("set timezone = 'UTC'")
    with suppress(duckdb.InvalidInputException):  # in Jupyter without ipywidgets it cannot be set, and is off
        connection.execute("set enable_progress_bar = false")
    return Engine(connection)
