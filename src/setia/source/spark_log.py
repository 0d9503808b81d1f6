"""Reading a log on Spark: the same contract, judged on the executors, and the lines stay there."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import narwhals as nw

from setia.engine.spark import SparkEngine, in_words, quoted
from setia.errors import InputError
from setia.source import amounts, dates
from setia.source.columns import Roles, assign
from setia.source.contract import Days
from setia.source.log import Log, read, refuse_days
from setia.source.quarantine import Quarantine, check_share
from setia.source.settings import SourceSettings
from setia.source.spark_lines import COPY, LINE, Reading, decimals, judged, number_texts, stamps, types
from setia.source.spark_origin import SparkOrigin, open_on_spark
from setia.source.spark_refunds import match_refunds
from setia.source.spark_stock import take_stock
from setia.timeline import day_of

#: The kinds of sources that Spark reads itself; small ones are read on this machine and handed over.
ON_SPARK = ("files", "database")


def read_on_spark(
    settings: SourceSettings, engine: SparkEngine, *, as_of: int | None = None, today: int | None = None
) -> Log:
    """Read a source through the contract, on Spark.

    `source.path` is what Spark reads: a file, a folder or a pattern, of its file systems. `source.table` and
    `source.query` are of its catalogue. The files of one path are the parts of one table, so that lines which two
    files share are not looked for, unlike on one machine; a sample of the refused rows is written to
    `source.quarantine_path`. The fingerprint is Spark's own.

    Arguments are those of `setia.source.read`.

    Raises:
        InputError: as `setia.source.read`.
    """
    _check_timezone(settings.timezone)
    if settings.kind not in ON_SPARK or settings.url:
        return _carried(settings, engine, as_of, today)
    today = day_of(dt.datetime.now(ZoneInfo(settings.timezone)).date()) if today is None else today
    days = Days(day_of(settings.earliest), today, as_of)
    with in_words(_where(settings)):
        origin = open_on_spark(settings, engine)
        roles = assign(settings.columns, origin.columns, origin.where)
        lines = _picked(origin, roles, settings)
        how, notes = _settled(engine, lines, Reading(roles, settings, days))
        rows = engine.keep(engine.mapped(lines, partial(judged, how=how), engine.empty(lines), whole=False))
        quarantine = take_stock(rows, roles, origin, settings.quarantine_path, _late(as_of))
    check_share(quarantine, settings.max_quarantine_share, origin.where)
    _check_days(rows, quarantine, origin.where, days)
    optional = tuple(name for name in rows.columns[2:] if name != LINE and not name.startswith("setia_"))
    names = ("customer_id", "day", *optional)
    good = rows.where(f"setia_reason is null and not {_late(as_of)}").selectExpr(*map(quoted, names))
    if "amount" in optional:
        good = match_refunds(good, by_product="product_id" in optional)
    good = engine.keep(good)
    log = Log(
        lines=nw.from_native(good),
        columns=optional,
        **counted(good, names),
        name=origin.name,
        currency=settings.currency,
        timezone=settings.timezone,
        quarantine=quarantine,
        notes=(*roles.notes, *notes),
    )
    engine.forget(rows)
    return log if as_of is None else replace(log, last_day=as_of)


def known_on_spark(log: Log, day: int, engine: SparkEngine) -> Log:
    """Return the log as it was known at the end of a day: `setia.source.until`, on Spark."""
    lines = engine.keep(nw.to_native(log.lines.filter(nw.col("day") <= day)))
    stock = counted(lines, ("customer_id", "day", *log.columns))
    stock["last_day"] = min(day, log.last_day)
    return replace(log, lines=nw.from_native(lines), **stock)


def counted(lines: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Count the lines; the fingerprint is a sum of hashes, so their order is no matter."""
    columns = ", ".join(map(quoted, names))
    row = lines.selectExpr(
        "min(day) as first_day",
        "max(day) as last_day",
        "count(*) as n_lines",
        "count(distinct customer_id) as n_customers",
        f"sum(cast(xxhash64({columns}) as decimal(38, 0))) as hashes",
    ).collect()[0]
    found = {name: int(row[name]) for name in ("first_day", "last_day", "n_lines", "n_customers")}
    content = f"spark|{','.join(names)}|{row['n_lines']}|{row['hashes']}"
    return {**found, "fingerprint": hashlib.sha256(content.encode()).hexdigest()[:16]}


def _late(as_of: int | None) -> str:
    return "false" if as_of is None else f"coalesce(day > {as_of}, false)"


def _where(settings: SourceSettings) -> str:
    return settings.path or settings.table or "The query"


def _check_timezone(zone: str) -> None:
    import duckdb

    with duckdb.connect(":memory:") as connection:
        dates.check_timezone(connection, zone)


def _carried(settings: SourceSettings, engine: SparkEngine, as_of: int | None, today: int | None) -> Log:
    """Read a sample, a simulated world or another database on this machine, and hand the lines over."""
    from setia.engine import EngineSettings, open_duckdb

    local = open_duckdb(EngineSettings())
    try:
        log = read(settings, local, as_of=as_of, today=today)
        lines = engine.materialise(engine.adopt(local.arrow(log.lines)), "log")
    finally:
        local.close()
    return replace(log, lines=lines)


def _picked(origin: SparkOrigin, roles: Roles, settings: SourceSettings) -> Any:
    """Return the columns that are needed, LINE, and COPY where copies are to be dropped."""
    columns = [quoted(name) for name in roles.used()]
    if settings.duplicates == "drop":
        every = ", ".join(map(quoted, origin.columns))
        columns.append(f"row_number() over (partition by {every} order by {quoted(origin.columns[0])}) > 1 as {COPY}")
    line = LINE if LINE in origin.lines.columns else f"cast(null as string) as {LINE}"
    return origin.lines.selectExpr(*columns, line)


def _settled(engine: SparkEngine, lines: Any, how: Reading) -> tuple[Reading, tuple[str, ...]]:
    """Look at all values that are text, and settle how dates and numbers are read."""
    empty = engine.empty(lines)
    staged, notes = types(empty), list[str]()
    stamp = dict(how.roles.names)["timestamp"]
    if not dates.is_typed(staged.dtype(stamp)) and how.settings.day_first is None:
        found = engine.collected(lines, partial(stamps, column=stamp), empty, whole=False)
        if parts := _parts(found):
            day_first, more = dates.proved(parts, stamp)
            how = replace(how, settings=replace(how.settings, day_first=day_first))
            notes += more
    texts = number_texts(how.roles, staged)
    if texts and how.settings.decimal is None:
        seen = dict.fromkeys(texts, amounts.Marks())
        for table in engine.collected(lines, partial(decimals, how=how), empty, whole=False):
            for row in table.to_pylist():
                name = row.pop("column")
                seen[name] = _added(seen[name], amounts.Marks(**row))
        marks, more = amounts.decimal_mark(seen, None)
        if len(set(marks.values())) > 1:
            comma = next(name for name, mark in marks.items() if mark == ",")
            point = next(name for name, mark in marks.items() if mark == ".")
            raise InputError(
                f"Column {comma!r} is written with decimal commas and column {point!r} with points; on Spark all "
                f"columns must be alike. Write them as numbers, or set source.decimal."
            )
        how = replace(how, settings=replace(how.settings, decimal=next(iter(marks.values()))))
        notes += more
    return how, tuple(notes)


def _parts(found: Any) -> list[Any]:
    """Add up what the pieces tell about each shape; only those where day and month may be confused matter."""
    added: dict[str, dict[str, Any]] = {}
    for table in found:
        for row in table.to_pylist():
            before = added.setdefault(row["shape"], row)
            if before is row:
                continue
            for name, value in row.items():
                if isinstance(value, int):
                    before[name] += value
                elif name != "shape":
                    before[name] = min(filter(None, (before[name], value)), default=None)
    return [tuple(added[shape].values()) for shape in dates.PARTS if shape in added]


def _added(one: amounts.Marks, other: amounts.Marks) -> amounts.Marks:
    found: dict[str, Any] = {}
    for name, value in vars(one).items():
        more = getattr(other, name)
        found[name] = value + more if isinstance(value, int) else min(filter(None, (value, more)), default="")
    return amounts.Marks(**found)


def _check_days(rows: Any, quarantine: Quarantine, where: str, days: Days) -> None:
    """Refuse a log without a line, and a last day outside it, as `setia.source.log` does."""
    first, last = rows.selectExpr(
        "min(case when setia_reason is null then day end)",
        f"max(case when day between {days.earliest} and {days.today} then day end)",
    ).collect()[0]
    refuse_days(first, last, quarantine, where, days.as_of)
