"""Who was profitable and is not any more, and what turned them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from setia.history.runs import Ints, changes
from setia.ledger.months import NOW, Past, customer_months
from setia.ledger.parts import PARTS, UNITS

if TYPE_CHECKING:
    import pyarrow as pa

#: What is taken off the sales, and what it is called in a sentence.
TAKEN: Final = {
    "discounts": "discounts",
    "refunds": "refunds",
    "goods": "the cost of goods",
    "commission": "commission",
    "service": "the cost of service",
}


@dataclass(frozen=True)
class Turned:
    """A customer who brought a profit in the months before, and a loss in the last ones.

    `part` is the one of TAKEN whose share of the sales grew most: `share_before` to `share_now` (null: nothing was sold
    any more, and `part` is the largest cost that went on). Money is in the log's currency.
    """

    customer_id: str
    profit_before: float
    profit_now: float
    part: str
    share_before: float | None
    share_now: float | None

    @property
    def why(self) -> str:
        """The finding in a sentence."""
        start = f"earned {self.profit_before:,.2f} in the months before, lost {-self.profit_now:,.2f} in the last {NOW}"
        if self.share_now is None:
            return f"{start}: nothing was sold any more, what remained was {TAKEN[self.part]}."
        shares = f"to {100 * self.share_now:.0f} % of sales"
        if self.share_before is not None:
            shares = f"from {100 * self.share_before:.0f} % {shares}"
        return f"{start}: {TAKEN[self.part]} rose {shares}."


def turned_at(cells: pa.Table, month: int) -> pa.Table:
    """Return those of whole customers who have turned as of a month, from their cells: a kernel.

    Returns:
        `customer_id` and, for each of PARTS, NAME_before and NAME_now in UNITS.
    """
    import pyarrow as pa

    rows = customer_months(cells)
    parts = np.array([rows[name].to_numpy() for name in PARTS], dtype=np.int64)
    new = changes(rows["customer_id"])
    starts = np.flatnonzero(new) if rows.num_rows else np.zeros(0, dtype=np.int64)
    past = Past(np.cumsum(new) - 1, rows["month"].to_numpy().astype(np.int64), parts)
    everybody = np.arange(len(starts))
    when = np.full(len(starts), month, dtype=np.int64)
    who = np.flatnonzero(past.turned(everybody, when))
    before, now = past.before(who, when[who]), past.now(who, when[who])
    columns = {f"{name}_before": before[k] for k, name in enumerate(PARTS)}
    columns |= {f"{name}_now": now[k] for k, name in enumerate(PARTS)}
    return pa.table({"customer_id": rows["customer_id"].take(pa.array(starts[who])), **columns})


def told(found: pa.Table, customers: list[str]) -> tuple[Turned, ...]:
    """Say what turned each customer of `turned_at`, the largest loss first."""
    before, now = (np.array([found[f"{name}_{when}"].to_numpy() for name in PARTS]) for when in ("before", "now"))
    order = np.lexsort((np.array(customers, dtype=object), now.sum(axis=0)))
    return tuple(_told(customers[row], before[:, row], now[:, row]) for row in order)


def _told(customer: str, before: Ints, now: Ints) -> Turned:
    names = tuple(TAKEN)
    taken_before, taken_now = (-parts[[PARTS.index(name) for name in names]] for parts in (before, now))
    sales_before, sales_now = int(before[0]), int(now[0])
    earned, lost = float(before.sum() / UNITS), float(now.sum() / UNITS)
    if sales_now == 0:
        return Turned(customer, earned, lost, names[int(np.argmax(taken_now))], None, None)
    shares_now = taken_now / sales_now
    shares_before = taken_before / sales_before if sales_before else np.zeros(len(names))
    part = int(np.argmax(shares_now - shares_before))
    share_before = float(shares_before[part]) if sales_before else None
    return Turned(customer, earned, lost, names[part], share_before, float(shares_now[part]))
