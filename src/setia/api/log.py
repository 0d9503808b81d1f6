"""The log as a session holds it: the clean lines of `setia.source.Log`, with its tables and figures as methods."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from setia import source
from setia.api.wording import python
from setia.errors import InputError
from setia.report.cells import Cells, Shown, per_cent, some
from setia.timeline import date_of, day_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from setia.report.customer import Customer


@dataclass(frozen=True, repr=False, eq=False)
class Log(Shown, source.Log):
    """A transaction log that has passed the contract, as `setia.read` returns it; its attributes: `setia.source.Log`.

    Days are counted from 1970-01-01; `log.first` and `log.last` write them as dates.
    """

    @property
    def first(self) -> str:
        """The day of the first line, YYYY-MM-DD."""
        return date_of(self.first_day).isoformat()

    @property
    def last(self) -> str:
        """The last day that is known, YYYY-MM-DD."""
        return date_of(self.last_day).isoformat()

    def until(self, day: str) -> Log:
        """Return the log as it was known at the end of a day (YYYY-MM-DD).

        Raises:
            InputError: that is no date, nothing had happened by then, or the log ends before it.
        """
        from setia.api.session import session

        wanted = day_of(str(day))
        if wanted > self.last_day:
            raise InputError(f"{day} is after the last day of {self.name}, {self.last}; choose an earlier one.")
        return kept(source.until(self, wanted, session()))

    def figure(self, name: str) -> Figure:
        """Draw over_time, gaps, horizon, buyers or concentration.

        Raises:
            InputError: there is no such figure.
        """
        from setia.api.looking import figure

        return figure(self, name)

    def purchases(self, customer_id: str | None = None) -> pd.DataFrame:
        """Return the customer-days (of one customer, or all): customer_id, date, value, is_purchase."""
        from setia.api.looking import purchases

        return purchases(self, customer_id)

    def customers(self) -> pd.DataFrame:
        """Return a row for each customer who ever bought: purchases, value, first, last; most valuable first."""
        from setia.report.explore import customers

        return customers(self.purchases())

    def feature_table(self) -> pd.DataFrame:
        """Return the feature table as of the log's last day, one row per customer."""
        from setia.api.looking import feature_table

        return feature_table(self)

    def customer(self, customer_id: str) -> Customer:
        """Look at one customer beside all others (for what a model makes of them: `Model.customer`).

        Raises:
            InputError: nobody of that name bought anything.
        """
        from setia.api.looking import customer

        return customer(self, customer_id)

    def _cells(self) -> Cells:
        stock = self.quarantine
        refused = "nothing"
        if stock.counts:
            counts = "; ".join(f"{reason} {count:,}" for reason, count in stock.counts)
            refused = f"{stock.refused:,} of {stock.rows:,} rows ({per_cent(stock.share)}): {counts}"
        return Cells(
            f"Log {self.name}: {self.n_lines:,} lines of {self.n_customers:,} customers, {self.first} to {self.last}",
            (
                ("columns", some(("customer_id", "day", *self.columns), 14)),
                ("counted in", f"{self.currency or 'a currency that was not said'}, days of {self.timezone}"),
                ("refused", refused),
            ),
            self.notes,
        )


def kept(log: source.Log, name: str | None = None) -> Log:
    """Return a log with its methods, under another name where one is given, and its notes as Python has them."""
    of: dict[str, Any] = {field.name: getattr(log, field.name) for field in fields(source.Log)}
    return Log(**{**of, "name": name or log.name, "notes": tuple(map(python, log.notes))})


def check_log(log: Any, call: str) -> None:
    """Refuse what `setia.read` has not read.

    Raises:
        InputError: says how to write it.
    """
    if not isinstance(log, source.Log):
        raise InputError(
            f"{call} takes what setia.read returns, not {type(log).__name__}; read it first: log = setia.read(...)."
        )
