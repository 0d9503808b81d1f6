"""The log with its costs: what a run needs to count in profit instead of revenue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw

from setia.engine import Engine, Frame
from setia.errors import InputError
from setia.history.runs import Ints
from setia.ledger.contacts import Contacts, contact_lines
from setia.ledger.costs import Costs
from setia.ledger.coverage import Coverage, coverage
from setia.ledger.parts import COMMISSION, CONTACT, GOODS, PARTS, UNITS, parts_of, read
from setia.ledger.rates import nothing, with_rates
from setia.schema import LOG_OPTIONAL
from setia.source import Log

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Profit:
    """What is left of each line (a `LineProfit`)."""

    costs: Costs

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the lines that `costed` adds."""
        return (GOODS, COMMISSION, CONTACT)

    @property
    def per_unit(self) -> int:
        """It counts ten-thousandths of the currency."""
        return UNITS

    def __call__(self, lines: pa.Table) -> Ints:
        """Return the profit of each line, shape (lines,), in UNITS."""
        parts = parts_of(lines, read(lines), self.costs)
        total: Ints = sum((parts[name] for name in PARTS[1:]), start=parts[PARTS[0]])
        return total


@dataclass(frozen=True)
class Costed:
    """A log whose lines tell what they cost: contacts are lines of amount 0 among them.

    `lines` and `profit` are what `setia.history.prepare` takes.
    """

    lines: Frame
    profit: Profit
    coverage: Coverage
    contacts: Contacts


def costed(log: Log, engine: Engine, costs: Costs) -> Costed:
    """Write beside each line what it takes to tell its profit.

    Nothing is learnt from the log: what a line costs follows from the line and the settings alone.

    Raises:
        InputError: the log has no amounts, a line that was sold has no cost, a setting needs a column that the log
            has not, or the contacts cannot be read.
    """
    if "amount" not in log.columns:
        raise InputError(
            f"value=profit needs amounts, which {log.name} lacks; name their column with source.columns.amount=NAME, "
            "or use value=purchases."
        )
    lines = with_rates(log.lines, costs)
    covered = coverage(lines, engine, costs)
    stock = Contacts()
    if costs.contacts is not None:
        contacts, stock = contact_lines(log, engine, costs)
        lines = nw.concat([lines, _as_lines(contacts, lines)])
    return Costed(lines, Profit(costs), covered, stock)


def _as_lines(contacts: Frame, lines: Frame) -> Frame:
    """Give contacts the columns of lines: an amount of 0, and nothing that says something of a purchase."""
    names = lines.collect_schema().names()
    given = {"customer_id": nw.col("customer_id"), "day": nw.col("day").cast(nw.Int32), CONTACT: nw.col(CONTACT)}
    filled = given | {"amount": nw.lit(0.0).alias("amount"), "refund_of_day": nothing(nw.Int32).alias("refund_of_day")}
    return contacts.select(*(filled[name] if name in filled else _none(name) for name in names))


def _none(name: str) -> nw.Expr:
    return nothing(nw.String if LOG_OPTIONAL.get(name) is nw.String else nw.Float64).alias(name)
