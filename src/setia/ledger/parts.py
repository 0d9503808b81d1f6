"""What each line brought in and cost, in whole ten-thousandths of the currency, so that sums are exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from setia.history.runs import Floats, Ints, Mask, changes, numbered, sorting, sums
from setia.ledger.costs import Costs

if TYPE_CHECKING:
    import pyarrow as pa

#: Parts of a profit, signed, so that they add up to it.
PARTS: Final = ("sales", "discounts", "refunds", "goods", "commission", "service")
#: One unit of currency in the unit of the ledger. It is the same for every log: were it found in the log, a later line
#: could change how an earlier one is rounded. Prices in cents leave two digits for shares of them.
UNITS: Final = 10_000
#: Columns beside those of the log: the share of goods (null: none is known) and of commission of the line, and the cost
#: of the contact that the line stands for (null: it is a line of the log).
GOODS, COMMISSION, CONTACT = "setia_goods", "setia_commission", "setia_contact"


@dataclass(frozen=True)
class Lines:
    """Lines of whole customers as numbers, shape (lines,) each; NaN where nothing is known.

    `listed` is the price before discounts, of refunds as well; `goods` what the goods cost, before any return.
    """

    amount: Floats
    discount: Floats
    listed: Floats
    goods: Floats
    sold: Mask
    refunded: Mask


def read(lines: pa.Table) -> Lines:
    """Return the numbers of lines; `amount` and the columns GOODS, COMMISSION and CONTACT must be there."""
    amount = np.nan_to_num(_floats(lines, "amount"))
    discount = np.abs(np.nan_to_num(_floats(lines, "discount")))
    listed = np.abs(amount) + discount
    unit_cost = _floats(lines, "unit_cost")
    # a negative cost is a slip of the pen, not a gift of the supplier
    own = np.abs(_floats(lines, "quantity")) * np.where(unit_cost >= 0, unit_cost, np.nan)
    goods = np.where(np.isnan(own), _floats(lines, GOODS) * listed, own)
    if "quantity" in lines.column_names:
        # nobody paid and nobody got anything: a correction of the stock
        goods[(amount == 0) & ~(_floats(lines, "quantity") > 0)] = 0.0
    return Lines(amount, discount, listed, goods, amount > 0, amount < 0)


def parts_of(lines: pa.Table, seen: Lines, costs: Costs) -> dict[str, Ints]:
    """Return the PARTS of each line, shape (lines,) each, in UNITS.

    Args:
        lines: of whole customers, by customer and day; the first lines of an order bear what of its cost cannot be
            shared equally.
        seen: the same, as `read` sees them.
        costs: what is charged; the shares by category and channel stand in the lines.
    """
    paid, off = whole(seen.amount), whole(seen.discount)
    sold, refunded = seen.sold, seen.refunded
    goods = np.nan_to_num(seen.goods) * np.where(refunded, -costs.returned_goods, 1.0)
    service = whole(np.nan_to_num(_floats(lines, CONTACT)))
    service += sold * whole(costs.per_line) + refunded * whole(costs.per_refund)
    if costs.per_order:
        service += _order_costs(lines, sold, int(whole(costs.per_order)))
    nothing = np.zeros_like(paid)
    return {
        "sales": np.where(sold, paid + off, nothing),
        "discounts": np.where(sold, -off, nothing),
        "refunds": np.where(refunded, paid, nothing),
        "goods": -whole(goods),
        "commission": -whole(np.nan_to_num(_floats(lines, COMMISSION)) * seen.amount),
        "service": -service,
    }


def whole(money: Floats | float) -> Ints:
    """Return money in UNITS, halves away from zero: what a refund gives back is what the sale had taken.

    Four more decimals are rounded first, so that 0.085 x 0.1 is a half, as on paper, and not just below one.
    """
    scaled = np.asarray(money, dtype=np.float64) * UNITS
    found: Ints = (np.sign(scaled) * np.floor(np.round(np.abs(scaled), 4) + 0.5)).astype(np.int64)
    return found


def _floats(lines: pa.Table, name: str) -> Floats:
    """Return a column as float64, NaN for null or where there is no such column."""
    import pyarrow as pa

    if name not in lines.column_names:
        return np.full(lines.num_rows, np.nan)
    return np.asarray(lines[name].cast(pa.float64()).to_numpy(), dtype=np.float64)


def _order_costs(lines: pa.Table, sold: Mask, cost: int) -> Ints:
    """Share the cost of each order among the lines sold on its first day, in equal whole parts.

    The first day alone, so that a line that is added to an order later changes nothing that was booked before.
    """
    found = np.zeros(len(sold), dtype=np.int64)
    rows = np.flatnonzero(sold)
    if not len(rows):
        return found
    day = lines["day"].to_numpy().astype(np.int64)[rows]
    key = _orders(lines, rows, day)
    order = sorting(key)
    new = changes(key[order])
    starts, group = np.flatnonzero(new), np.cumsum(new) - 1
    bears = day[order] == day[order][starts][group]
    count = sums(bears.astype(np.int64), starts)[group]
    found[rows[order]] = np.where(bears, cost // count + (numbered(new) <= cost % count), 0)
    return found


def _orders(lines: pa.Table, rows: Ints, day: Ints) -> Ints:
    """Number the orders of sold lines; lines without an order's name were ordered together if on one day."""
    customer = (np.cumsum(changes(lines["customer_id"])) - 1)[rows]
    dates = (day - day.min()) + (int(day.max() - day.min()) + 1) * customer
    if "order_id" not in lines.column_names:
        return np.asarray(dates)
    code = codes(lines["order_id"])[rows]
    named = code >= 0
    last = int(code.max()) + 1
    found: Ints = np.where(named, customer * last + code, dates + (int(customer.max()) + 1) * last)
    return found


def codes(names: pa.ChunkedArray) -> Ints:
    """Number the names of a column by equality, -1 for null."""
    coded = names.combine_chunks().dictionary_encode()
    if hasattr(coded, "combine_chunks"):
        coded = coded.combine_chunks()
    found: Ints = coded.indices.fill_null(-1).to_numpy().astype(np.int64)
    return found
