"""A piece of customer-days, opened: the columns that formulas may use, and the walk through cutoffs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from setia.history import calendar
from setia.history.breadth import n_log_n_step
from setia.history.known import NEVER, Known
from setia.history.runs import Floats, Ints, Mask, changes

if TYPE_CHECKING:
    import pyarrow as pa

#: Columns of a customer-day that a formula may use, each with the columns of the log that it is made of.
DAY_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "purchases": (),  # 1.0 on a purchase day, else 0.0
    "lines": (),  # lines bought (of positive amount, where there are amounts)
    "value": ("amount",),  # net sum of the day
    "purchase_value": ("amount",),  # the same, null on a day that is no purchase
    "gross": ("amount",),  # sum of positive amounts
    "refunds": ("amount",),  # money given back, as a positive number
    "matched_refunds": ("amount",),  # the part of it that cancels a line of the log
    "returned_lines": ("amount",),
    "return_days": ("amount",),  # sum over returned lines of the days since they were bought
    "orders": ("order_id",),
    "quantity": ("quantity",),
    "discount": ("discount",),  # money taken off the purchases, as a positive number
    "cost": ("quantity", "unit_cost"),
    "profit": ("profit",),  # net sum of the day after costs, where the log was prepared with them
    "products": ("product_id",),  # distinct on that day
    "new_products": ("product_id",),  # of them, never bought before by this customer
    "categories": ("category",),
    "new_categories": ("category",),
    "category_rank": ("category",),  # purchase days so far of the category bought most often, of this day's
    "category_entropy_step": ("category",),  # sum over this day's categories of the step of n log n
    "purchase_number": (),  # 1 for the first purchase; null on other days
    "tenure_days": (),  # since the customer's first purchase; null on days that are no purchase
    "gap_days": (),  # since the purchase before; null on the first and on days that are no purchase
    "weekday": (),  # 0 = Monday
    "weekday_rank": (),  # purchase days so far on this weekday
    "weekday_entropy_step": (),
    "day_of_month": (),
    "day_of_year": (),  # 1 = 1 March
    "is_purchase": (),
    "is_first": (),
}
#: Columns of a customer's category so far, for formulas over the table `categories`.
CATEGORY_COLUMNS: Final = ("owned", "purchase_days")


class Chunk:
    """The customer-days of some whole customers, sorted by customer and day.

    Attributes:
        ids: the customers, each once, in their order.
        customer: of each row, its place in `ids`.
        day: of each row; compared with a cutoff in this package alone.
        is_purchase: of each row.
    """

    def __init__(self, piece: pa.Table) -> None:
        import pyarrow as pa

        self._piece = piece
        self._walked: dict[tuple[int, ...], list[Known]] = {}
        new = changes(piece["customer_id"])
        self.ids = piece["customer_id"].take(pa.array(np.flatnonzero(new))).combine_chunks()
        self.customer: Ints = np.cumsum(new) - 1
        self.day: Ints = piece["day"].to_numpy().astype(np.int64)
        self.is_purchase: Mask = piece["is_purchase"].to_numpy()
        self.purchase_rows: Ints = np.flatnonzero(self.is_purchase)
        counts = np.bincount(self.customer[self.purchase_rows], minlength=len(self.ids))
        #: of each customer, the place of the first purchase in `purchase_rows`
        self.first_purchase: Ints = np.cumsum(counts) - counts

    def __len__(self) -> int:
        """Return the number of customer-days."""
        return len(self.day)

    @cached_property
    def weekday(self) -> Ints:
        """The weekday of each row, 0 for Monday."""
        return calendar.weekday(self.day)

    @property
    def has_categories(self) -> bool:
        """Whether the log names categories."""
        return "category_ranks" in self._piece.column_names

    def lazy(self) -> nw.LazyFrame[Any]:
        """Return the rows as a lazy frame, as `Prepared.days` has them."""
        import polars as pl

        return nw.from_native(pl.DataFrame(pl.from_arrow(self._piece)).lazy())

    def frame(self, names: Iterable[str]) -> nw.DataFrame[Any]:
        """Return some of DAY_COLUMNS as an eager frame of float64 and bool; null where undefined."""
        import polars as pl

        made = {name: pl.Series(name, self.column(name), nan_to_null=True) for name in dict.fromkeys(names)}
        return nw.from_native(pl.DataFrame(made), eager_only=True)

    def column(self, name: str) -> NDArray[Any]:
        """Return one of DAY_COLUMNS as float64, NaN where undefined, or bool."""
        match name:
            case "is_purchase":
                return self.is_purchase
            case "is_first":
                return np.asarray(self._read("purchase_number") == 1)
            case "purchases":
                return self.is_purchase.astype(np.float64)
            case "purchase_value":
                return np.where(self.is_purchase, self._read("value"), np.nan)
            case "purchase_number":
                return np.where(self.is_purchase, self._read("purchase_number"), np.nan)
            case "gap_days":
                return self.day - self._read("previous_day")
            case "tenure_days":
                return np.where(self.is_purchase, self.day - self._first_day()[self.customer], np.nan)
            case "weekday":
                return self.weekday.astype(np.float64)
            case "weekday_entropy_step":
                step: Floats = n_log_n_step(self._read("weekday_rank").astype(np.int64))
                return step
            case "day_of_month":
                return calendar.month_and_year(self.day)[0].astype(np.float64)
            case "day_of_year":
                return calendar.month_and_year(self.day)[1].astype(np.float64)
            case _:
                return self._read(name)

    def _read(self, name: str) -> Floats:
        column = self._piece[name]
        if column.null_count:
            import pyarrow as pa

            column = column.cast(pa.float64())
        return np.asarray(column.to_numpy(), dtype=np.float64)

    def _first_day(self) -> Floats:
        """Return the day of each customer's first purchase, NaN without one."""
        found = np.full(len(self.ids), np.nan)
        firsts = np.flatnonzero(self._read("purchase_number") == 1)
        found[self.customer[firsts]] = self.day[firsts]
        return found

    def walk(self, cutoffs: Iterable[int]) -> Sequence[Known]:
        """Go through cutoffs, earliest first, and tell at each what is known; a second walk finds it at hand."""
        asked = tuple(sorted(cutoffs))
        if asked not in self._walked:
            before = (int(self.day.min()) - 1 if len(self) else -1, *asked)
            self._walked[asked] = [Known(self, *pair) for pair in zip(asked, before, strict=False)]
        return self._walked[asked]

    def entries(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Return customer, day, rank and next day of every category of every customer-day."""
        ranks, after = self._piece["category_ranks"], self._piece["category_next_days"]
        row = np.repeat(np.arange(len(self)), ranks.combine_chunks().value_lengths().to_numpy())
        rank = ranks.combine_chunks().flatten().to_numpy()
        next_day = after.combine_chunks().flatten().fill_null(NEVER).to_numpy()
        return self.customer[row], self.day[row], rank, next_day
