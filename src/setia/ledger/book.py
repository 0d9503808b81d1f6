"""The ledger: what each customer brought in and cost, month by month, to the last ten-thousandth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from setia.engine import Engine
from setia.errors import InputError
from setia.history.runs import changes
from setia.ledger.accounts import Account, accounts, summed, total
from setia.ledger.cells import KINDS, cells, months
from setia.ledger.contacts import Contacts
from setia.ledger.costed import costed
from setia.ledger.costs import Costs
from setia.ledger.coverage import Coverage
from setia.ledger.months import customer_months
from setia.ledger.notes import notes
from setia.ledger.turned import Turned, told, turned_at
from setia.ledger.whale import Whale, whale
from setia.progress import SILENT, Progress
from setia.source import Log

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class LedgerSettings:
    """`output` ends in .parquet or .csv; a figure and the list of turned customers lie beside it.

    Raises:
        InputError: it ends otherwise.
    """

    output: str = "models/ledger/ledger.parquet"

    def __post_init__(self) -> None:
        if not self.output.endswith((".csv", ".parquet")):
            raise InputError(f"ledger.output={self.output} must end in .csv or .parquet.")


@dataclass(frozen=True)
class Book:
    """A ledger; money is in UNITS (ten-thousandths of the currency) where it is a whole number.

    Attributes:
        log, currency, first_day, last_day: of the log.
        months: one row per customer and month in which anything happened, by customer and month: `customer_id`,
            `month` (since January 1970), PARTS, `profit`, `cumulative_profit`, COUNTS and `turned`.
        by_month: every month, oldest first.
        by_category, by_channel: null where the log names none.
        total: of all.
        whale: the whale curve.
        turned: who was profitable and, as of the last month, is not any more; the largest loss first.
        coverage: of how many lines the cost of goods is known.
        contacts: how many were booked, and why others were not.
        notes: what a reader of the figures should know, in sentences.
    """

    log: str
    currency: str
    first_day: int
    last_day: int
    months: pa.Table
    by_month: tuple[Account, ...]
    by_category: tuple[Account, ...] | None
    by_channel: tuple[Account, ...] | None
    total: Account
    whale: Whale
    turned: tuple[Turned, ...]
    coverage: Coverage
    contacts: Contacts
    notes: tuple[str, ...]


def book(log: Log, engine: Engine, costs: Costs, progress: Progress = SILENT) -> Book:
    """Book every line of a log.

    Raises:
        InputError: as `costed`: what goods cost is not known, or a setting does not fit the log.
    """
    import pyarrow as pa

    with progress.stage("costs of the lines"):
        found = costed(log, engine, costs)
    with progress.stage("booking"):
        kept, names = cells(found, engine)
        rows = pa.concat_tables(kept.map(customer_months)).combine_chunks()
        sums = pa.concat_tables(kept.map(summed))
        kinds = {name: accounts(sums, name) for name in KINDS if name in sums.column_names}
        late = pa.concat_tables(kept.map(partial(turned_at, month=int(months([log.last_day])[0]))))
        kept.close()
        if names is None:  # the pieces came in no order of customers
            rows = rows.sort_by([("customer_id", "ascending"), ("month", "ascending")])
    with progress.stage("who brings the profit"):
        turned = told(late, _named(late["customer_id"], names).to_pylist())
        last = np.flatnonzero(np.append(changes(rows["customer_id"])[1:], True))
        curve = whale(rows["cumulative_profit"].to_numpy()[last])
        rows = rows.set_column(0, "customer_id", _named(rows["customer_id"], names))
    by_month = accounts(sums, "month")
    return Book(
        log=log.name,
        currency=log.currency,
        first_day=log.first_day,
        last_day=log.last_day,
        months=rows,
        by_month=by_month,
        by_category=kinds.get("category"),
        by_channel=kinds.get("channel"),
        total=total(by_month),
        whale=curve,
        turned=turned,
        coverage=found.coverage,
        contacts=found.contacts,
        notes=notes(costs, found, total(by_month), {kind: {each.name for each in kinds[kind]} for kind in kinds}),
    )


def _named(customers: pa.ChunkedArray, names: pa.Array | None) -> pa.ChunkedArray:
    import pyarrow as pa

    return customers if names is None else pa.chunked_array([names]).take(customers)
