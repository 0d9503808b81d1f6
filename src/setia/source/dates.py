"""Dates and stamps as text, read into the integer day of the business's own time zone.

Three quarters of the work is to know how a column is written before a value of it is read: day-first and
month-first dates look alike for the first twelve days of every month.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from setia.errors import InputError
from setia.source.text import literal, nearest

if TYPE_CHECKING:
    import duckdb

_CLOCK = r"\d{1,2}:\d{2}(:\d{2}([.,]\d{1,9})?)?( ?[AaPp]\.?[Mm]\.?)?"
_ZONE = r" ?(Z|z|UTC|GMT|[+-]\d{2}(:?\d{2})?)"
_MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"

#: How a stamp may be written; the first that fits counts.
SHAPES: Final = {
    "iso": rf"^\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}([T ]+{_CLOCK})?$",
    "zoned": rf"^\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}[T ]+{_CLOCK}{_ZONE}$",
    "compact": r"^(\d{8}|\d{8}[T ]?\d{4}|\d{8}[T ]?\d{6})$",
    "seconds": r"^\d{9,10}(\.\d+)?$",
    "milliseconds": r"^\d{13}$",
    "microseconds": r"^\d{16}$",
    "nanoseconds": r"^\d{19}$",
    "parts": rf"^\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{4}}(,?[T ]+{_CLOCK})?$",
    "short_parts": rf"^\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2}}(,?[T ]+{_CLOCK})?$",
    "day_month_name": rf"(?i)^\d{{1,2}}[-/. ]?{_MONTH}[-/., ]*\d{{4}}([T ,]+{_CLOCK})?$",
    "month_name_day": rf"(?i)^{_MONTH}[-/. ]*\d{{1,2}}[-/., ]+\d{{4}}([T ,]+{_CLOCK})?$",
}
PARTS: Final = ("parts", "short_parts")

#: A column whose dates prove their order in fewer than one in a hundred is not trusted to.
PROOF_SHARE: Final = 0.01


@dataclass(frozen=True)
class Writing:
    """How the stamps of a column are written: the shapes that occur, and the order of day and month."""

    shapes: tuple[str, ...]
    day_first: bool | None = None
    notes: tuple[str, ...] = ()


def is_typed(dtype: str) -> bool:
    """Say whether the column already is a date or a stamp."""
    return dtype.startswith(("TIMESTAMP", "DATE"))


def check_timezone(connection: duckdb.DuckDBPyConnection, zone: str) -> None:
    """Refuse a time zone that nobody knows, naming the nearest.

    Raises:
        InputError: the name is in no time zone table.
    """
    if zone == "UTC":
        return
    names = [row[0] for row in connection.execute("select name from pg_timezone_names()").fetchall()]
    if zone not in names:
        close = nearest(zone, names)
        hint = f" Did you mean {close}?" if close else ""
        raise InputError(f"source.timezone={zone} is unknown; use a name such as Europe/Madrid or UTC.{hint}")


def shape_sql(text: str) -> str:
    """SQL of the shape of a stripped text: a key of SHAPES, 'other', or null."""
    cases = " ".join(
        f"when regexp_matches({text}, {literal(pattern)}) then '{shape}'" for shape, pattern in SHAPES.items()
    )
    return f"case when {text} is null then null {cases} else 'other' end"


def writing(
    connection: duckdb.DuckDBPyConnection, relation: str, text: str, column: str, day_first: bool | None
) -> Writing:
    """Look at every value of a text column and say how its stamps are written.

    Args:
        connection: where the relation lives.
        relation: SQL to stand behind FROM.
        text: SQL of the stripped text of the column.
        column: the user's name of it, for messages.
        day_first: the user's word; None leaves it to the evidence.

    Raises:
        InputError: day and month cannot be told apart.
    """
    rows = connection.execute(proof_sql(relation, text)).fetchall()
    shapes = tuple(shape for shape in SHAPES if shape in {row[0] for row in rows})
    parts = [row for row in rows if row[0] in PARTS]
    if not parts or day_first is not None:
        return Writing(shapes, day_first)
    return Writing(shapes, *proved(parts, column))


def proof_sql(relation: str, text: str) -> str:
    """SQL that counts how stamps are written, one row for each shape but 'other', by shape.

    shape, rows, least (an example), day_first and month_first (rows that prove it), and an example of each.
    """
    first = "try_cast(regexp_extract(t, '^(\\d+)', 1) as int)"
    second = "try_cast(regexp_extract(t, '^\\d+[-/.](\\d+)', 1) as int)"
    return (
        f"select s as shape, count(*) as rows, min(t) as least, count(*) filter (day) as day_first, "
        f"count(*) filter (month) as month_first, min(t) filter (day) as day_example, "
        f"min(t) filter (month) as month_example from (select *, "
        f"d between 13 and 31 and m between 1 and 12 as day, "
        f"m between 13 and 31 and d between 1 and 12 as month from (select t, s, "
        f"case when s in {PARTS} then {first} end as d, case when s in {PARTS} then {second} end as m "
        f"from (select {text} as t, {shape_sql('t')} as s from {relation}))) "
        f"where s is not null and s <> 'other' group by s order by s"
    )


def proved(parts: list[tuple[str, int, str, int, int, str, str]], column: str) -> tuple[bool, tuple[str, ...]]:
    """Return whether days come first, by rows of `proof_sql` whose shape is of PARTS, and a note that says why.

    Raises:
        InputError: the rows contradict each other, or settle nothing.
    """
    total = sum(row[1] for row in parts)
    day_first, month_first = sum(row[3] for row in parts), sum(row[4] for row in parts)
    ask = "Set source.day_first=true for 31/12/2010, or source.day_first=false for 12/31/2010."
    if day_first and month_first:
        one, other = (next(row[at] for row in parts if row[at]) for at in (5, 6))
        raise InputError(
            f"Column {column!r} mixes day-first and month-first dates: {one!r} can only be day-first ({day_first} "
            f"rows), {other!r} only month-first ({month_first} rows). {ask} Rows that don't fit are then refused."
        )
    if max(day_first, month_first) < PROOF_SHARE * total or max(day_first, month_first) == 0:
        raise InputError(
            f"Column {column!r} holds dates such as {parts[0][2]!r}, which may be day-first or month-first, and "
            f"the column does not settle it. {ask}"
        )
    example = next(row[5 if day_first else 6] for row in parts if row[5 if day_first else 6])
    order = "day" if day_first else "month"
    note = (
        f"Dates of column {column!r} are read {order}-first, which {max(day_first, month_first):,} of {total:,} "
        f"rows prove (such as {example!r}) and none contradicts; source.day_first overrides it."
    )
    return bool(day_first), (note,)


def day_sql(column: str, dtype: str, how: Writing, zone: str) -> str:
    """SQL of the local day (days since 1970-01-01) of a stamp; null where it cannot be read.

    Args:
        column: SQL of the typed column, or of its stripped text.
        dtype: its DuckDB type; VARCHAR stands for any text.
        how: how the text is written; means nothing for typed columns.
        zone: the business's time zone.
    """
    if dtype == "TIMESTAMP WITH TIME ZONE":
        return _days(_local(column, zone))
    if is_typed(dtype):
        return _days(column)
    cases = " ".join(
        f"when regexp_matches({column}, {literal(SHAPES[shape])}) then {_shaped(shape, column, how, zone)}"
        for shape in how.shapes
    )
    return f"case {cases} end" if cases else "cast(null as integer)"


def _days(sql: str) -> str:
    # infinity is a date to DuckDB, which no integer holds: the outer cast makes it null
    return f"try_cast(try_cast({sql} as date) - date '1970-01-01' as integer)"


def _local(stamp: str, zone: str) -> str:
    if zone in ("UTC", "Etc/UTC"):
        return f"make_timestamp(epoch_us({stamp}))"
    return f"({stamp} at time zone {literal(zone)})"


def _date(text: str) -> str:
    return f"try_cast(try_cast({text} as date) - date '1970-01-01' as integer)"


def _shaped(shape: str, t: str, how: Writing, zone: str) -> str:
    # A stamp without a zone is local already, so its clock does not matter: only the date is read.
    unit = {"seconds": 1_000_000, "milliseconds": 1000, "microseconds": 1, "nanoseconds": 0.001}
    if shape in unit:
        moment = f"make_timestamp(cast(cast({t} as double) * {unit[shape]} as bigint))"
        return _days(_local(f"({moment} at time zone 'UTC')", zone))
    if shape == "iso":
        return _date(rf"replace(regexp_extract({t}, '^[^T ]+'), '.', '-')")
    if shape == "zoned":
        return _days(_local(_moment(t), zone))
    if shape == "compact":
        return _date(rf"regexp_replace({t}, '^(\d{{4}})(\d\d)(\d\d).*$', '\1-\2-\3')")
    if shape in PARTS:
        order = r"\2-\1" if how.day_first else r"\1-\2"
        if shape == "parts":
            return _date(rf"regexp_replace({t}, '^(\d+)[-/.](\d+)[-/.](\d{{4}}).*$', '\3-{order}')")
        date = rf"regexp_replace({t}, '^(\d+)[/.](\d+)[/.](\d\d).*$', '\3-{order}')"
        return _date(f"(case when {date} < '69' then '20' else '19' end || {date})")
    if shape == "day_month_name":
        day, month = rf"regexp_extract({t}, '^(\d+)', 1)", rf"regexp_extract({t}, '^\d+[^a-zA-Z]*([a-zA-Z]{{3}})', 1)"
    else:
        day, month = rf"regexp_extract({t}, '^[^\d]+(\d+)', 1)", f"left({t}, 3)"
    number = f"((strpos('janfebmaraprmayjunjulaugsepoctnovdec', lower({month})) + 2) // 3)"
    year = rf"regexp_extract({t}, '(?:^|[^\d:])(\d{{4}})(?:[^\d:]|$)', 1)"
    return _date(f"({year} || '-' || {number} || '-' || {day})")


def _moment(t: str) -> str:
    """SQL of a stamp with a zone as a moment: the spellings of ISO 8601 that the cast does not know."""
    plain = rf"regexp_replace(replace({t}, '/', '-'), '^(\d+)\.(\d+)\.', '\1-\2-')"
    plain = rf"regexp_replace({plain}, '([T ]\d+:\d\d)( ?[-+Zz UG])', '\1:00\2')"
    plain = rf"regexp_replace({plain}, ',(\d+)', '.\1')"
    plain = rf"regexp_replace({plain}, ' ?(Z|z|UTC|GMT)$', '+00')"
    plain = rf"regexp_replace({plain}, ' ([+-]\d\d(:?\d\d)?)$', '\1')"
    return f"try_cast({plain} as timestamptz)"
