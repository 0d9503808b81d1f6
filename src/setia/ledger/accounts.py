"""Sums over many customers: by month, by category, by channel, and of all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from setia.ledger.cells import COUNTS, KINDS
from setia.ledger.parts import PARTS

if TYPE_CHECKING:
    import pyarrow as pa

#: What a name column of `summed` is called in the cells.
BY: Final = ("month", *KINDS)


@dataclass(frozen=True)
class Account:
    """What came in and went out under a name; parts are signed and in UNITS.

    `name` is a category or channel (empty: the lines that name none, and contacts) or a month such as 2017-03.
    """

    name: str
    sales: int
    discounts: int
    refunds: int
    goods: int
    commission: int
    service: int
    lines_sold: int
    lines_below_cost: int
    lines_refunded: int
    contacts: int

    @property
    def profit(self) -> int:
        """The sum of the parts."""
        return sum(getattr(self, name) for name in PARTS)

    @property
    def net(self) -> int:
        """What was paid, refunds taken off: the log's own total."""
        return self.sales + self.discounts + self.refunds


def summed(cells: pa.Table) -> pa.Table:
    """Sum up cells by month, category and channel, whoever the customer: a kernel."""
    by = [name for name in BY if name in cells.column_names]
    return _grouped(cells, by, {name: name for name in (*PARTS, *COUNTS)})


def accounts(sums: pa.Table, by: str) -> tuple[Account, ...]:
    """Return the accounts of `summed` tables by one of BY, in the order of names (of months: of time)."""
    rows = _grouped(sums, [by], {name: name for name in (*PARTS, *COUNTS)}).sort_by(by).to_pylist()
    return tuple(Account(**{**{k: v for k, v in row.items() if k != by}, "name": _name(row[by])}) for row in rows)


def total(parts: Iterable[Account]) -> Account:
    """Return the sum of accounts."""
    every = tuple(parts)
    return Account("all", **{name: sum(getattr(account, name) for account in every) for name in (*PARTS, *COUNTS)})


def _grouped(table: pa.Table, by: list[str], columns: dict[str, str]) -> pa.Table:
    # one thread: kernels run side by side already
    found = table.group_by(by, use_threads=False).aggregate([(name, "sum") for name in columns])
    return found.rename_columns([name.removesuffix("_sum") for name in found.column_names]).select([*by, *columns])


def _name(value: str | int) -> str:
    return value if isinstance(value, str) else f"{1970 + value // 12}-{value % 12 + 1:02d}"
