"""The ledger as a table, as the whale curve, and in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from setia.ledger import COUNTS, PARTS, UNITS, Account, Book
from setia.output import locked, written
from setia.report import style
from setia.report.terminal import console
from setia.timeline import date_of

if TYPE_CHECKING:
    import pyarrow as pa
    from matplotlib.figure import Figure
    from rich.table import Table

    from setia.progress import Progress

#: At most so many rows of a table in the terminal.
ROWS: Final = 12


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
        f"{_money(curve.total)} {book.currency}".rstrip()
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
    if curve.total <= 0:
        return f"Nothing is earned: {curve.losers:,} of {curve.customers:,} customers cost more than they bring"
    best = f"The best fifth of the customers brings {100 * curve.best_share:.0f} % of the profit"
    if not curve.losers:
        return f"{best}; nobody costs more"
    return f"{best}; {curve.losers:,} take {100 * (curve.peak_share - 1):.1f} % away"


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
        with written(turned_path(path), path) as unfinished:
            _write(turned_table(book), unfinished, path.suffix)
        with written(path) as unfinished:
            _write(table(book), unfinished, path.suffix)
    return path


def turned_path(path: Path) -> Path:
    """Return where the list of turned customers lies."""
    return path.with_name(f"{path.stem}-turned{path.suffix}")


def _write(rows: pa.Table, path: Path, suffix: str) -> None:
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    if suffix == ".parquet":
        pq.write_table(rows, path)
    else:
        csv.write_csv(rows, path)


def show(book: Book, path: Path, progress: Progress) -> None:
    """Print where the money goes, who brings the profit, who has turned, and where the rest lies."""
    out = console()
    days = f"{date_of(book.first_day)} to {date_of(book.last_day)}"
    out.print(f"\nThe ledger of {book.log}, {days}, {book.whale.customers:,} customers.\n", markup=False)
    out.print(_statement(book))
    out.print(f"\n{_about_whale(book)}\n", markup=False)
    out.print(_accounts("month", _recent(book), book))
    for name, kinds in (("category", book.by_category), ("channel", book.by_channel)):
        if kinds:
            _show_kinds(name, kinds, book)
    out.print(f"\n{_about_turned(book)}", markup=False)
    for each in book.turned[:5]:
        out.print(f"  {each.customer_id}: {each.why}", markup=False, soft_wrap=True)
    for note in book.notes:
        out.print(f"\n{note}", markup=False)
    spent = sum(progress.seconds.values())
    out.print(
        f"\nEvery customer and month: {path}; who turned: {turned_path(path)}; the figure: "
        f"{path.with_suffix('.png')} ({spent:.0f} s)",
        markup=False,
    )


#: The parts of the profit as a manager calls them.
_LABELS: Final = {
    "sales": "sales at list prices",
    "discounts": "discounts",
    "refunds": "refunds",
    "goods": "cost of goods",
    "commission": "commission",
    "service": "cost of service",
}


def _table(*heads: str) -> Table:
    from rich.table import Table

    found = Table(box=None, padding=(0, 1), header_style="bold")
    for place, head in enumerate(heads):
        found.add_column(head, justify="right" if place else "left")
    return found


def _statement(book: Book) -> Table:
    whole = book.total
    lines = _table("", book.currency or "money", "of sales")
    for name in PARTS:
        if value := getattr(whole, name):
            lines.add_row(_LABELS[name], _money(value / UNITS), _per_cent(value, whole.sales))
    lines.add_row("[bold]profit[/]", f"[bold]{_money(whole.profit / UNITS)}[/]", _per_cent(whole.profit, whole.sales))
    return lines


def _accounts(kind: str, rows: Sequence[Account], book: Book) -> Table:
    parts = [name for name in PARTS if getattr(book.total, name)]
    lines = _table(kind, *(_LABELS[name].removesuffix(" at list prices") for name in parts), "profit", "of sales")
    for row in rows:
        lines.add_row(
            _as_is(row.name or "(none)"),
            *(_money(getattr(row, name) / UNITS) for name in parts),
            _money(row.profit / UNITS),
            _per_cent(row.profit, row.sales),
        )
    return lines


def _recent(book: Book) -> tuple[Account, ...]:
    """Return the last months; one that is not over says so."""
    *whole, last = book.by_month[-ROWS:]
    over = date_of(book.last_day).month != date_of(book.last_day + 1).month
    return (*whole, last if over else replace(last, name=f"{last.name}, so far"))


def _show_kinds(name: str, kinds: Sequence[Account], book: Book) -> None:
    """Print the kinds with the largest profit and, where there are many, those with the largest loss."""
    out = console()
    ranked = sorted(kinds, key=lambda account: (-account.profit, account.name))
    out.print()
    if len(ranked) <= ROWS:
        out.print(_accounts(name, ranked, book))
        return
    half = ROWS // 2
    out.print(f"The best and the worst {half} of {len(ranked)} by {name}:", markup=False)
    out.print(_accounts(name, [*ranked[:half], *ranked[-half:]], book))


def _about_whale(book: Book) -> str:
    curve = book.whale
    if curve.total <= 0:
        return (
            f"{curve.winners:,} customers bring a profit of {_money(curve.peak)}; {curve.losers:,} cost "
            f"{_money(curve.lost)}, so that nothing is left."
        )
    said = f"The best fifth of the customers brings {100 * curve.best_share:.0f} % of the profit. "
    if not curve.losers:
        return said + "No customer costs more than they bring."
    return said + (
        f"{curve.winners:,} customers bring {100 * curve.peak_share:.1f} % of it; {curve.losers:,} cost more than they "
        f"bring and take {_money(curve.lost)} away."
    )


def _about_turned(book: Book) -> str:
    if not book.turned:
        return "No customer who was profitable has cost more than they brought in the last three months."
    lost = -sum(each.profit_now for each in book.turned)
    return (
        f"{len(book.turned):,} customers were profitable and have cost more than they brought in the last three "
        f"months, {_money(lost)} in all:"
    )


def _as_is(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _money(value: float) -> str:
    return f"{value:,.0f}"


def _per_cent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"
