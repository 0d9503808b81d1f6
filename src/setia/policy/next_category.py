"""The category that each customer does not buy and is most likely to take up next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from setia.engine import Engine, Frame
from setia.history import CategoryDays, bought_next, category_days, every_nth, shelf_of, stock_at
from setia.policy.adoption import Adoption, learn_adoption

if TYPE_CHECKING:
    import pyarrow as pa

Array = NDArray[np.float64]
#: A category counts as owned for so long after it was bought.
OWNED_DAYS: Final = 365
#: Only the categories that most customers buy are looked at.
MOST_CATEGORIES: Final = 300
#: The model is learnt from so many customers at most.
MOST_CUSTOMERS: Final = 10_000
_BLOCK: Final = 5_000


@dataclass(frozen=True)
class NextCategory:
    """What each customer with a purchase is most likely to take up; arrays of shape (customers,).

    `category`: null where every category on offer is owned, or where none could be learnt. `chance`: of buying it
    within the horizon. `value`: what those who take it up spend on it within the horizon.
    """

    customer_id: NDArray[np.object_]
    category: NDArray[np.object_]
    chance: Array
    value: Array


def next_category(lines: Frame, engine: Engine, as_of: int, horizon_days: int) -> NextCategory:
    """Return the next category of every customer with a purchase on or before a day, from what was known by then.

    What leads to a category is learnt at one horizon before that day: who of those without it bought it until then.
    A log with less than a horizon before that, in which nobody can be said not to buy a thing, teaches nothing.

    Args:
        lines: of a log with categories.
        engine: where they lie.
        as_of: the last day that may be known, since 1970-01-01.
        horizon_days: within how many days.
    """
    import pyarrow as pa

    days = category_days(lines, engine)
    try:
        model = learnt(days, as_of, horizon_days)
        kernel = partial(_told, as_of=as_of, horizon_days=horizon_days, model=model)
        found = pa.concat_tables(days.chunks.map(kernel))
        ids = days.ids(found["customer_id"]).to_numpy(zero_copy_only=False)
    finally:
        days.chunks.close()
    category = found["category"].to_numpy(zero_copy_only=False).astype(object)
    return NextCategory(ids, category, found["chance"].to_numpy(), found["value"].to_numpy())


def learnt(days: CategoryDays, as_of: int, horizon_days: int) -> Adoption | None:
    """Return the model of what was taken up within the last horizon before a day; null where the log has too little."""
    import pyarrow as pa

    before = as_of - horizon_days
    stock = stock_at(days, before, MOST_CATEGORIES)
    if not stock.categories or before - stock.first_day < horizon_days:
        return None
    step = -(-stock.customers // MOST_CUSTOMERS)
    piece = pa.concat_tables(days.chunks.map(partial(every_nth, step=step)))
    shelf = shelf_of(piece, before, horizon_days, OWNED_DAYS, stock.categories)
    bought, money = bought_next(piece, shelf, before, horizon_days, stock.categories)
    return learn_adoption(shelf, bought, money, stock.categories)


def _told(piece: pa.Table, as_of: int, horizon_days: int, model: Adoption | None) -> pa.Table:
    import pyarrow as pa

    names = () if model is None else model.names
    shelf = shelf_of(piece, as_of, horizon_days, OWNED_DAYS, names)
    count = len(shelf.ids)
    best, chance, value = np.zeros(count, dtype=np.int64), np.zeros(count), np.zeros(count)
    if model is not None:
        # so that the chances of all customers with all categories are never held at once
        for start in range(0, count, _BLOCK):
            rows = slice(start, start + _BLOCK)
            chances = model.chances(shelf.rows(rows))
            best[rows] = chances.argmax(axis=1)
            chance[rows] = chances.max(axis=1)
        value = np.where(chance > 0, model.value[best], 0.0)
    category = pa.array(names, pa.string()).take(pa.array(best, mask=(chance <= 0)))
    return pa.table({"customer_id": shelf.ids, "category": category, "chance": chance, "value": value})
