"""The log of contacts: letters, calls and mails, each of which costs money on its day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, cast

import narwhals as nw

from setia.engine import Engine, Frame
from setia.errors import InputError
from setia.ledger.costs import Costs
from setia.ledger.parts import CONTACT
from setia.source import ColumnMap, Log, SourceSettings, read

if TYPE_CHECKING:
    import pyarrow as pa

#: Contacts may be planned for days to come; those are not booked, but are no fault of the file either.
_AHEAD_DAYS: Final = 36_500
_COLUMNS: Final = ColumnMap(
    customer_id="customer_id",
    timestamp="date",
    amount="",
    unit_price="",
    order_id="",
    product_id="",
    category="",
    quantity="",
    unit_cost=None,
    discount="",
    channel="",
)


@dataclass(frozen=True)
class Contacts:
    """How many contacts were booked, and why others were not.

    Attributes:
        booked: of customers, within the days of the log.
        strangers: of people who had not bought anything by then.
        outside: before the first or after the last day of the log.
        refused: rows without a customer or a date, and repeated ones of several files.
    """

    booked: int = 0
    strangers: int = 0
    outside: int = 0
    refused: int = 0


class _Adopting(Protocol):
    """Both engines take a table of this process."""

    def adopt(self, table: pa.Table, hint: str = "t") -> Frame:
        """Return it as a lazy frame."""


def contact_lines(log: Log, engine: Engine, costs: Costs) -> tuple[Frame, Contacts]:
    """Return the contacts that the ledger books: `customer_id`, `day` and, in CONTACT, the cost in money.

    A contact counts for whoever was a customer by then: a later purchase must not add a cost to days before it. One
    without a cost, or with one that cannot be read, costs `per_contact`.

    Raises:
        InputError: the file cannot be read, or a contact has a negative cost.
    """
    assert costs.contacts is not None
    found = _read(costs.contacts, log, engine)
    lines = found.lines
    cost = nw.lit(float(costs.per_contact))
    if "unit_cost" in found.columns:
        cost = nw.col("unit_cost").fill_null(float(costs.per_contact))
    first = log.lines.group_by("customer_id").agg(nw.col("day").min().alias("first_day"))
    inside = (nw.col("day") >= log.first_day) & (nw.col("day") <= log.last_day)
    seen = lines.select("customer_id", "day", cost.cast(nw.Float64).alias(CONTACT)).filter(inside)
    booked = seen.join(first, on="customer_id", how="inner").filter(nw.col("day") >= nw.col("first_day"))
    # small beside the log, and counted before it is used: so it comes here once
    table = engine.arrow(booked.select("customer_id", "day", CONTACT))
    within = int(engine.arrow(seen.select(n=nw.len()))["n"][0].as_py())
    _check_costs(table, costs.contacts)
    stock = Contacts(
        table.num_rows, within - table.num_rows, found.n_lines - within, sum(dict(found.quarantine.counts).values())
    )
    return cast("_Adopting", engine).adopt(table, "contacts"), stock


def _read(path: str, log: Log, engine: Engine) -> Log:
    settings = SourceSettings(path=path, columns=_COLUMNS, timezone=log.timezone)
    try:
        return read(settings, engine, today=log.last_day + _AHEAD_DAYS)
    except InputError as error:
        # the reader's advice is about the log: there, columns can be named otherwise
        said = re.split(r" (?:Say which one|The nearest is|Check source)", str(error))[0]
        raise InputError(
            f"value.costs.contacts={path} cannot be used: {said} It must have the columns customer_id and date, and "
            "may have cost."
        ) from error


def _check_costs(table: pa.Table, path: str) -> None:
    import pyarrow.compute as pc

    bad = table.filter(pc.less(table[CONTACT], 0.0))
    if bad.num_rows:
        first = bad.slice(0, 1).to_pylist()[0]
        raise InputError(
            f"value.costs.contacts={path} gives contacts a negative cost ({bad.num_rows:,} times, such as "
            f"{first[CONTACT]:g} for {first['customer_id']!r}); write what a contact costs as 0 or more."
        )
