"""Customers who cost more than they bring, for a person to decide: the list and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from setia.output import locked, written
from setia.report.closing import close, step
from setia.report.layout import as_is, console, fact
from setia.timeline import date_of

if TYPE_CHECKING:
    import pyarrow as pa

    from setia.act import Divesting
    from setia.progress import Progress

SHOWN: Final = 10


def table(made: Divesting) -> pa.Table:
    """Return a row for each customer found, the largest loss first."""
    import pyarrow as pa

    rows = [
        {
            "customer_id": one.customer_id,
            "confirmed": one.confirmed,
            "profit": one.profit,
            "sales": one.sales,
            "lines": one.lines,
            "clv_upper_bound": one.upper,
            "worst": one.worst,
            "worst_share": one.taken[one.worst],
            "worst_share_usual": one.usual[one.worst],
            "price_rise_to_cover": one.price_rise,
            "remedies": ", ".join(one.remedies),
            "grounds": one.said,
        }
        for one in made.found
    ]
    return pa.Table.from_pylist(rows, schema=_schema())


def _schema() -> pa.Schema:
    import pyarrow as pa

    money, text = pa.float64(), pa.string()
    return pa.schema(
        {
            **{"customer_id": text, "confirmed": pa.bool_(), "profit": money, "sales": money, "lines": pa.int64()},
            **{"clv_upper_bound": money, "worst": text, "worst_share": money, "worst_share_usual": money},
            **{"price_rise_to_cover": money, "remedies": text, "grounds": text},
        }
    )


def write(made: Divesting, folder: str) -> Path:
    """Write the list; it appears whole or not at all.

    Raises:
        InputError: the folder cannot be written.
        LockedError: another run is writing there.
    """
    from setia.scoring.writer import table_writer

    path, rows = Path(folder) / f"divest-{date_of(made.as_of)}.csv", table(made)
    with locked(path), written(path) as unfinished, table_writer(unfinished, ".csv", rows.schema) as append:
        append(rows)
    return path


def show(made: Divesting, path: Path, progress: Progress, given: Sequence[str] = ()) -> None:
    """Print whom two runs have found, and on what grounds; `given` are the overrides of the run."""
    out, was = console(), "was" if len(made.confirmed) == 1 else "were"
    out.print(
        f"\nOf {made.customers:,} customers of {as_is(made.log)}, {len(made.found):,} will cost more than they bring, "
        f"even at the upper bound of what is to come; {len(made.confirmed):,} of them {was} found by the last run too."
    )
    if not made.before:
        out.print("This is the first run, or the one before found nobody: nobody is confirmed before the next.")
    for one in made.confirmed[:SHOWN]:
        fact(out, "-", f"{as_is(one.customer_id)}: {as_is(one.said)}", width=1)
    if len(made.confirmed) > SHOWN:
        out.print(f"  ... and {len(made.confirmed) - SHOWN:,} more.", style="dim")
    out.print("It is for a person to decide: nobody is contacted or dropped, and parting comes after the remedies.")
    steps = [step("where the profit comes from, and where it goes", "ledger", given)]
    if made.confirmed:
        steps.insert(0, step("look at the first of them", "customer", given, who=made.confirmed[0].customer_id))
    close(out, progress, [("the list", path)], steps)
