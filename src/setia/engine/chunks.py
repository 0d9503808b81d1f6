"""A table in pieces of whole customers, and how sorted batches are cut into such pieces."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import narwhals as nw

if TYPE_CHECKING:
    import pyarrow as pa

Frame = nw.LazyFrame[Any]
#: Takes the rows of some whole customers, by customer, and returns rows. Of an empty table it returns an empty
#: one of the same schema as always. It can be pickled, since Spark runs it on other machines.
Kernel = Callable[["pa.Table"], "pa.Table"]


class Chunks(ABC):
    """Rows that lie in pieces: all of a customer's rows stand together in one piece, in their order."""

    @abstractmethod
    def map(self, kernel: Kernel) -> Iterator[pa.Table]:
        """Yield what the kernel makes of each piece; on one machine in the order of the pieces."""

    @property
    @abstractmethod
    def pieces(self) -> int | None:
        """How many pieces there are, where that is known."""

    @abstractmethod
    def empty(self) -> pa.Table:
        """Return no rows, in the columns of the pieces."""

    @abstractmethod
    def frame(self) -> Frame:
        """Return all rows as one lazy frame, for queries that need no order."""

    @abstractmethod
    def close(self) -> None:
        """Give memory and files back; frames made of it are void afterwards."""


def whole_customers(batches: Iterable[pa.RecordBatch], rows: int, key: str = "customer_id") -> Iterator[pa.Table]:
    """Join batches that are sorted by customer into pieces of about so many rows, cut between customers."""
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += batch.num_rows
        if count < rows:
            continue
        table = pa.Table.from_batches(waiting)
        cut = _last_start(table[key])
        if cut:
            yield table.slice(0, cut)
        waiting = table.slice(cut).combine_chunks().to_batches()
        count = table.num_rows - cut
    if count:
        yield pa.Table.from_batches(waiting)


def _last_start(keys: pa.ChunkedArray) -> int:
    """Return the place of the first row of the last customer; keys are sorted."""
    import pyarrow.compute as pc

    last = keys[-1]
    # the last customer's rows are few: look back from the end, ever further
    step = 64
    while step < len(keys):
        tail = keys.slice(len(keys) - step)
        if tail[0] != last:
            return len(keys) - step + int(pc.index(tail, last).as_py())
        step *= 4
    return int(pc.index(keys, last).as_py())
