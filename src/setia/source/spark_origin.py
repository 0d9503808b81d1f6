"""What Spark itself can read: files of its file systems, tables and queries of its catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from setia.engine.spark import quoted
from setia.errors import InputError
from setia.source.files import short_name
from setia.source.spark_lines import LINE

if TYPE_CHECKING:
    from setia.engine.spark import SparkEngine
    from setia.source.settings import SourceSettings

#: Endings of text files, with the separator that each means; all else is Parquet.
TEXT: Final = {".csv": ",", ".csv.gz": ",", ".tsv": "\t", ".tsv.gz": "\t", ".txt": "\t"}


@dataclass(frozen=True)
class SparkOrigin:
    """A source before its lines are read.

    Attributes:
        name: a short name for the log.
        where: the source in words, for messages.
        columns: the user's.
        lines: a DataFrame of them, text as it was written, and LINE where the source is text.
    """

    name: str
    where: str
    columns: tuple[str, ...]
    lines: Any


def open_on_spark(settings: SourceSettings, engine: SparkEngine) -> SparkOrigin:
    """Look at the columns of the source.

    Raises:
        InputError: the settings name no source, or several.
    """
    named = [value for value in (settings.path, settings.table, settings.query) if value]
    if len(named) != 1:
        raise InputError(
            "On Spark a source needs one of source.path=PATH (of Spark's file systems), source.table=NAME and "
            "source.query='select ...' (of Spark's catalogue)."
        )
    if settings.path:
        return _files(settings, settings.path, engine)
    if settings.table:
        lines, name, where = engine.session.table(settings.table), settings.table, f"table {settings.table}"
    else:
        lines, name, where = engine.session.sql(str(settings.query)), "query", "the query"
    return SparkOrigin(name.split(".")[-1].lower(), where, tuple(lines.columns), lines)


def _files(settings: SourceSettings, path: str, engine: SparkEngine) -> SparkOrigin:
    ending = next((ending for ending in TEXT if path.lower().rstrip("/*").endswith(ending)), None)
    reader, name = engine.session.read, short_name(path)
    if ending is None and settings.separator is None:
        lines = reader.parquet(path)
        return SparkOrigin(name, path, tuple(lines.columns), lines)
    options = {
        "header": "true",
        "sep": settings.separator or TEXT[ending or ".csv"],
        "encoding": settings.encoding or "UTF-8",
        "escape": '"',
    }
    columns = tuple(reader.options(**options).csv(path).columns)
    if not columns:
        raise InputError(f"{path} is empty: it has neither a header nor lines.")
    schema = ", ".join(f"{quoted(name)} string" for name in (*columns, LINE))
    options |= {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": LINE, "enforceSchema": "true"}
    return SparkOrigin(name, path, columns, reader.schema(schema).options(**options).csv(path))
