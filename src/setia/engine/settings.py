"""What a configuration may choose about the engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EngineSettings:
    """Where the log is worked on, and how much of the machine that may use.

    `memory_limit` ("4GB"; null: most of the machine) is meant for the whole process: DuckDB gets the larger share
    and spills what does not fit to `temp_directory`. `threads` null takes every core.
    """

    name: str = "duckdb"
    memory_limit: str | None = None
    temp_directory: str | None = None
    threads: int | None = None
