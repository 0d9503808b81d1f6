"""Segments for people: a table of them, and what the most valuable customers began with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from setia.act.segments import PROFIT_MONTHS
from setia.output import locked, written
from setia.report.closing import close, step
from setia.report.layout import as_is, console, tell
from setia.report.layout import table as lines
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


def show(found: Segments, path: Path, progress: Progress, given: Sequence[str] = ()) -> None:
    """Print the segments, and the traits in which the valuable differ beyond chance; `given` are the overrides."""
    out = console()
    out.print(
        f"\n[bold]Segments of {as_is(found.log)}[/] as of {date_of(found.as_of)}: {found.customers:,} customers, of "
        f"whom {found.valuable:,} are valuable: they hold most of what is to come."
    )
    tell(out, _segments(found))
    if any(trait.evident for trait in found.traits):
        out.print("\nWhat the valuable began with, beside the rest (beyond chance; clearest first):")
        tell(out, _traits(found))
    else:
        out.print("\nNothing about their first purchase sets the valuable apart beyond chance.")
    results = [("segments", path), ("first purchases", profile_path(str(path)))]
    steps = [
        step("whom it pays to contact, and whom to leave alone to compare with", "act", given),
        step("one page for people who run no code", "report", given),
    ]
    close(out, progress, results, steps)


def _segments(found: Segments) -> Table:
    unit = f", {found.currency}" if found.currency else ""
    lately = f"profit{unit}, {PROFIT_MONTHS} months"
    profit = [lately] if any(one.profit is not None for one in found.sums) else []
    heads = ("segment", "customers", f"clv{unit}", f"at risk{unit}", "p_defect", *profit, "")
    made = lines(*heads, text=(0, len(heads) - 1))
    for one in found.sums:
        risk = "-" if one.p_defect != one.p_defect else f"{100 * one.p_defect:.0f} %"
        figures = [f"{one.customers:,}", f"{one.clv:,.0f}", f"{one.value_at_risk:,.0f}", risk]
        figures += [] if one.profit is None else [f"{one.profit:,.0f}"]
        made.add_row(one.name, *figures, f"[dim]{MEANINGS[one.name]}")
    return made


def _traits(found: Segments) -> Table:
    made = lines("first purchase", "", "valuable", "rest", "times as often", "interval", text=(0, 1))
    for one in [trait for trait in found.traits if trait.evident][:SHOWN]:
        shares = (f"{100 * one.valuable:.0f} %", f"{100 * one.rest:.0f} %")
        made.add_row(one.what, as_is(one.is_), *shares, f"{one.lift:.2f}", f"{one.lo:.2f} to {one.hi:.2f}")
    return made
