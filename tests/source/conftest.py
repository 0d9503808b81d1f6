"""Makers of small logs as files, and one engine per module."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from setia.engine import Engine, connect
from setia.source import Log, SourceSettings, read
from setia.timeline import day_of

TODAY = day_of("2026-11-21")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = connect()
    yield engine
    engine.close()


def write_csv(path: Path, rows: Sequence[Sequence[object]], sep: str = ",", encoding: str = "utf-8") -> Path:
    text = "".join(sep.join(str(cell) for cell in row) + "\n" for row in rows)
    data = text.encode(encoding)
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    return path


def read_rows(path: Path | str, engine: Engine, *, as_of: int | None = None, **settings: object) -> Log:
    """Read with a fixed today, and let any share be refused unless told otherwise."""
    settings.setdefault("max_quarantine_share", 1.0)
    return read(SourceSettings(path=str(path), **settings), engine, as_of=as_of, today=TODAY)  # type: ignore[arg-type]


def lines_of(log: Log, engine: Engine, *columns: str) -> list[tuple[object, ...]]:
    """The lines of a log, sorted."""
    frame = log.lines.select(*columns) if columns else log.lines
    table = engine.arrow(frame)
    return sorted(zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True), key=repr)


def reasons(log: Log) -> dict[str, int]:
    return dict(log.quarantine.counts)


__all__ = ["TODAY", "lines_of", "read_rows", "reasons", "write_csv"]
