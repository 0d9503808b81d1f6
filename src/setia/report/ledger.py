"""The ledger as a table and as the whale curve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from setia.ledger import COUNTS, PARTS, UNITS, Book
from setia.output import locked, written
from setia.report import style
from setia.scoring.writer import table_writer
from setia.timeline import date_of

if TYPE_CHECKING:
    import pyarrow as pa
    from matplotlib.figure import Figure


def table(book: Book) -> pa.Table:
    """Return one row per customer and month, money in the log's currency; parts are signed and add up to the profit."""
    import pyarrow as pa

    money = (*PARTS, "profit", "cumulative_profit")
    months = book.months["month"].to_numpy().astype("datetime64[M]")
    ends = (months + 1).astype("datetime64[D]") - 1
    columns: dict[str, Any] = {
        "customer_id": book.months["customer_id"],
        "month_end": pa.array(ends, type=pa.date32()),
        "currency": pa.array([book.currency or None], type=pa.string()).take(np.zeros(len(ends), dtype=np.int32)),
        # the nearest floating point number of four decimals: no sum is taken of them here
        **{name: book.months[name].to_numpy() / UNITS for name in money},
        **{name: book.months[name] for name in COUNTS},
        "turned": book.months["turned"],
    }
    return pa.table(columns)


def turned_table(book: Book) -> pa.Table:
    """Return who was profitable and is not any more, the largest loss first."""
    import pyarrow as pa

    names = ("customer_id", "profit_before", "profit_now", "part", "share_before", "share_now", "why")
    text, money = pa.string(), pa.float64()
    types = dict(zip(names, (text, money, money, text, money, money, text), strict=True))
    return pa.table({n: pa.array([getattr(each, n) for each in book.turned], type=types[n]) for n in names})


def figure(book: Book) -> Figure:
    """Draw what the customers bring together, from the most profitable to the most costly."""
    curve = book.whale
    relative = curve.total > 0
    about = (
        f"{book.log}, {date_of(book.first_day)} to {date_of(book.last_day)}: {curve.customers:,} customers, profit "
        f"{curve.total:,.0f} {book.currency}".rstrip()
    )
    y = "share of the whole profit" if relative else f"profit {book.currency}".rstrip()
    drawn, axes = style.blank(_title(book), about, "customers, the most profitable first", y)
    height = curve.profit / curve.total if relative else curve.profit
    peak = int(np.argmax(height))
    axes.plot(curve.share, height, **style.line(0), label="profit of all customers up to here")
    axes.axhline(float(height[-1]), color=style.FAINT, linewidth=1.2, linestyle=style.DASHES[1], label="in the end")
    # what is made below cost; after the last customer with a profit the curve can only fall
    if curve.losers:
        axes.fill_between(
            curve.share[peak:],
            height[peak:],
            height[-1],
            color=style.RULES[0],
            alpha=0.25,
            linewidth=0,
            label="taken away",
        )
    if relative and curve.losers:
        axes.annotate(
            f"{100 * curve.peak_share:.1f} %",
            (curve.share[peak], height[peak]),
            xytext=(0, -20),
            textcoords="offset points",
            ha="center",
            fontsize=11,
            color=style.OURS,
        )
    axes.plot([curve.share[peak]], [height[peak]], marker="o", markersize=8, color=style.OURS)
    axes.set_xlim(0, 1)
    axes.set_ylim(min(0.0, float(height.min())) * 1.05, max(float(height.max()) * 1.08, 1e-9))
    style.per_cent(axes, "x")
    if relative:
        style.per_cent(axes, "y")
    else:
        style.thousands(axes)
    style.legend(axes, "lower right")
    return drawn


def _title(book: Book) -> str:
    curve = book.whale
    lose = f"{100 * curve.losers / max(curve.customers, 1):.0f} % of the customers"
    if curve.total <= 0:
        return f"Nothing is earned: {lose} cost more than they bring"
    best = f"The best 20 % bring {100 * curve.best_share:.0f} % of the profit"
    if not curve.losers:
        return f"{best}; nobody costs more than they bring"
    return f"{best}; the worst {lose.split(' of')[0]} lose {100 * (curve.peak_share - 1):.1f} %"


def write(book: Book, output: str) -> Path:
    """Write the table and, beside it, the figure and who turned; each appears whole or not at all.

    Raises:
        InputError: the folder cannot be written.
        LockedError: another run is writing there.
    """
    path = Path(output)
    with locked(path):
        with written(path.with_suffix(".png"), path) as unfinished:
            figure(book).savefig(unfinished, format="png")
        for place, rows in ((turned_path(path), turned_table(book)), (path, table(book))):
            with written(place, path) as unfinished, table_writer(unfinished, path.suffix, rows.schema) as put:
                put(rows)
    return path


def turned_path(path: Path) -> Path:
    """Return where the list of turned customers lies."""
    return path.with_name(f"{path.stem}-turned{path.suffix}")
