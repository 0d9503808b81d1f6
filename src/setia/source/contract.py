"""The contract at the door: each line of a source becomes a clean line of the log, or gets a reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from setia.source import amounts, dates
from setia.source.ids import NOBODY, NOTHING, id_sql, is_whole, text_sql
from setia.source.repeats import flag_repeats
from setia.source.staged import FILE, ROW, Staged
from setia.source.text import ident, literal

if TYPE_CHECKING:
    import duckdb

    from setia.source.columns import Roles
    from setia.source.settings import SourceSettings

IDS: Final = ("order_id", "product_id", "category", "channel")
NUMBERS: Final = ("amount", "unit_price", "quantity", "unit_cost", "discount")

ANONYMOUS: Final = "anonymous customer"
#: Rows that are refused without anything being wrong with the source.
INNOCENT: Final = (ANONYMOUS, "repeated in another file", "exact duplicate")


@dataclass(frozen=True)
class Days:
    """The days that the contract compares with: first believable day, today, and the end of the reading."""

    earliest: int
    today: int
    as_of: int | None = None


@dataclass(frozen=True)
class Judged:
    """Every line, judged: a table of the log's columns, `setia_reason`, FILE and, where refused, `setia_raw`.

    `setia_role` names the role whose value is to blame.
    """

    table: str
    optional: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Reading:
    """How the roles are read: SQL over the prepared columns."""

    day: str
    numbers: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def judge(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    roles: Roles,
    settings: SourceSettings,
    days: Days,
    table: str,
    *,
    several_files: bool,
) -> Judged:
    """Read every line once into a temporary table of clean values and reasons.

    Raises:
        InputError: the way dates or amounts are written cannot be told.
    """
    reading = _reading(connection, staged, roles, settings, days.as_of)
    columns = _log_columns(staged, roles, reading)
    prepared = f"select {FILE}, {_prepared(staged, roles)} from {_flagged(connection, staged, settings, several_files)}"
    clean = ", ".join(f"{sql} as log_{name}" for name, sql in columns)
    written = {name: role for role, name in roles.names}  # a column may play two roles
    raw = ", ".join(f"{literal(name)}: cast(raw_{role} as varchar)" for name, role in written.items())
    numbers = [f"log_{name}" for name, _ in columns if name in NUMBERS]
    finite = ", ".join(f"case when isfinite({name}) then {name} end as {name}" for name in numbers)
    parsed = f"select * replace ({finite}) from read_in" if numbers else "select * from read_in"
    reason, role = _reasons(roles, "amount" in dict(columns), days)
    kept = ", ".join(f"log_{name} as {name}" for name, _ in columns)
    connection.execute(
        f"create temp table {ident(table)} as with prepared as ({prepared}), "
        f"read_in as (select *, {clean} from prepared), parsed as ({parsed}), "
        f"reasoned as (select *, {reason} as setia_reason from parsed) "
        f"select {kept}, setia_reason, {FILE}, {role} as setia_role, "
        f"case when setia_reason is not null then {{{raw}}} end as setia_raw from reasoned"
    )
    return Judged(table, tuple(name for name, _ in columns[2:]), reading.notes)


def _flagged(
    connection: duckdb.DuckDBPyConnection, staged: Staged, settings: SourceSettings, several_files: bool
) -> str:
    """SQL of the staged lines with `setia_repeat`."""
    drop = settings.duplicates == "drop"
    if staged.table is None or not (several_files or drop):
        return f"(select *, cast(null as varchar) as setia_repeat from {staged.relation})"
    repeats = flag_repeats(connection, staged.table, drop=drop)
    return (
        f"(select s.*, f.repeat as setia_repeat from {staged.relation} s "
        f"left join {ident(repeats)} f on s.{ROW} = f.line)"
    )


def _as_text(role: str, dtype: str) -> bool:
    if role == "timestamp":
        return not dates.is_typed(dtype)
    return role not in NUMBERS or not amounts.is_number(dtype)


def _prepared(staged: Staged, roles: Roles) -> str:
    """SQL of each role's column twice: as it was written (raw_), and ready to be read (its own name)."""
    parts = ["setia_repeat"]
    for role, name in roles.names:
        column, dtype = ident(name), staged.dtype(name)
        ready = text_sql(column, dtype) if _as_text(role, dtype) else column
        parts += [f"{column} as raw_{role}", f"{ready} as {ident(role)}"]
    return ", ".join(parts)


def _reading(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    roles: Roles,
    settings: SourceSettings,
    as_of: int | None,
) -> _Reading:
    stamp = dict(roles.names)["timestamp"]
    dtype, column = staged.dtype(stamp), ident(stamp)
    how = dates.Writing(())
    text = text_sql(column, dtype)
    if not dates.is_typed(dtype):
        how = dates.writing(connection, staged.relation, text, stamp, settings.day_first)
    day = dates.day_sql('"timestamp"', dtype, how, settings.timezone)
    # what the numbers of later lines look like must not decide how earlier ones are read
    seen_day = dates.day_sql(column if dates.is_typed(dtype) else text, dtype, how, settings.timezone)
    where = "true" if as_of is None else f"coalesce({seen_day} <= {as_of}, true)"
    written = {
        name: amounts.marks(connection, staged.relation, text_sql(ident(name), staged.dtype(name)), where)
        for role, name in roles.names
        if role in NUMBERS and _as_text(role, staged.dtype(name))
    }
    mark, notes = amounts.decimal_mark(written, settings.decimal)
    numbers = tuple(
        (role, amounts.number_sql(ident(role), mark[name]) if name in mark else f"cast({ident(role)} as double)")
        for role, name in roles.names
        if role in NUMBERS
    )
    return _Reading(day, numbers, (*how.notes, *notes))


def _log_columns(staged: Staged, roles: Roles, reading: _Reading) -> list[tuple[str, str]]:
    """Name and SQL of the log's columns, the two required ones first."""
    numbers = dict(reading.numbers)
    price = numbers.pop("unit_price", None)
    if price is not None:
        # rounded as a till rounds: 3 x 0.1 is 0.30, so that equal money is equal
        numbers["amount"] = f"round(({price}) * ({numbers['quantity']}), 4)"
    ids = {
        role: ident(role)
        if is_whole(staged.dtype(name))
        else id_sql(ident(role), NOBODY if role == "customer_id" else NOTHING)
        for role, name in roles.names
        if role in ("customer_id", *IDS)
    }
    order = ("amount", "order_id", "product_id", "category", "quantity", "unit_cost", "discount", "channel")
    found = {**ids, **numbers}
    return [
        ("customer_id", ids["customer_id"]),
        ("day", reading.day),
        *((name, found[name]) for name in order if name in found),
    ]


def _reasons(roles: Roles, has_amount: bool, days: Days) -> tuple[str, str]:
    """SQL of the first reason why a line is refused (null: it is not), and of the role to blame."""
    names = {role for role, _ in roles.names}
    cases = [
        ("log_customer_id is null", ANONYMOUS, "customer_id"),
        ("setia_repeat is not null", "", ""),
        ('"timestamp" is null', "no date", "timestamp"),
        ("log_day is null", "unreadable date", "timestamp"),
        (f"log_day < {days.earliest}", "date before source.earliest", "timestamp"),
        (f"log_day > {days.today}", "date in the future", "timestamp"),
    ]
    if has_amount:
        roles_of_amount = ("unit_price", "quantity") if "unit_price" in names else ("amount",)
        for role in roles_of_amount:
            text = f"cast({ident(role)} as varchar)"
            value = f"log_{role}" if role != "unit_price" else "log_amount"
            cases += [
                (f"{value} is null and ({text} is null or {amounts.is_nothing_sql(text)})", f"no {_said(role)}", role),
                (f"{value} is null and {amounts.is_infinite_sql(text)}", f"infinite {_said(role)}", role),
            ]
        if "unit_price" in names:
            cases.append(("log_quantity is null", "unreadable quantity", "quantity"))
        cases.append(("log_amount is null", f"unreadable {_said(roles_of_amount[0])}", roles_of_amount[0]))
    reason = " ".join(
        f"when {condition} then {literal(name) if name else 'setia_repeat'}" for condition, name, _ in cases
    )
    blamed = " ".join(f"when {literal(name)} then {literal(role)}" for _, name, role in cases if name)
    return f"case {reason} end", f"case setia_reason {blamed} end"


def _said(role: str) -> str:
    return role.replace("_", " ")
