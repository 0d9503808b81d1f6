"""What runs on Spark's executors: kernels over whole customers, batch by batch. Nothing here imports Spark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from setia.engine.chunks import Kernel, whole_customers

if TYPE_CHECKING:
    import pyarrow as pa

OnBatches = Callable[["Iterable[pa.RecordBatch]"], "Iterator[pa.RecordBatch]"]

#: Rows of a batch that goes back to Spark: whole columns of a large piece would need one large buffer each there.
BATCH_ROWS: Final = 50_000
#: Bytes of one cell that carries rows to the driver; Spark's own limit is 2 GB.
CELL_BYTES: Final = 16_000_000
#: The columns in which rows travel to the driver: a part of what a kernel made, as an Arrow stream.
CELLS: Final = "last boolean, content binary"


def on_pieces(kernel: Kernel, rows: int, schema: pa.Schema, *, whole: bool = True) -> OnBatches:
    """Return a function for `mapInArrow`: the kernel over pieces of a partition.

    Args:
        kernel: what is computed.
        rows: of one piece, about.
        schema: of what the kernel makes; Spark takes each column for what it was told beforehand.
        whole: whether pieces are of whole customers. The partition is then sorted by customer.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for piece in _pieces(batches, rows, whole=whole):
            yield from kernel(piece).cast(schema).to_batches(max_chunksize=BATCH_ROWS)

    return run


def in_cells(kernel: Kernel, rows: int, *, whole: bool) -> OnBatches:
    """Return a function for `mapInArrow` whose rows are CELLS: what the kernel made of each piece, in parts.

    So a table reaches the driver with its own types, whatever Spark knows of them, and one piece at a time.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        for piece in _pieces(batches, rows, whole=whole):
            made = kernel(piece)
            step = max(1, int(made.num_rows * CELL_BYTES / max(made.nbytes, 1)))
            starts = range(0, max(made.num_rows, 1), step)
            for start in starts:
                stream = pa.BufferOutputStream()
                with pa.ipc.new_stream(stream, made.schema) as writer:
                    writer.write_table(made.slice(start, step))
                content = pa.array([stream.getvalue().to_pybytes()], pa.binary())
                yield pa.RecordBatch.from_arrays([pa.array([start == starts[-1]]), content], ["last", "content"])

    return run


def from_cells(cells: Iterable[tuple[bool, bytes]]) -> Iterator[pa.Table]:
    """Put together what `in_cells` took apart: one table for each piece."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    for last, content in cells:
        waiting.append(pa.ipc.open_stream(pa.py_buffer(content)).read_all())
        if last:
            yield pa.concat_tables(waiting)
            waiting = []


def _pieces(batches: Iterable[pa.RecordBatch], rows: int, *, whole: bool) -> Iterator[pa.Table]:
    return whole_customers(batches, rows) if whole else joined(batches, rows)


def joined(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Join Spark's small batches into tables of about so many rows."""
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += batch.num_rows
        if count >= rows:
            yield pa.Table.from_batches(waiting)
            waiting, count = [], 0
    if count:
        yield pa.Table.from_batches(waiting)
