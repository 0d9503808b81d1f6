"""Many files, one relation: text and Parquet, columns in any order and of differing types."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from setia.errors import InputError
from setia.source.delimited import TextFile, text_sql_of
from setia.source.ids import text_sql
from setia.source.rejects import broken_lines, open_quote, read_error
from setia.source.staged import FILE, LINE_HASH, BrokenLines, Column, Staged, as_table
from setia.source.text import ident, listing, literal, nearest

if TYPE_CHECKING:
    from setia.engine import DuckEngine


def glob_escaped(path: Path) -> str:
    """Return a path for DuckDB, which would expand a literal * ? [ in the name of a file."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def check_same(files: Sequence[TextFile], names: Sequence[str]) -> None:
    """Refuse files of which one lacks a needed column.

    Raises:
        InputError: names the file, the column, and its nearest.
    """
    for one in files:
        for name in names:
            if name not in one.names:
                close = nearest(name, one.names)
                hint = f"; the nearest is {close!r}" if close else ""
                raise InputError(
                    f"{one.path} has no column {name!r}, which {files[0].path} has; its columns are "
                    f"{listing(one.names)}{hint}. Give all files the same columns, or point source.path at those "
                    f"that agree."
                )


def stack(engine: DuckEngine, files: list[TextFile], names: tuple[str, ...], hashed: tuple[str, ...]) -> Staged:
    """Bring the lines of files of several kinds together, under one set of columns.

    Args:
        engine: where they go: text into a table (to be parsed once), Parquet as a view unless hashed.
        files: the files, looked at.
        names: the columns that are needed.
        hashed: the columns that make a whole line when lines are to be compared; empty for no LINE_HASH.

    Raises:
        InputError: a file lacks a column, or cannot be split into lines.
    """
    check_same(files, names)
    types = {name: _common_type([one.dtype(name) for one in files]) for name in {*names, *hashed}}
    groups: dict[object, list[TextFile]] = {}
    for one in files:
        groups.setdefault(one.signature(), []).append(one)
    needs_table = bool(hashed) or any(one.kind == "text" for one in files)
    selects = []
    for members in groups.values():
        source = text_sql_of(members) if members[0].kind == "text" else _parquet_sql(members)
        where = {str(m.read_path): m.at for m in members}
        index = f"map_from_entries([{', '.join(f'({literal(p)}, {i})' for p, i in where.items())}])"
        at = str(members[0].at) if len(members) == 1 else f"{index}[setia_path]"
        columns = [_cast(name, members[0].dtype(name), types[name]) for name in names]
        if hashed:
            parts = ", ".join(_cast(name, members[0].dtype(name), types[name], "") for name in hashed)
            columns.append(f"hash({parts}) as {LINE_HASH}")
        selects.append(f"select {', '.join(columns)}, cast({at} as integer) as {FILE} from {source}")
    query = " union all ".join(selects)
    columns_out = tuple(Column(name, types[name]) for name in names)
    if not needs_table:
        return Staged(f"({query})", columns_out)
    return _into_table(engine, query, columns_out, files)


def _into_table(engine: DuckEngine, query: str, columns: tuple[Column, ...], files: list[TextFile]) -> Staged:
    import duckdb

    def attempt(sql: str) -> Staged:
        for name in ("setia_rejects", "setia_reject_scans"):
            engine.connection.execute(f"drop table if exists {name}")
        return as_table(engine.connection, sql, columns)

    try:
        staged = attempt(query)
    except duckdb.InvalidInputException as error:
        if "state machine" not in str(error):
            raise read_error(error, files) from error
        staged = _leniently(engine, attempt, query, files)
    except duckdb.Error as error:
        raise read_error(error, files) from error
    return replace(staged, broken=BrokenLines(broken_lines(engine.connection, files)))


def _leniently(engine: DuckEngine, attempt: Callable[[str], Staged], query: str, files: list[TextFile]) -> Staged:
    """Read files whose lines end in two ways, but none in which an open quote has swallowed lines."""
    import duckdb

    try:
        staged = attempt(query.replace("strict_mode=true", "strict_mode=false"))
    except duckdb.Error as error:
        raise read_error(error, files) from error
    swallowed = " or ".join(f"contains({ident(c.name)}, chr(10))" for c in staged.columns if c.dtype == "VARCHAR")
    row = engine.connection.execute(f"select count(*) from {staged.table} where {swallowed}").fetchone()
    if row is None or row[0]:
        raise open_quote(files[0].path)
    return staged


def _cast(name: str, dtype: str, common: str, alias: str | None = None) -> str:
    column = ident(name)
    end = "" if alias == "" else f" as {column}"
    if dtype == common:
        return f"{column}{end}"
    if common == "VARCHAR" and dtype in ("DOUBLE", "FLOAT"):
        return f"{text_sql(column, dtype)}{end}"
    return f"cast({column} as {common}){end}"


def _common_type(types: list[str]) -> str:
    if len(set(types)) == 1:
        return types[0]
    whole = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
    if set(types) <= whole:
        return "BIGINT"
    if set(types) <= {"FLOAT", "DOUBLE"}:
        return "DOUBLE"
    stamps = {"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}
    return "TIMESTAMP" if set(types) <= stamps else "VARCHAR"


def _parquet_sql(members: list[TextFile]) -> str:
    paths = ", ".join(literal(glob_escaped(m.path)) for m in members)
    return f"(select *, filename as setia_path from read_parquet([{paths}], filename=true, union_by_name=true))"
