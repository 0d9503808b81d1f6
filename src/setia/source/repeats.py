"""Lines that occur more than once: in two overlapping files, or alike in every column of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setia.source.staged import FILE, LINE_HASH
from setia.source.text import ident

if TYPE_CHECKING:
    import duckdb


def flag_repeats(connection: duckdb.DuckDBPyConnection, table: str, *, drop: bool) -> str:
    """Find the lines of a staging table that are there already.

    A line that occurs n times in one file and m times in another is one that both files hold: max(n, m) copies
    stay, and the rest is "repeated in another file". With `drop`, one copy stays and the other copies within a
    file are each an "exact duplicate".

    Args:
        connection: where the table lives.
        table: a table with FILE and LINE_HASH.
        drop: whether copies within one file go too.

    Returns:
        The name of a temporary table (line: rowid, repeat: the reason).
    """
    name = f"{table}_repeats"
    suspect = "count(*) > 1" if drop else f"min({FILE}) <> max({FILE})"
    within = "when copy > 1 then 'exact duplicate'" if drop else ""
    connection.execute(
        f"create temp table {ident(name)} as "
        f"with suspects as (select {LINE_HASH} from {ident(table)} group by {LINE_HASH} having {suspect}), "
        f"copies as (select rowid as line, {FILE}, {LINE_HASH}, "
        f"row_number() over (partition by {LINE_HASH}, {FILE} order by rowid) as copy "
        f"from {ident(table)} semi join suspects using ({LINE_HASH})), "
        f"placed as (select line, copy, row_number() over (partition by {LINE_HASH}, copy order by {FILE}) as place "
        f"from copies) "
        f"select line, repeat from (select line, case when place > 1 then 'repeated in another file' {within} end "
        f"as repeat from placed) where repeat is not null"
    )
    return name
