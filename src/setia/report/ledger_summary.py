"""The ledger in the terminal: where the money goes, who brings the profit, and who has turned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from setia.ledger import PARTS, UNITS, Account, Book
from setia.report.closing import close, step
from setia.report.layout import as_is, console, fact, table, tell
from setia.report.ledger import turned_path
from setia.timeline import date_of

if TYPE_CHECKING:
    from rich.table import Table

    from setia.progress import Progress

#: At most so many rows of a table.
ROWS: Final = 12


def show(book: Book, path: Path, progress: Progress, given: Sequence[str] = ()) -> None:
    """Print where the money goes, who brings the profit, who has turned, and where the rest lies.

    `given` are the overrides of the run.
    """
    out = console()
    days = f"{date_of(book.first_day)} to {date_of(book.last_day)}"
    out.print(
        f"\n[bold]The ledger of {as_is(book.log)}[/], {days}, {book.whale.customers:,} customers, amounts of "
        f"{book.coverage.digits} decimals."
    )
    tell(out, _statement(book))
    out.print(f"\n{_about_whale(book)}", markup=False)
    tell(out, _accounts("month", _recent(book), book, heading=f"The last months{_unit(book)}"))
    for name, kinds in (("category", book.by_category), ("channel", book.by_channel)):
        if kinds:
            tell(out, _kinds(name, kinds, book))
    out.print(f"\n{_about_turned(book)}", markup=False)
    for each in book.turned[:5]:
        fact(out, "-", f"{as_is(each.customer_id)}: {as_is(each.why)}", width=1)
    for note in book.notes:
        out.print(f"\n{note}", markup=False)
    results = [("customers and months", path), ("who turned", turned_path(path))]
    results.append(("whale curve", path.with_suffix(".png")))
    steps = [
        step("learn who will leave, and what profit they will bring", "train", given, "value=profit"),
        step(
            "once that is trained: who costs more than they bring, for a person to decide",
            "act",
            given,
            "value=profit",
            "policy=divest",
        ),
    ]
    close(out, progress, results, steps)


#: The parts of the profit as a manager calls them.
_LABELS: Final = {
    "sales": "sales at list prices",
    "discounts": "discounts",
    "refunds": "refunds",
    "goods": "cost of goods",
    "commission": "commission",
    "service": "cost of service",
}


def _statement(book: Book) -> Table:
    whole = book.total
    lines = table("", book.currency or "money", "of sales")
    for name in PARTS:
        if value := getattr(whole, name):
            lines.add_row(_LABELS[name], _money(value / UNITS), _per_cent(value, whole.sales))
    lines.add_row("[bold]profit[/]", f"[bold]{_money(whole.profit / UNITS)}[/]", _per_cent(whole.profit, whole.sales))
    return lines


def _accounts(kind: str, rows: Sequence[Account], book: Book, heading: str) -> Table:
    parts = [name for name in PARTS if getattr(book.total, name)]
    heads = (kind, *(_LABELS[name].removesuffix(" at list prices") for name in parts), "profit", "of sales")
    lines = table(*heads, heading=heading)
    for row in rows:
        lines.add_row(
            as_is(row.name or "(none)"),
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


def _kinds(name: str, kinds: Sequence[Account], book: Book) -> Table:
    """Return the kinds with the largest profit and, where there are many, those with the largest loss."""
    ranked = sorted(kinds, key=lambda account: (-account.profit, account.name))
    if len(ranked) <= ROWS:
        return _accounts(name, ranked, book, heading=f"By {name}{_unit(book)}")
    half = ROWS // 2
    heading = f"The best and the worst {half} of {len(ranked)} by {name}{_unit(book)}"
    return _accounts(name, [*ranked[:half], *ranked[-half:]], book, heading)


def _about_whale(book: Book) -> str:
    curve = book.whale
    if curve.total <= 0:
        return (
            f"{curve.winners:,} customers bring a profit of {_in(book, curve.peak)}; {curve.losers:,} cost "
            f"{_in(book, curve.lost)}, so that nothing is left."
        )
    said = f"The best fifth of the customers brings {100 * curve.best_share:.0f} % of the profit. "
    if not curve.losers:
        return said + "No customer costs more than they bring."
    return said + (
        f"{curve.winners:,} customers bring {100 * curve.peak_share:.1f} % of it; {curve.losers:,} cost more than they "
        f"bring and take {_in(book, curve.lost)} away."
    )


def _about_turned(book: Book) -> str:
    if not book.turned:
        return "No customer who was profitable has cost more than they brought in the last three months."
    lost = -sum(each.profit_now for each in book.turned)
    return (
        f"Customers who were profitable and have cost more than they brought in the last three months: "
        f"{len(book.turned):,}, {_in(book, lost)} in all."
    )


def _money(value: float) -> str:
    return f"{value:,.0f}"


def _unit(book: Book) -> str:
    return f", in {book.currency}" if book.currency else ""


def _in(book: Book, value: float) -> str:
    """Return an amount with its currency."""
    return f"{_money(value)} {book.currency}".rstrip()


def _per_cent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"
