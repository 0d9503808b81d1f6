"""Reading a log from a path, a frame or a sample's name."""

from __future__ import annotations

import tempfile
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from setia.api.log import Log, kept
from setia.api.session import session
from setia.api.wording import in_python
from setia.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from setia import source as sources
    from setia.source import SourceSettings

SAMPLES = ("complete_journey", "cdnow")
#: What a frame is called in errors, instead of the file that it passes through.
FRAME = "the frame"


def read(source: Any, *, as_of: str | None = None, name: str | None = None, **settings: Any) -> Log:
    """Read a transaction log through the contract.

    Args:
        source: a path (file, glob or folder), a pandas or Polars frame (lazy too), an Arrow table, a DuckDB relation
            of any connection, or the name of a sample log ("complete_journey", "cdnow").
        as_of: the last day that may be known, YYYY-MM-DD; later lines are dropped.
        name: what the log is called; campaigns are kept apart by it. Null: the name of the file, or "frame".
        settings: those of `setia.source.SourceSettings` (timezone, day_first, currency, ...) and of its
            column map (customer_id="user", timestamp="when", ...).

    Raises:
        InputError: the log breaks the contract; the sentence says where and what to do.
    """
    from setia.source import ColumnMap, SourceSettings
    from setia.source import read as read_source
    from setia.timeline import day_of

    settings = _known(settings, ColumnMap, SourceSettings)
    last = None if as_of is None else day_of(str(as_of))
    with in_python():
        if isinstance(source, str | Path):
            chosen = _sample(str(source), settings) if str(source) in SAMPLES else _settings(settings, str(source))
            return kept(read_source(chosen, session(), as_of=last), name)
    with tempfile.TemporaryDirectory() as folder, in_python({f"{folder}/frame.parquet": FRAME}):
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = Path(folder) / "frame.parquet"
        pq.write_table(pa.table(frame_of(source, "The log", "a path, a sample's name, ")), path)
        read_log = read_source(_settings(settings, str(path)), session(), as_of=last)
        return kept(_without(read_log, str(path)), name)


def _known(settings: dict[str, Any], columns: type, whole: type) -> dict[str, Any]:
    """Return the settings with the columns' names put together.

    Raises:
        InputError: there is no such setting.
    """
    roles, others = [field.name for field in fields(columns)], [field.name for field in fields(whole)]
    for key in settings:
        if key not in roles and key not in others:
            nearest = "".join(f" The nearest is {near}." for near in get_close_matches(key, [*roles, *others], 1))
            raise InputError(f"read() has no setting {key}.{nearest}")
    named = {key: settings[key] for key in settings if key in roles}
    rest = {key: settings[key] for key in settings if key not in roles}
    return {**rest, "columns": replace(settings.get("columns", columns()), **named)}


def _settings(settings: dict[str, Any], path: str) -> SourceSettings:
    from setia.source import SourceSettings

    try:
        return SourceSettings(**{**settings, "kind": "files", "path": path})
    except TypeError as error:
        raise InputError(f"A setting of read() is of the wrong type: {error}.") from error


def _sample(name: str, settings: dict[str, Any]) -> SourceSettings:
    from setia.config import compose

    return replace(compose([f"source={name}"]).source, **settings)


def frame_of(frame: Any, what: str, else_: str = "") -> dict[str, Any]:
    """Return the columns of a frame as Arrow arrays; `what` it is called in errors, and what `else_` it might be.

    Raises:
        InputError: it is no frame, has no column, or one that holds several kinds of values.
    """
    import duckdb
    from narwhals.exceptions import NarwhalsError

    try:
        found: Any = nw.from_native(frame, pass_through=True)
        if not isinstance(found, nw.DataFrame | nw.LazyFrame):
            raise InputError(
                f"{what} must be {else_}a pandas or Polars frame, an Arrow table or a DuckDB relation, not "
                f"{type(frame).__name__}."
            )
        table: pa.Table = found.lazy().collect("pyarrow").to_native()
    except (TypeError, ValueError, NarwhalsError, duckdb.Error) as error:
        why = " ".join(" ".join(map(str, error.args)).split())
        raise InputError(
            f"{what} cannot be read: {why}. Every column needs a name of its own and values of one kind."
        ) from error
    if not table.column_names:
        raise InputError(f"{what} has no columns.")
    return dict(zip(table.column_names, table.columns, strict=True))


def _without(log: sources.Log, path: str) -> sources.Log:
    """Call the file that a frame passed through by the frame's name, wherever it is told of."""
    stock = log.quarantine
    examples = tuple(replace(one, file=one.file.replace(path, FRAME)) for one in stock.examples)
    notes = tuple(note.replace(path, FRAME) for note in log.notes)
    return replace(log, quarantine=replace(stock, examples=examples), notes=notes)
