"""One row per customer and month, and what each customer brought in up to any month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from setia.history.runs import Ints, Mask, changes, sums
from setia.ledger.cells import COUNTS
from setia.ledger.parts import PARTS

if TYPE_CHECKING:
    import pyarrow as pa

#: Months that are looked at, and the months before them that they are compared with, if there are at least some.
NOW: Final = 3
BEFORE: Final = 12
LEAST_BEFORE: Final = 3


def customer_months(cells: pa.Table) -> pa.Table:
    """Make customer-months of the cells of whole customers, by customer and month.

    Returns:
        `customer_id`, `month`, PARTS, `profit`, `cumulative_profit` in UNITS, COUNTS, and `turned`: as of that month
        the customer was profitable and is not any more.
    """
    import pyarrow as pa

    month = cells["month"].to_numpy()
    new_customer = changes(cells["customer_id"])
    first = np.flatnonzero(new_customer | changes(month))
    columns = {name: sums(cells[name].to_numpy(), first) for name in (*PARTS, *COUNTS)}
    parts = np.array([columns[name] for name in PARTS], dtype=np.int64)
    past = Past((np.cumsum(new_customer) - 1)[first], month[first].astype(np.int64), parts)
    table = {
        "customer_id": cells["customer_id"].take(pa.array(first)),
        "month": month[first].astype(np.int32),
        **{name: columns[name] for name in PARTS},
        "profit": parts.sum(axis=0),
        "cumulative_profit": past.up_to(past.customer, past.month).sum(axis=0),
        **{name: columns[name] for name in COUNTS},
        "turned": past.turned(past.customer, past.month),
    }
    return pa.table(table)


class Past:
    """The rows of whole customers, by customer and month, so that any months of anybody can be summed up.

    Attributes:
        customer, month: of each row, shape (rows,); customers count from 0.
        parts: of each row in UNITS, shape (parts, rows).
    """

    def __init__(self, customer: Ints, month: Ints, parts: Ints) -> None:
        self.customer, self.month = customer, month
        self._sums = np.zeros((len(parts), len(month) + 1), dtype=np.int64)
        np.cumsum(parts, axis=1, out=self._sums[:, 1:])
        self._starts = np.flatnonzero(changes(customer)) if len(customer) else np.zeros(0, dtype=np.int64)
        # room on both sides, so that no month that is asked for falls into a neighbour's
        self._zero = int(month.min(initial=0)) - NOW - BEFORE - 1
        self._width = int(month.max(initial=0)) - self._zero + NOW + BEFORE + 1
        self._key = customer * self._width + month - self._zero

    def up_to(self, customer: Ints, month: Ints) -> Ints:
        """Return the parts of each customer up to a month, inclusive, shape (parts, customers)."""
        row = np.searchsorted(self._key, customer * self._width + month - self._zero, side="right")
        found: Ints = self._sums[:, row] - self._sums[:, self._starts[customer]]
        return found

    def now(self, customer: Ints, month: Ints) -> Ints:
        """Return the parts of the last months up to one, shape (parts, customers)."""
        found: Ints = self.up_to(customer, month) - self.up_to(customer, month - NOW)
        return found

    def before(self, customer: Ints, month: Ints) -> Ints:
        """Return the parts of the months before those, shape (parts, customers)."""
        found: Ints = self.up_to(customer, month - NOW) - self.up_to(customer, month - NOW - BEFORE)
        return found

    def turned(self, customer: Ints, month: Ints) -> Mask:
        """Return whether the months before were profitable, and long enough to tell, and the last ones are not."""
        known = month - NOW - self.month[self._starts[customer]] + 1 >= LEAST_BEFORE
        profit = self.before(customer, month).sum(axis=0), self.now(customer, month).sum(axis=0)
        return np.asarray(known & (profit[0] > 0) & (profit[1] < 0))
