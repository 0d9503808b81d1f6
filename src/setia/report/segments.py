"""Segments for people: a table of them, and what the most valuable customers began with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from setia.act.segments import PROFIT_MONTHS
from setia.output import locked, written
from setia.report.terminal import console
from setia.segment import MEANINGS
from setia.timeline import date_of

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.table import Table

    from setia.act import Segments
    from setia.progress import Progress

SHOWN: Final = 12


def table(found: Segments) -> pa.Table:
    """Return the segments: a row each."""
    import pyarrow as pa

    rows = [{"as_of": date_of(found.as_of), **vars(one), "meaning": MEANINGS[one.name]} for one in found.sums]
    return pa.Table.from_pylist(rows).rename_columns({"name": "segment"})


def profile_table(found: Segments) -> pa.Table:
    """Return the traits: a row each, clearest difference first."""
    import pyarrow as pa

    rows: list[dict[str, Any]] = [{**vars(one), "evident": one.evident} for one in found.traits]
    text, real = pa.string(), pa.float64()
    kinds = [("what", text), ("is_", text), *((name, real) for name in ("valuable", "rest", "lift", "lo", "hi"))]
    return pa.Table.from_pylist(rows, schema=pa.schema([*kinds, ("evident", pa.bool_())])).rename_columns({"is_": "is"})


def profile_path(output: str) -> Path:
    """Return where the profile lies."""
    path = Path(output)
    return path.with_name(f"{path.stem}-profile{path.suffix}")


def write(found: Segments, output: str) -> Path:
    """Write both tables; each appears whole or not at all.

    Raises:
        InputError: the folder cannot be written.
        LockedError: another run is writing there.
    """
    from setia.scoring.writer import table_writer

    path = Path(output)
    with locked(path):
        for place, rows in ((profile_path(output), profile_table(found)), (path, table(found))):
            with written(place, path) as unfinished, table_writer(unfinished, ".csv", rows.schema) as append:
                append(rows)
    return path


def show(found: Segments, path: Path, progress: Progress) -> None:
    """Print the segments, and the traits in which the valuable differ beyond chance."""
    from rich.markup import escape

    out = console()
    out.print(
        f"\nSegments of {escape(found.log)} as of {date_of(found.as_of)}: {found.customers:,} customers, of whom "
        f"{found.valuable:,} are valuable: they hold most of what is to come.\n",
        soft_wrap=True,
    )
    out.print(_segments(found))
    evident = [trait for trait in found.traits if trait.evident]
    if evident:
        out.print("\nWhat the valuable began with, beside the rest (beyond chance; clearest first):\n")
        out.print(_traits(found))
    else:
        out.print("\nNothing about their first purchase sets the valuable apart beyond chance.")
    spent = sum(progress.seconds.values())
    out.print(f"\nThe tables: {path}, {profile_path(str(path))} ({spent:.0f} s)", soft_wrap=True)


def _segments(found: Segments) -> Table:
    from rich.table import Table

    lines = Table(box=None, padding=(0, 1), header_style="bold")
    unit = f" {found.currency}" if found.currency else ""
    lately = f"profit, {PROFIT_MONTHS} months"
    profit = [lately] if any(one.profit is not None for one in found.sums) else []
    for head in ("segment", "customers", f"clv{unit}", "at risk", "p_defect", *profit, ""):
        lines.add_column(head, justify="left" if head in ("segment", "") else "right")
    for one in found.sums:
        risk = "-" if one.p_defect != one.p_defect else f"{100 * one.p_defect:.0f} %"
        figures = [f"{one.customers:,}", f"{one.clv:,.0f}", f"{one.value_at_risk:,.0f}", risk]
        figures += [] if one.profit is None else [f"{one.profit:,.0f}"]
        lines.add_row(one.name, *figures, f"[dim]{MEANINGS[one.name]}")
    return lines


def _traits(found: Segments) -> Table:
    from rich.markup import escape
    from rich.table import Table

    lines = Table(box=None, padding=(0, 1), header_style="bold")
    for head in ("first purchase", "", "valuable", "rest", "times as often", "interval"):
        lines.add_column(head, justify="left" if head in ("first purchase", "") else "right")
    for one in [trait for trait in found.traits if trait.evident][:SHOWN]:
        shares = (f"{100 * one.valuable:.0f} %", f"{100 * one.rest:.0f} %")
        lines.add_row(one.what, escape(one.is_), *shares, f"{one.lift:.2f}", f"{one.lo:.2f} to {one.hi:.2f}")
    return lines
