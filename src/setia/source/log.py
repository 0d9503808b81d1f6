"""The log: clean lines of known customers and days, and everything that is known about where they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import narwhals as nw

from setia.engine import DuckEngine, Frame
from setia.errors import InputError
from setia.source import dates
from setia.source.columns import assign
from setia.source.contract import Days, Judged, judge
from setia.source.origins import open_origin
from setia.source.quarantine import Quarantine, check_share, late_sql, take_stock
from setia.source.refunds import match_refunds
from setia.source.settings import SourceSettings
from setia.source.staged import FILE, Origin
from setia.source.text import first_line, ident, literal
from setia.timeline import date_of, day_of

if TYPE_CHECKING:
    import duckdb

_made = count(1)
#: Tables that exist only while a source is being read.
SCRATCH = ("setia_staged", "setia_staged_repeats", "setia_rejects", "setia_reject_scans")


@dataclass(frozen=True)
class Log:
    """A transaction log that has passed the contract.

    Attributes:
        lines: one row per line, unsorted: `schema.LOG_REQUIRED`, those of `schema.LOG_OPTIONAL` in `columns`,
            and with amounts `refund_of_day`, the day of the sale that a refund cancels (null where none).
        columns: the optional columns that exist.
        first_day: day (since 1970-01-01) of the first line.
        last_day: the last day that is known: of the last line, or `as_of` where it was given.
        n_lines, n_customers: how many.
        name: a short name of the source.
        currency: a label, never converted.
        timezone: the business's own, in which days were counted.
        fingerprint: 16 hexadecimal digits that change with any value of any line but not with their order;
            stable for one version of DuckDB.
        quarantine: what was refused.
        notes: what the reader decided by evidence, in sentences for the summary.
    """

    lines: Frame
    columns: tuple[str, ...]
    first_day: int
    last_day: int
    n_lines: int
    n_customers: int
    name: str
    currency: str
    timezone: str
    fingerprint: str
    quarantine: Quarantine
    notes: tuple[str, ...] = ()


def read(settings: SourceSettings, engine: DuckEngine, *, as_of: int | None = None, today: int | None = None) -> Log:
    """Read a source through the contract, into DuckDB: see `setia.source.read`."""
    connection = engine.connection
    dates.check_timezone(connection, settings.timezone)
    days = Days(day_of(settings.earliest), _today(connection, settings.timezone) if today is None else today, as_of)
    origin = open_origin(settings, engine)
    table = f"setia_log_{next(_made)}"
    try:
        roles = assign(settings.columns, origin.columns, origin.where)
        with _in_words(origin):
            several = len(origin.files) > 1
            staged = origin.stage(roles.used(), several or settings.duplicates == "drop")
            judged = judge(connection, staged, roles, settings, days, f"{table}_judged", several_files=several)
            quarantine = take_stock(connection, judged, roles, origin, staged.broken, as_of, settings.quarantine_path)
            _check(connection, judged, quarantine, settings, origin, days)
            _keep(connection, judged, table, as_of)
    finally:
        for made in (*SCRATCH, f"{table}_judged"):
            connection.execute(f"drop table if exists {ident(made)}")
        origin.close()
    if "amount" in judged.optional:
        match_refunds(connection, table, by_product="product_id" in judged.optional)
    notes = (*origin.notes, *staged.notes, *roles.notes, *judged.notes)
    return _log(engine, table, judged, settings, origin, quarantine, notes, as_of)


def until(log: Log, day: int, engine: DuckEngine) -> Log:
    """Return the log as it was known at the end of a day: see `setia.source.until`."""
    lines = engine.materialise(log.lines.filter(nw.col("day") <= day), "known")
    stock = _counted(engine, nw.to_native(lines).alias, log.columns)
    return replace(
        log,
        lines=lines,
        last_day=min(day, log.last_day),
        n_lines=stock.lines,
        n_customers=stock.customers,
        fingerprint=stock.fingerprint,
    )


@contextmanager
def _in_words(origin: Origin) -> Iterator[None]:
    """Put what files and memory do to DuckDB into a sentence; a fault in our SQL stays a fault."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise InputError(
            f"{origin.where} needs more memory than the engine may use; raise engine.memory_limit, or point "
            f"engine.temp_directory at a disk with room ({first_line(error)})."
        ) from error
    except duckdb.Error as error:
        of_files = (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException)
        if isinstance(error, of_files) or type(error) is duckdb.Error:
            raise InputError(
                f"{origin.where} cannot be read; a file is probably damaged, so copy or write it again "
                f"({first_line(error)})."
            ) from error
        raise


def _today(connection: duckdb.DuckDBPyConnection, zone: str) -> int:
    row = connection.execute(
        f"select cast((now() at time zone {literal(zone)}) as date) - date '1970-01-01'"
    ).fetchone()
    assert row is not None
    return int(row[0])


def _check(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    quarantine: Quarantine,
    settings: SourceSettings,
    origin: Origin,
    days: Days,
) -> None:
    check_share(quarantine, settings.max_quarantine_share, origin.where)
    row = connection.execute(
        # a later line need not be readable to show that the log goes on: as_of has no say in how it is written
        f"select min(day) filter (setia_reason is null), "
        f"max(day) filter (day between {days.earliest} and {days.today}) from {ident(judged.table)}"
    ).fetchone()
    assert row is not None
    refuse_days(row[0], row[1], quarantine, origin.where, days.as_of)


def refuse_days(first: int | None, last: int, quarantine: Quarantine, where: str, as_of: int | None) -> None:
    """Refuse a log without a line that can be used, and a last day outside of it.

    Args:
        first: the first day of the lines that can be used; null without any.
        last: the last day of any line.
        quarantine: what was refused.
        where: the source in words.
        as_of: the last day that may be seen; null: any.

    Raises:
        InputError: says which.
    """
    if first is None:
        if quarantine.rows == 0:
            raise InputError(f"{where} has a header but no lines; there is nothing to read.")
        raise InputError(f"No line of {where} can be used; refused: {quarantine.describe()}.")
    if as_of is not None and as_of > last:
        raise InputError(
            f"as_of={date_of(as_of)} is after the last day of {where}, {date_of(last)}; set "
            f"as_of={date_of(last)} or earlier, or leave it out."
        )
    if as_of is not None and as_of < first:
        raise InputError(
            f"as_of={date_of(as_of)} is before the first day of {where}, {date_of(first)}; nothing had "
            f"happened yet. Set a later as_of, or leave it out for {date_of(last)}."
        )


def _keep(connection: duckdb.DuckDBPyConnection, judged: Judged, table: str, as_of: int | None) -> None:
    """Make the judged lines the log: all of them under a new name, or a copy of those that stay."""
    gone = f"setia_reason is not null or {late_sql(as_of)}"
    row = connection.execute(f"select count(*) from {ident(judged.table)} where {gone}").fetchone()
    if row == (0,):
        for column in ("setia_reason", FILE, "setia_role", "setia_raw"):
            connection.execute(f"alter table {ident(judged.table)} drop column {column}")
        connection.execute(f"alter table {ident(judged.table)} rename to {ident(table)}")
        return
    columns = ", ".join(map(ident, ("customer_id", "day", *judged.optional)))
    connection.execute(
        f"create temp table {ident(table)} as select {columns} from {ident(judged.table)} where not ({gone})"
    )


class _Counted(NamedTuple):
    first_day: int
    last_day: int
    lines: int
    customers: int
    fingerprint: str


def _counted(engine: DuckEngine, table: str, optional: tuple[str, ...]) -> _Counted:
    columns = ("customer_id", "day", *optional)
    row = engine.connection.execute(
        f"select min(day), max(day), count(*), count(distinct customer_id), "
        f"sum(hash({', '.join(map(ident, columns))}))::varchar from {ident(table)}"
    ).fetchone()
    assert row is not None
    content = f"{','.join(columns)}|{row[2]}|{row[4]}"
    return _Counted(row[0], row[1], row[2], row[3], hashlib.sha256(content.encode()).hexdigest()[:16])


def _log(
    engine: DuckEngine,
    table: str,
    judged: Judged,
    settings: SourceSettings,
    origin: Origin,
    quarantine: Quarantine,
    notes: tuple[str, ...],
    as_of: int | None,
) -> Log:
    stock = _counted(engine, table, judged.optional)
    return Log(
        lines=engine.frame(table),
        columns=judged.optional,
        first_day=stock.first_day,
        last_day=stock.last_day if as_of is None else as_of,
        n_lines=stock.lines,
        n_customers=stock.customers,
        name=origin.name,
        currency=settings.currency,
        timezone=settings.timezone,
        fingerprint=stock.fingerprint,
        quarantine=quarantine,
        notes=notes,
    )
