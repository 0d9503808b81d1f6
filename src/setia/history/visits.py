"""The purchases of some customers as arrays, for what follows them from visit to visit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from setia.history.chunk import Chunk
from setia.history.runs import Floats, Ints, Mask

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Visits:
    """Purchases by customer and day, none later than a day that may be known.

    `ids`: the customers, shape (customers,). `customer`: of each purchase, its place in `ids`; `day`: of each;
    `value`: its net money (null without amounts), `categories`: how many kinds of things it held (null without
    categories), shape (purchases,). `starts`: where each customer's purchases begin, and the number of all, shape
    (customers + 1,). Every customer has at least one.
    """

    ids: pa.Array
    customer: Ints
    day: Ints
    value: Floats | None
    categories: Floats | None
    starts: Ints

    def __len__(self) -> int:
        """Return the number of purchases."""
        return len(self.day)

    @property
    def customers(self) -> int:
        """The number of customers."""
        return len(self.starts) - 1

    def part(self, first: int, last: int) -> Visits:
        """Return the customers from place `first` to before `last`."""
        rows = slice(int(self.starts[first]), int(self.starts[last]))
        return Visits(
            self.ids.slice(first, last - first),
            self.customer[rows] - first,
            self.day[rows],
            None if self.value is None else self.value[rows],
            None if self.categories is None else self.categories[rows],
            self.starts[first : last + 1] - self.starts[first],
        )

    def of(self, customers: Mask) -> Visits:
        """Return some of the customers, shape (customers,), as if there were no others."""
        import pyarrow as pa

        rows = customers[self.customer]
        size = np.diff(self.starts)[customers]
        return Visits(
            self.ids.filter(pa.array(customers)),
            np.repeat(np.arange(len(size)), size),
            self.day[rows],
            None if self.value is None else self.value[rows],
            None if self.categories is None else self.categories[rows],
            np.r_[0, np.cumsum(size)].astype(np.int64),
        )


def visits_of(
    piece: pa.Table, as_of: int, chosen: Callable[[pa.Array], Mask] | None = None, *, money: bool = True
) -> Visits:
    """Return the purchases in a piece of customer-days up to a day, of those customers who are chosen by their ids.

    `money`: whether their value is asked for.
    """
    import pyarrow as pa

    chunk = Chunk(piece)
    keep = chunk.is_purchase & (chunk.day <= as_of)
    if chosen is not None:
        keep &= chosen(chunk.ids)[chunk.customer]
    rows = np.flatnonzero(keep)
    who, customer = np.unique(chunk.customer[rows], return_inverse=True)
    names = piece.column_names
    return Visits(
        chunk.ids.take(pa.array(who)),
        customer.astype(np.int64),
        chunk.day[rows],
        chunk.column("value")[rows] if money and "value" in names else None,
        chunk.column("categories")[rows] if "categories" in names else None,
        np.r_[0, np.cumsum(np.bincount(customer, minlength=len(who)))].astype(np.int64),
    )


def joined(parts: list[Visits]) -> Visits:
    """Put the visits of different customers behind each other."""
    import pyarrow as pa

    some = [part for part in parts if part.customers] or parts[:1]
    before = np.cumsum([0, *(part.customers for part in some)])

    def column(of: Callable[[Visits], Floats | None]) -> Floats | None:
        found = [of(part) for part in some]
        known = [one for one in found if one is not None]
        return np.concatenate(known) if len(known) == len(found) else None

    size = np.concatenate([np.diff(part.starts) for part in some])
    return Visits(
        pa.concat_arrays([part.ids for part in some]),
        np.concatenate([part.customer + more for part, more in zip(some, before, strict=False)]),
        np.concatenate([part.day for part in some]),
        column(lambda part: part.value),
        column(lambda part: part.categories),
        np.r_[0, np.cumsum(size)].astype(np.int64),
    )
