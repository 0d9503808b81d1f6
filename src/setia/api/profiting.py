"""The profit of every customer: `make ledger` from Python."""

from __future__ import annotations

from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from setia.api.log import check_log
from setia.api.session import session
from setia.api.wording import in_python, python
from setia.errors import InputError
from setia.report.cells import Cells, Shown, money, per_cent
from setia.timeline import date_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from setia.ledger import Book
    from setia.source import Log


@dataclass(frozen=True, repr=False, eq=False)
class Profits(Shown):
    """What every customer brought in and cost, month by month, by the costs that were given."""

    book: Book

    def table(self) -> pd.DataFrame:
        """Return a row for each customer and month in which anything happened; the parts add up to the profit."""
        from setia.report.ledger import table

        frame: pd.DataFrame = table(self.book).to_pandas()
        return frame

    def by_customer(self) -> pd.DataFrame:
        """Return a row for each customer, the most profitable first: sales and what was taken from them, and profit."""
        from setia.ledger import COUNTS, PARTS

        sums = self.table().groupby("customer_id")[[*PARTS, "profit", *COUNTS]].sum()
        return sums.sort_values("profit", ascending=False, kind="stable")

    def turned(self) -> pd.DataFrame:
        """Return who was profitable and, as of the last month, is not any more, the largest loss first, and why."""
        from setia.report.ledger import turned_table

        frame: pd.DataFrame = turned_table(self.book).to_pandas()
        return frame

    def figure(self) -> Figure:
        """Draw the whale curve: what the customers bring together, from the most profitable to the most costly."""
        from setia.report.ledger import figure

        return figure(self.book)

    def _cells(self) -> Cells:
        book, curve = self.book, self.book.whale
        head = (
            f"Profits of {book.log}, {date_of(book.first_day)} to {date_of(book.last_day)}: "
            f"{money(curve.total, book.currency)} from {curve.customers:,} customers"
        )
        rows = (
            ("the best fifth", f"{per_cent(curve.best_share, 0)} of the profit"),
            ("cost more than they bring", f"{curve.losers:,} customers, {money(curve.lost, book.currency)} in all"),
            ("not profitable any more", f"{len(book.turned):,} customers"),
        )
        return Cells(head, rows, tuple(map(python, book.notes)))


def profits(log: Log, **costs: Any) -> Profits:
    """Book every line of a log with what it cost, as `make ledger` does, and write nothing.

    Args:
        log: with amounts.
        costs: those of `setia.ledger.Costs`: goods_rate=0.72, per_order=1.0, commission_rate=0.1, ... (docs/profit.md).
            A log with a unit cost and a quantity on every line needs none.

    Raises:
        InputError: the log has no amounts, or what its goods cost is not known; there is no such cost.
    """
    from setia.ledger import Costs, book

    check_log(log, "setia.profits(log)")
    known = [field.name for field in fields(Costs)]
    for name in costs:
        if name not in known:
            nearest = "".join(f" The nearest is {near}." for near in get_close_matches(name, known, 1))
            raise InputError(f"profits() knows no cost {name}.{nearest}")
    with in_python({"value=profit": "a profit"}):
        return Profits(book(log, session(), Costs(**costs)))
