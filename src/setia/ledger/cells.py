"""From lines to the cells of the ledger: one customer, month, category and channel each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from setia.engine import Chunks, Engine
from setia.history.runs import Ints, changes, sorting, sums
from setia.ledger.costed import Costed
from setia.ledger.costs import Costs
from setia.ledger.parts import CONTACT, PARTS, Lines, codes, parts_of, read, whole

if TYPE_CHECKING:
    import pyarrow as pa

#: What is counted beside the PARTS: lines sold, of them those sold for less than the goods cost, refunds, contacts.
COUNTS: Final = ("lines_sold", "lines_below_cost", "lines_refunded", "contacts")
#: By which names, where the log has them, a cell is told from others of the customer and month.
KINDS: Final = ("category", "channel")
_READ: Final = (
    *("customer_id", "day", "amount", "order_id", "quantity", "unit_cost", "discount"),
    *KINDS,
)


def cells(found: Costed, engine: Engine) -> tuple[Chunks, pa.Array | None]:
    """Book every line, and keep the sums of each cell; also return the customers' ids, where cells number them.

    Lines of an order are sorted by their names before its cost is shared: which line bears what is left over must not
    depend on how the log was sorted.
    """
    names = found.lines.collect_schema().names()
    used = [name for name in _READ if name in names]
    kinds = [name for name in KINDS if name in names]
    # engines differ in whether null comes first
    lines = found.lines.select(*used, *found.profit.columns).with_columns(nw.col(name).fill_null("") for name in kinds)
    numbered = engine.numbered(lines, tuple(name for name in ("order_id",) if name in names))
    order = tuple(name for name in ("day", "order_id", *kinds, "amount") if name in names)
    kernel = partial(cells_of, costs=found.profit.costs)
    return engine.chunked(numbered.frame, order, kernel, "ledger"), numbered.names


def cells_of(lines: pa.Table, costs: Costs) -> pa.Table:
    """Sum up lines of whole customers, sorted by customer and day.

    Returns:
        `customer_id`, `month` (since January 1970), those of KINDS that the lines have, PARTS in UNITS as int64
        and COUNTS as int32; by customer and month.
    """
    import pyarrow as pa

    month = months(lines["day"].to_numpy())
    kinds = [name for name in KINDS if name in lines.column_names]
    key = _place(lines["customer_id"], month)
    for name in kinds:
        code = codes(lines[name])
        key = key * (int(code.max(initial=0)) + 1) + code
    order = sorting(key)
    starts = np.flatnonzero(changes(key[order]))
    first = order[starts]
    columns: dict[str, Any] = {name: lines[name].take(pa.array(first)) for name in ("customer_id", *kinds)}
    columns["month"] = month[first].astype(np.int32)
    seen = read(lines)
    for name, numbers in (parts_of(lines, seen, costs) | _counts(lines, seen)).items():
        columns[name] = sums(numbers[order], starts)
    return pa.table(columns).select(["customer_id", "month", *kinds, *PARTS, *COUNTS])


def months(days: Any) -> Ints:
    """Return the months of days, both counted from January 1970."""
    found: Ints = np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return found


def _counts(lines: pa.Table, seen: Lines) -> dict[str, NDArray[np.int32]]:
    flags = {
        "lines_sold": seen.sold,
        "lines_below_cost": seen.sold & (whole(np.nan_to_num(seen.goods)) > whole(seen.amount)),
        "lines_refunded": seen.refunded,
        "contacts": lines[CONTACT].is_valid().to_numpy(),
    }
    return {name: flag.astype(np.int32) for name, flag in flags.items()}


def _place(customers: pa.ChunkedArray, month: Ints) -> Ints:
    """Number customer and month in their order; lines are sorted by both."""
    new = changes(customers)
    new[1:] |= month[1:] != month[:-1]
    return np.cumsum(new) - 1
