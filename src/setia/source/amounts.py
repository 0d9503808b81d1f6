"""Amounts as text: currency signs, thousands separators, decimal commas, and the ways to write a minus.

Whether "1,234" is a thousand or one and a bit is decided per column by what its other values prove, never by
habit: the mark that is followed by other than three digits, that comes last of two different ones, or that
follows a leading zero is a decimal mark; a mark that occurs twice is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from setia.errors import InputError
from setia.source.text import literal

if TYPE_CHECKING:
    import duckdb

NUMBERS: Final = (
    "DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT",
    "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
)  # fmt: skip

_SPACE = r"[ \x{a0}\x{202f}]"
_CURRENCY = r"(?:[A-Za-z]{0,3}\.?\p{Sc}|[A-Z]{3}|kr\.?|Kr\.?|Rp\.?|Rs\.?|zł|Kč|Ft|lei|RM|R)"
_MINUS = r"[-+−–]"
#: The digits of an amount with their marks, between an optional sign and currency on either side.
_BODY = r"[.,]?\d[\d.,'’ \x{a0}\x{202f}]*(?:[eE][-+]?\d+)?"
AMOUNT: Final = (
    rf"^\(?{_SPACE}*{_MINUS}?{_SPACE}*{_CURRENCY}?{_SPACE}*{_MINUS}?{_SPACE}*({_BODY}){_SPACE}*{_CURRENCY}?"
    rf"{_SPACE}*{_MINUS}?{_SPACE}*\)?$"
)
_NEGATIVE = r"^\(.*\)$|^[^\d]*[-−–]|\d[^\deE]*[-−–][^\d]*$"
_NOTHING = r"(?i)^[-+]?(nan|null|none|na|n/a|<na>|#n/a|\\n|-)$"
_INFINITE = r"(?i)^[-+]?(inf|infinity)$"

#: A mark is trusted when the other is proved by fewer than one in a hundred of the values that prove it.
STRAY_SHARE: Final = 0.01


@dataclass(frozen=True)
class Marks:
    """What the values of a column prove about its decimal mark: rows and an example each."""

    point: int = 0
    comma: int = 0
    unclear: int = 0
    point_example: str = ""
    comma_example: str = ""
    unclear_example: str = ""


def is_number(dtype: str) -> bool:
    """Say whether the column already is numeric."""
    return dtype in NUMBERS or dtype.startswith("DECIMAL")


def marks(connection: duckdb.DuckDBPyConnection, relation: str, text: str, where: str) -> Marks:
    """Count what the values of a text column prove about its decimal mark.

    Args:
        connection: where the relation lives.
        relation: SQL to stand behind FROM.
        text: SQL of the stripped text of the column.
        where: SQL of the rows that may be looked at.
    """

    def proof(mark: str, other: str) -> str:
        own, its = rf"\x{{{ord(mark):x}}}", rf"\x{{{ord(other):x}}}"
        one = f"^\\d*{own}\\d*$"
        last = f"{its}[^{own}]*{own}\\d*$"
        thousands = f"{its}\\d{{3}}{its}\\d{{3}}|^\\d{{1,3}}['’ \\x{{a0}}\\x{{202f}}].*{own}"
        return (
            f"(regexp_matches(b, {literal(one)}) or regexp_matches(b, {literal(last)}) "
            f"or regexp_matches(b, {literal(thousands)}))"
        )

    unclear = r"^[1-9]\d{0,2}[.,]\d{3}$"
    kind = (
        f"case when b = '' or regexp_matches(b, '^\\d+$') then null "
        f"when regexp_matches(b, {literal(unclear)}) then 'unclear' "
        f"when {proof('.', ',')} then 'point' when {proof(',', '.')} then 'comma' end"
    )
    body = r"trim(regexp_extract(t, '[.,]?\d[\d.,''’ \x{a0}\x{202f}]*'))"
    rows = connection.execute(
        # money repeats itself: far fewer different texts than rows
        f"select k, sum(n)::bigint, min(t) from (select t, n, {kind} as k from (select t, n, {body} as b from "
        f"(select {text} as t, count(*) as n from {relation} where {where} group by 1))) where k is not null group by k"
    ).fetchall()
    found = {kind: (count, example) for kind, count, example in rows}
    (p, pe), (c, ce), (u, ue) = (found.get(k, (0, "")) for k in ("point", "comma", "unclear"))
    return Marks(p, c, u, pe, ce, ue)


def decimal_mark(seen: dict[str, Marks], set_mark: str | None) -> tuple[dict[str, str], tuple[str, ...]]:
    """Choose the decimal mark of each text column.

    A column that proves nothing takes what the other columns of the same source prove: they were written by
    the same hand.

    Args:
        seen: the user's column -> what it proves.
        set_mark: `source.decimal`, which overrides.

    Returns:
        column -> "." or ",", and what is worth telling.

    Raises:
        InputError: the values contradict each other, or nothing settles an unclear one.
    """
    if set_mark is not None:
        return dict.fromkeys(seen, set_mark), ()
    own = {column: _own_mark(column, found) for column, found in seen.items()}
    proved = {mark for mark in own.values() if mark is not None}
    chosen: dict[str, str] = {}
    notes: list[str] = []
    for column, found in seen.items():
        mark = own[column]
        if mark is None and found.unclear and len(proved) != 1:
            raise InputError(
                f"Column {column!r} holds {found.unclear:,} values such as {found.unclear_example!r}, which may be "
                f'thousands or decimals, and nothing in it settles which. Set source.decimal="." or '
                f'source.decimal=",".'
            )
        chosen[column] = mark or (next(iter(proved)) if len(proved) == 1 else ".")
        if chosen[column] == ",":
            example = found.comma_example or found.unclear_example
            notes.append(f"Column {column!r} is read with decimal commas (such as {example!r}).")
        elif mark is None and found.unclear:
            notes.append(f"Column {column!r} is read with decimal points, as the other columns are.")
    return chosen, tuple(notes)


def _own_mark(column: str, found: Marks) -> str | None:
    few, many = sorted((found.point, found.comma))
    if few > STRAY_SHARE * many:
        raise InputError(
            f"Column {column!r} mixes decimal points ({found.point:,} rows such as {found.point_example!r}) and "
            f'decimal commas ({found.comma:,} rows such as {found.comma_example!r}). Set source.decimal="." or '
            f'source.decimal=","; rows that don\'t fit are then refused.'
        )
    if many == 0:
        return None
    return "." if found.point == many else ","


def number_sql(text: str, mark: str) -> str:
    """SQL of the number in a stripped text, DOUBLE; null where it is none. NaN and infinity may come out."""
    body = f"trim(regexp_extract({text}, {literal(AMOUNT)}, 1))"
    own, other = (r"\.", ",") if mark == "." else (",", r"\.")
    group = rf"(?:{other}|['’ \x{{a0}}\x{{202f}}])"
    well_formed = (
        rf"^(?:\d+|\d{{1,3}}(?:{group}\d{{3}})+|\d{{1,2}}(?:{other}\d{{2}})+{other}\d{{3}})?"
        rf"(?:{own}\d*)?(?:[eE][-+]?\d+)?$"
    )
    bare = rf"replace(regexp_replace({body}, {literal(group)}, '', 'g'), ',', '.')"
    sign = f"case when regexp_matches({text}, {literal(_NEGATIVE)}) then -1 else 1 end"
    slow = f"case when regexp_matches({body}, {literal(well_formed)}) then try_cast({bare} as double) * {sign} end"
    if mark == ",":
        return slow
    plain = f"try_cast({text} as double)"
    return f"coalesce({plain}, {slow})"


def is_nothing_sql(text: str) -> str:
    """SQL that is true for a text that spells "no number"."""
    return f"regexp_matches({text}, {literal(_NOTHING)})"


def is_infinite_sql(text: str) -> str:
    """SQL that is true for a text that spells infinity."""
    return f"regexp_matches({text}, {literal(_INFINITE)})"
