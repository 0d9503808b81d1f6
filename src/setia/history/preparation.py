"""The log made ready once, for any number of cutoffs: the only pass over its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from setia.engine import Chunks, Engine, EngineSettings, Frame, Kernel, open_duckdb
from setia.errors import InputError
from setia.history.base import Base, Sums, base_of, sums_at
from setia.history.cut import Future, History, days_ahead, known_days
from setia.history.days import LineProfit, customer_days
from setia.schema import LOG_OPTIONAL, LOG_REQUIRED

if TYPE_CHECKING:
    import pyarrow as pa

IDS = ("order_id", "product_id", "category")


@dataclass(frozen=True)
class Prepared:
    """Customer-days in pieces of whole customers. Only this package reads them, since they reach past any cutoff.

    `names`: the ids, where `customer_id` is a place in them (null: it is the id itself). `columns`: the columns of
    the log, and `profit` where it was prepared with costs. Days count from 1970-01-01.
    """

    chunks: Chunks
    names: pa.Array | None
    columns: tuple[str, ...]
    first_day: int
    last_day: int
    _bases: dict[int, Base] = field(default_factory=dict, repr=False)

    @property
    def has_amount(self) -> bool:
        """Whether the log tells money; if not, value is counted in purchases."""
        return "amount" in self.columns

    def ids(self, customers: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return the ids of customers as the pieces name them."""
        import pyarrow as pa

        return customers if self.names is None else pa.chunked_array([self.names]).take(customers)

    def number(self, customer_id: str) -> str | int:
        """Return how the pieces name a customer; a number that none has for a stranger."""
        import pyarrow.compute as pc

        return customer_id if self.names is None else int(pc.index(self.names, customer_id).as_py())

    def bases(self, cutoffs: Sequence[int]) -> dict[int, Base]:
        """Learn from the whole base at each cutoff, from its history alone; in one pass over the pieces.

        Raises:
            InputError: the log starts after a cutoff.
        """
        self._check(min(cutoffs))
        if missing := sorted({cutoff for cutoff in cutoffs if cutoff not in self._bases}):
            kernel = partial(sums_at, cutoffs=tuple(missing), has_amount=self.has_amount)
            total = Sums.added(self.chunks.map(kernel))
            for cutoff in missing:
                self._bases[cutoff] = base_of(total, cutoff, self.first_day, self.has_amount)
        return {cutoff: self._bases[cutoff] for cutoff in cutoffs}

    def known(self, cutoff: int) -> Frame:
        """Return the customer-days on or before a cutoff (`History.days`) as a lazy frame of the engine.

        Raises:
            InputError: the log starts after the cutoff.
        """
        self._check(cutoff)
        return known_days(self.chunks.frame(), cutoff)

    def history(self, cutoff: int) -> History:
        """Cut the log at a day, inclusive, and learn the base from what is left.

        Raises:
            InputError: the log starts after the cutoff.
        """
        days = self.known(cutoff)
        base = self.bases([cutoff])[cutoff]
        return History(cutoff, self.first_day, base, self.columns, _buyers(days), lambda: days)

    def future(self, cutoff: int, horizon_days: int) -> Future:
        """Return what happened within the horizon after a cutoff."""
        days = days_ahead(self.chunks.frame(), cutoff, horizon_days)
        return Future(cutoff, horizon_days, self.last_day, _buyers(days), lambda: days)

    def close(self) -> None:
        """Give memory and files back."""
        self.chunks.close()

    def _check(self, cutoff: int) -> None:
        if cutoff < self.first_day:
            raise InputError(
                f"The cutoff is day {cutoff} but the log starts on day {self.first_day} (days since "
                "1970-01-01); choose a later cutoff."
            )


def prepare(
    lines: Frame | nw.DataFrame[Any], engine: Engine | None = None, profit: LineProfit | None = None
) -> Prepared:
    """Make a clean log ready for any number of cutoffs.

    Args:
        lines: the columns of `setia.schema.LOG_REQUIRED`, any of LOG_OPTIONAL, and with amounts
            `refund_of_day` (null: nothing in the log is cancelled); unsorted.
        engine: where the lines lie; without it they are taken from any frame into an engine of this one's own.
        profit: what is left of each line after costs; the lines then have its columns too.

    Raises:
        InputError: a required column is missing or the log is empty.
    """
    # loaded here, before kernels run in threads: Narwhals trips over a Polars that is half loaded elsewhere
    import polars  # noqa: F401

    lines = lines.lazy()
    names = lines.collect_schema().names()
    if missing := [name for name in LOG_REQUIRED if name not in names]:
        raise InputError(f"The log lacks the column {missing[0]}; it has {', '.join(names)}.")
    columns = tuple(name for name in (*LOG_REQUIRED, *LOG_OPTIONAL) if name in names)
    if engine is None:
        own = open_duckdb(EngineSettings())
        engine, lines = own, own.adopt(lines.collect("pyarrow").to_native())
    if "refund_of_day" not in names:
        lines = lines.with_columns(refund_of_day=nw.when(nw.col("day") < nw.col("day")).then(nw.col("day")))
    ids = tuple(name for name in IDS if name in columns)
    used = [name for name in columns if name not in _UNUSED]
    kernel: Kernel = customer_days
    if profit is not None:
        used += profit.columns
        kernel = partial(customer_days, profit=profit)
        columns = (*columns, "profit")
    numbered = engine.numbered(lines.select(*used, "refund_of_day"), ids)
    # the order of equal lines decides the last bits of sums: with the amount it hardly matters any more
    order = tuple(name for name in ("day", "order_id", "amount") if name in columns)
    chunks = engine.chunked(numbered.frame, order, kernel, "days")
    ends = [day for part in chunks.map(_ends) for day in part["day"].to_pylist()]
    if not ends:
        raise InputError("The log has no rows; nothing can be learnt from it.")
    return Prepared(chunks, numbered.names, columns, min(ends), max(ends))


def _buyers(days: Frame) -> Frame:
    return days.filter(nw.col("is_purchase")).select("customer_id").unique()


#: Columns of the log that no customer-day is made of.
_UNUSED = ("channel",)


def _ends(piece: pa.Table) -> pa.Table:
    import pyarrow as pa

    day = piece["day"].to_numpy()
    found = np.array([day.min(), day.max()] if len(day) else [], dtype=np.int64)
    return pa.table({"day": found})
