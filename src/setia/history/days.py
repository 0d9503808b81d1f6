"""From lines to customer-days: a kernel over the lines of whole customers, the same for every cutoff.

Every column of a day says something about that day and the days before it, with three exceptions,
`next_day`, `third_next_day` and `category_next_days`, which `known` and `cut` mask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from setia.history import calendar
from setia.history.breadth import breadth
from setia.history.runs import Floats, Ints, Mask, changes, numbered, ranks, sums

if TYPE_CHECKING:
    import pyarrow as pa


class LineProfit(Protocol):
    """What is left of each line after costs, for whoever knows them. It can be pickled, since engines run it."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the lines that it reads and that no log has."""

    @property
    def per_unit(self) -> int:
        """How many of what it counts make one unit of the currency: sums of whole numbers are exact."""

    def __call__(self, lines: pa.Table) -> Ints:
        """Return the profit of each line, shape (lines,), of whole customers sorted by customer and day."""


def customer_days(lines: pa.Table, profit: LineProfit | None = None) -> pa.Table:
    """Make customer-days of the lines of whole customers, sorted by customer and day.

    Args:
        lines: `customer_id`, `day`, and any of the log's other columns; with amounts, `refund_of_day`.
        profit: what is left of each line; with it the days have a column `profit`.

    Returns:
        One row per customer and day in the same order, in the columns of `Chunk`: counts as int32, money as float64.
    """
    import pyarrow as pa

    day = lines["day"].to_numpy().astype(np.int64)
    new_customer = changes(lines["customer_id"])
    new_day = new_customer | changes(day)
    first = np.flatnonzero(new_day)
    of_day = np.cumsum(new_day) - 1
    customer = (np.cumsum(new_customer) - 1)[first]
    numbers = {name: _floats(lines, name) for name in _NUMBERS if name in lines.column_names}
    bought = numbers["amount"] > 0 if "amount" in numbers else np.ones(len(day), dtype=bool)
    found: dict[str, Any] = {
        "customer_id": lines["customer_id"].take(pa.array(first)),
        "day": day[first].astype(np.int32),
        "lines": sums(bought.astype(np.int32), first),
    }
    is_purchase = found["lines"] > 0
    found["is_purchase"] = is_purchase
    found |= _money(lines, numbers, bought, first, is_purchase)
    if profit is not None:
        found["profit"] = sums(profit(lines), first) / profit.per_unit
    found |= breadth(lines, bought, of_day, customer, day[first])
    found |= _neighbours(customer, day[first], is_purchase)
    return pa.table({name: _array(content) for name, content in found.items()})


#: A net sum this small beside what went in and out is nothing but rounding.
ROUNDING = 1e-12
_NUMBERS = ("amount", "quantity", "unit_cost", "discount")


def _floats(lines: pa.Table, name: str) -> Floats:
    import pyarrow as pa
    import pyarrow.compute as pc

    found: Floats = pc.fill_null(lines[name].cast(pa.float64()), 0.0).to_numpy()
    return found


def _array(content: Any) -> Any:
    """Return an Arrow array; a day that never comes is null."""
    import pyarrow as pa

    if isinstance(content, np.ma.MaskedArray):
        return pa.array(content.data, mask=np.ma.getmaskarray(content))
    return content if isinstance(content, pa.Array | pa.ChunkedArray) else pa.array(content)


def _money(lines: pa.Table, numbers: dict[str, Floats], bought: Mask, first: Ints, is_purchase: Mask) -> dict[str, Any]:
    """Add up what the lines of a day say in numbers; without amounts a purchase is worth 1."""
    if "amount" not in numbers:
        found: dict[str, Any] = {"value": is_purchase.astype(np.float64)}
    else:
        amount = numbers["amount"]
        back = np.where(amount < 0, -amount, 0.0)
        sold = lines["refund_of_day"]
        matched = (amount < 0) & sold.is_valid().to_numpy()
        delay = lines["day"].to_numpy() - sold.fill_null(0).to_numpy()
        net, gross, refunds = (sums(part, first) for part in (amount, np.where(bought, amount, 0.0), back))
        # 0.1 + 0.2 - 0.3 is no purchase of 6e-17: its logarithm would be a figure of its own
        net[np.abs(net) <= ROUNDING * (gross + refunds)] = 0.0
        found = {
            "value": net,
            "gross": gross,
            "refunds": refunds,
            "matched_refunds": sums(np.where(matched, back, 0.0), first),
            "returned_lines": sums(matched.astype(np.int32), first),
            "return_days": sums(np.where(matched, delay, 0).astype(np.int32), first),
        }
    if "quantity" in numbers:
        found["quantity"] = sums(np.where(bought, numbers["quantity"], 0.0), first)
    if "discount" in numbers:
        found["discount"] = sums(np.where(bought, np.abs(numbers["discount"]), 0.0), first)
    if {"quantity", "unit_cost"} <= numbers.keys():
        found["cost"] = sums(numbers["quantity"] * numbers["unit_cost"], first)
    return found


def _neighbours(customer: Ints, day: Ints, is_purchase: Mask) -> dict[str, Any]:
    """Return the neighbouring purchase days, the running number and the rank among own weekdays of each purchase."""
    rows = np.flatnonzero(is_purchase)
    who, when = customer[rows], day[rows].astype(np.int32)
    found: dict[str, Any] = {}
    for name, step in (("previous_day", -1), ("next_day", 1), ("third_next_day", 3)):
        place = np.arange(len(rows)) + step
        inside = (place >= 0) & (place < len(rows))
        same = inside & (who[np.where(inside, place, 0)] == who) if len(rows) else inside
        neighbour = np.ma.array(np.zeros(len(day), dtype=np.int32), mask=True)
        neighbour[rows[same]] = when[place[same]]
        found[name] = neighbour
    for name, number in (
        ("purchase_number", numbered(changes(who))),
        ("weekday_rank", ranks(who * 7 + calendar.weekday(when.astype(np.int64)))),
    ):
        column = np.zeros(len(day), dtype=np.int32)
        column[rows] = number
        found[name] = column
    return found
