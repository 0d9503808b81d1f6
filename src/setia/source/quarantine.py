"""What was refused at the door: counts by reason, an example of each, and the rows themselves in a Parquet file."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from setia.errors import InputError
from setia.source.contract import ANONYMOUS, INNOCENT, Judged
from setia.source.staged import FILE, BrokenLines, Origin
from setia.source.text import first_line, ident, literal

if TYPE_CHECKING:
    import duckdb

    from setia.source.columns import Roles

BROKEN = "broken line"


@dataclass(frozen=True)
class Example:
    """One refused value: why, in which file and column, and as it was written."""

    reason: str
    file: str
    column: str
    value: str


@dataclass(frozen=True)
class Quarantine:
    """What was refused.

    Attributes:
        counts: reason -> rows, most frequent first; anonymous and repeated rows among them.
        rows: lines that were read, without those after `as_of`.
        anonymous: lines without a customer.
        examples: one refused value for each reason.
        path: the Parquet file of all refused rows, None when none was asked for.
    """

    counts: tuple[tuple[str, int], ...] = ()
    rows: int = 0
    anonymous: int = 0
    examples: tuple[Example, ...] = ()
    path: str | None = None

    @property
    def refused(self) -> int:
        """Rows with something wrong: neither anonymous nor repeated."""
        return sum(count for reason, count in self.counts if reason not in INNOCENT)

    @property
    def share(self) -> float:
        """Share of refused rows among those that are neither anonymous nor repeated."""
        innocent = sum(count for reason, count in self.counts if reason in INNOCENT)
        return self.refused / max(self.rows - innocent, 1)

    def describe(self) -> str:
        """Write the counts by reason with an example each, as one line."""
        shown = {example.reason: example for example in self.examples}
        parts = []
        for reason, count in self.counts:
            one = shown.get(reason)
            such = f" (such as {one.value!r} in column {one.column!r} of {one.file})" if one and one.column else ""
            such = such or (f" (such as {one.value!r} in {one.file})" if one and one.value else "")
            parts.append(f"{reason} {count:,}{such}")
        return "; ".join(parts) or "nothing"


def late_sql(as_of: int | None) -> str:
    """SQL of the lines that are after the end of the reading, whatever else is wrong with them."""
    return "false" if as_of is None else f"coalesce(day > {as_of}, false)"


def take_stock(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    roles: Roles,
    origin: Origin,
    broken: BrokenLines,
    as_of: int | None,
    path: str | None,
) -> Quarantine:
    """Count what was refused, and write it to `path` when given."""
    value = " ".join(f"when '{role}' then setia_raw[{literal(name)}]" for role, name in roles.names)
    rows = connection.execute(
        f"select setia_reason, setia_role, count(*), min({FILE}), min(case setia_role {value} end) "
        f"from {ident(judged.table)} where not {late_sql(as_of)} group by 1, 2"
    ).fetchall()
    counts = {reason: count for reason, _, count, _, _ in rows if reason is not None}
    names = dict(roles.names)
    examples = [
        Example(reason, origin.files[file], names.get(role, ""), str(example if example is not None else ""))
        for reason, role, _, file, example in rows
        if reason is not None
    ]
    if broken.lines:
        counts[BROKEN] = len(broken.lines)
        examples.append(Example(BROKEN, origin.files[broken.lines[0][0]], "", broken.lines[0][1][:200]))
    if path is not None:
        _write(connection, judged, roles, origin, broken, as_of, Path(path))
    return Quarantine(
        counts=tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        rows=sum(row[2] for row in rows) + len(broken.lines),
        anonymous=counts.get(ANONYMOUS, 0),
        examples=tuple(sorted(examples, key=lambda one: one.reason)),
        path=path,
    )


def _write(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    roles: Roles,
    origin: Origin,
    broken: BrokenLines,
    as_of: int | None,
    path: Path,
) -> None:
    """Write the refused rows as text beside the target, then rename: no reader sees half a file."""
    import duckdb

    files = f"[{', '.join(map(literal, origin.files))}]"
    raw = ", ".join(f"setia_raw[{literal(name)}] as {ident(name)}" for name in roles.used())
    query = (
        f"select setia_reason as refused_reason, {files}[{FILE} + 1] as refused_in, {raw}, "
        f"cast(null as varchar) as refused_line from {ident(judged.table)} "
        f"where setia_reason is not null and not {late_sql(as_of)}"
    )
    for file, text in broken.lines:
        query += (
            f" union all by name select {literal(BROKEN)} as refused_reason, {literal(origin.files[file])} as "
            f"refused_in, {literal(text)} as refused_line"
        )
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection.execute(f"copy ({query}) to {literal(str(part))} (format parquet)")
        part.replace(path)
    except (OSError, duckdb.IOException) as error:
        raise InputError(
            f"The refused rows cannot be written to source.quarantine_path={path}: {first_line(error)}."
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()


def check_share(quarantine: Quarantine, most: float, where: str) -> None:
    """Stop when more rows are refused than the settings allow.

    Raises:
        InputError: with the counts by reason, an example of each, and what to do.
    """
    if quarantine.share <= most:
        return
    kept = f" All refused rows are in {quarantine.path}." if quarantine.path else ""
    raise InputError(
        f"{quarantine.refused:,} of {quarantine.rows:,} rows of {where} break the contract ({quarantine.share:.1%}), "
        f"more than source.max_quarantine_share={most:g} allows: {quarantine.describe()}.{kept} Check source.columns, "
        f"source.day_first, source.decimal and source.timezone, mend the rows, or raise source.max_quarantine_share."
    )
