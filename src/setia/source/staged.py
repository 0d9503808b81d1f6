"""A source that is ready to be read: its columns are known, its lines come when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from setia.source.text import ident

if TYPE_CHECKING:
    import duckdb

#: The column that says which of the source's files a line came from (an index), the number of the line in the
#: staging table, and the hash of the whole line.
FILE = "setia_file"
ROW = "setia_row"
LINE_HASH = "setia_line_hash"


@dataclass(frozen=True)
class Column:
    """A column of the source with its DuckDB type."""

    name: str
    dtype: str


@dataclass(frozen=True)
class BrokenLines:
    """Lines that are no rows at all (too few or too many fields, an open quote): (file index, text)."""

    lines: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Staged:
    """The lines of a source inside the engine, text as it was written.

    Attributes:
        relation: SQL to stand behind FROM; has the asked-for columns under the user's names, FILE, and
            ROW when there is a table.
        columns: the asked-for columns.
        table: the temporary table behind it, with LINE_HASH when it was asked for; None for a view over files.
        broken: lines that could not be split into fields.
        notes: what is worth telling.
    """

    relation: str
    columns: tuple[Column, ...]
    table: str | None = None
    broken: BrokenLines = BrokenLines()
    notes: tuple[str, ...] = ()

    def dtype(self, name: str) -> str:
        """Return the DuckDB type of a column."""
        return next(column.dtype for column in self.columns if column.name == name)


@dataclass(frozen=True)
class Origin:
    """A source before its lines are read.

    Attributes:
        name: a short name for the log.
        where: the source in words, for messages.
        files: the names of its files (or tables); FILE indexes them.
        columns: names of the columns that every file has.
        stage: brings the named columns in; the flag asks for LINE_HASH (and then for a table).
        close: gives temporary files back.
    """

    name: str
    where: str
    files: tuple[str, ...]
    columns: tuple[str, ...]
    stage: Callable[[tuple[str, ...], bool], Staged]
    notes: tuple[str, ...] = ()
    close: Callable[[], None] = lambda: None


def as_table(connection: duckdb.DuckDBPyConnection, query: str, columns: tuple[Column, ...]) -> Staged:
    """Compute a query of staged lines once, into a temporary table."""
    table = "setia_staged"
    connection.execute(f"drop table if exists {ident(table)}")
    connection.execute(f"create temp table {ident(table)} as {query}")
    return Staged(f"(select *, rowid as {ROW} from {ident(table)})", columns, table)


def staged_query(connection: duckdb.DuckDBPyConnection, query: str, names: tuple[str, ...], *, hashed: bool) -> Staged:
    """Stage a query whose lines all come from one place, as a view, or as a table when LINE_HASH is wanted."""
    kinds = {row[0]: row[1] for row in connection.execute(f"describe {query}").fetchall()}
    columns = tuple(Column(name, kinds[name]) for name in names)
    whole = f", hash({', '.join(map(ident, kinds))}) as {LINE_HASH}" if hashed else ""
    picked = ", ".join(map(ident, names))
    lines = f"select {picked}, 0 as {FILE}{whole} from ({query})"
    return as_table(connection, lines, columns) if hashed else Staged(f"({lines})", columns)
