"""The contract on Spark's executors: DuckDB judges batch by batch there, by the same SQL as on one machine."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

from setia.source import amounts, dates
from setia.source.contract import ANONYMOUS, NUMBERS, Days, judge
from setia.source.ids import text_sql
from setia.source.quarantine import BROKEN
from setia.source.settings import SourceSettings
from setia.source.staged import FILE, Column, Staged
from setia.source.text import ident, literal

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from setia.source.columns import Roles

#: The text of a line that could not be split, null for others; and whether another line is alike in every column.
LINE: Final = "setia_line"
COPY: Final = "setia_copy"
EXACT: Final = "exact duplicate"


@dataclass(frozen=True)
class Reading:
    """How lines are to be read: what every executor is told. `settings` say all that the values might leave open."""

    roles: Roles
    settings: SourceSettings
    days: Days


def judged(lines: pa.Table, *, how: Reading) -> pa.Table:
    """Judge some lines.

    Args:
        lines: the user's columns, LINE, and COPY where copies are dropped.
        how: the same for all lines.

    Returns:
        The log's columns, `setia_reason`, `setia_role`, `setia_raw` (a struct of the refused values) and LINE.
    """
    with _connection() as connection:
        connection.register("arriving", lines)
        settings = replace(how.settings, duplicates="keep", quarantine_path=None)
        parts = [f"{LINE} is null"]
        if COPY in lines.column_names:
            parts = [f"{LINE} is null and not {COPY}", f"{LINE} is null and {COPY}"]
        queries = []
        for place, where in enumerate(parts):
            table = f"judged_{place}"
            judge(connection, _staged(connection, where), how.roles, settings, how.days, table, several_files=False)
            reason = "setia_reason"
            if place:  # nobody's copies count as nobody's, as on one machine
                reason = f"case when setia_reason = {literal(ANONYMOUS)} then setia_reason else {literal(EXACT)} end"
            queries.append(f"select * exclude ({FILE}) replace ({reason} as setia_reason) from {table}")
        queries.append(f"select {literal(BROKEN)} as setia_reason, {LINE} from arriving where {LINE} is not null")
        found: pa.Table = connection.sql(" union all by name ".join(queries)).to_arrow_table()
    return found


def stamps(lines: pa.Table, *, column: str) -> pa.Table:
    """Count how the stamps of a text column are written: the rows of `dates.proof_sql`."""
    with _connection() as connection:
        connection.register("arriving", lines)
        text = text_sql(ident(column), _staged(connection, "true").dtype(column))
        found: pa.Table = connection.sql(dates.proof_sql("arriving", text)).to_arrow_table()
    return found


def decimals(lines: pa.Table, *, how: Reading) -> pa.Table:
    """Count what the values of each text column of numbers prove about its decimal mark: `amounts.Marks` as rows."""
    import pyarrow as pa

    days, stamp = how.days, dict(how.roles.names)["timestamp"]
    names = [field.name for field in fields(amounts.Marks)]
    found: dict[str, list[object]] = {name: [] for name in ("column", *names)}
    with _connection() as connection:
        connection.register("arriving", lines)
        staged = _staged(connection, f"{LINE} is null")
        dtype = staged.dtype(stamp)
        text = ident(stamp) if dates.is_typed(dtype) else text_sql(ident(stamp), dtype)
        writing = dates.Writing(tuple(dates.SHAPES), how.settings.day_first)
        day = dates.day_sql(text, dtype, writing, how.settings.timezone)
        where = "true" if days.as_of is None else f"coalesce({day} <= {days.as_of}, true)"
        for name in number_texts(how.roles, staged):
            seen = amounts.marks(connection, staged.relation, text_sql(ident(name), staged.dtype(name)), where)
            for key, value in {"column": name, **vars(seen)}.items():
                found[key].append(value)
    counts = [(name, pa.string() if name.endswith("example") else pa.int64()) for name in names]
    return pa.table(found, schema=pa.schema([("column", pa.string()), *counts]))


def number_texts(roles: Roles, staged: Staged) -> list[str]:
    """Return the user's columns of numbers that are written as text."""
    names = dict.fromkeys(name for role, name in roles.names if role in NUMBERS)
    return [name for name in names if not amounts.is_number(staged.dtype(name))]


def types(lines: pa.Table) -> Staged:
    """Return the columns of a table with their DuckDB types."""
    with _connection() as connection:
        connection.register("arriving", lines.slice(0, 0))
        return _staged(connection, "true")


def _staged(connection: duckdb.DuckDBPyConnection, where: str) -> Staged:
    kinds = connection.execute("describe select * from arriving").fetchall()
    columns = tuple(Column(row[0], row[1]) for row in kinds if row[0] not in (LINE, COPY))
    names = ", ".join(ident(column.name) for column in columns)
    return Staged(f"(select {names}, 0 as {FILE} from arriving where {where})", columns)


def _connection() -> duckdb.DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect(":memory:", config={"threads": 1})
    connection.execute("set timezone = 'UTC'")
    return connection
