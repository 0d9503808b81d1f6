"""Spark, local or a cluster's, by its public interface alone, so that Spark Connect serves as well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw

from setia.engine.chunks import Chunks, Frame, Kernel
from setia.engine.engine import Engine, Numbered
from setia.engine.executors import CELLS, from_cells, in_cells, on_pieces
from setia.engine.spark_session import SparkSettings, opened
from setia.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

#: Lines, or customer-days, that one kernel works on at a time.
PIECE_ROWS: Final = 250_000
#: Results up to this size come to the driver at once, larger ones a partition at a time.
AT_ONCE_BYTES: Final = 200_000_000


class SparkEngine(Engine):
    """A Spark session behind the verbs that the stages need.

    Kernels run on the executors, so setia must be installed there, in the same version.
    """

    name = "spark"

    def __init__(self, session: SparkSession, *, own: bool = False) -> None:
        """Take a session; `own` is stopped by `close`, and nothing is ever set on another's."""
        self.session = session
        self.remote = type(session).__module__.startswith("pyspark.sql.connect")
        self._own = own
        self._kept: list[DataFrame] = []

    def frame(self, table: str) -> Frame:
        """Return a table or view of this engine as a lazy frame."""
        return lazy(self.session.table(table))

    def sql(self, query: str) -> Frame:
        """Return a query as a lazy frame, in Spark's SQL."""
        return lazy(self.session.sql(query))

    def adopt(self, table: pa.Table, hint: str = "t") -> Frame:  # noqa: ARG002 - as on DuckDB
        """Return a table of this process as a lazy frame; it travels with every query, so let it be small."""
        return lazy(self.session.createDataFrame(table))

    def materialise(self, frame: Frame, hint: str = "t") -> Frame:  # noqa: ARG002
        """Keep a lazy frame from its first use on, in memory and on the executors' disks."""
        return lazy(self.keep(nw.to_native(frame)))

    def drop(self, frame: Frame) -> None:
        """Give back what `materialise` keeps."""
        self.forget(nw.to_native(frame))

    def arrow(self, frame: Frame) -> pa.Table:
        """Bring a lazy frame into memory."""
        with in_words():
            table: pa.Table = nw.to_native(frame).toArrow()
        return table

    def numbered(self, lines: Frame, ids: tuple[str, ...]) -> Numbered:
        """Leave the customers' ids as they are, since counting them off would be a sort of its own; hash the `ids`."""
        frame: DataFrame = nw.to_native(lines)
        hashed = {name: f"case when {quoted(name)} is not null then xxhash64({quoted(name)}) end" for name in ids}
        columns = [f"{hashed.get(name, quoted(name))} as {quoted(name)}" for name in frame.columns]
        return Numbered(lazy(frame.selectExpr(*columns)), None)

    def chunked(self, lines: Frame, order: tuple[str, ...], kernel: Kernel, hint: str) -> Chunks:  # noqa: ARG002
        """Sort by customer and then by `order`, and keep what the kernel makes of whole customers."""
        frame: DataFrame = nw.to_native(lines)
        # Spark may put partitions of a hashed repartition together, but splits none
        sorted_lines = frame.repartition("customer_id").sortWithinPartitions("customer_id", *order)
        made = self.keep(self.mapped(sorted_lines, kernel, self.empty(frame)))
        return SparkChunks(self, made, self.empty(made))

    def mapped(self, frame: DataFrame, kernel: Kernel, empty: pa.Table, *, whole: bool = True) -> DataFrame:
        """Return what the kernel makes of each piece of a frame, which stays on the executors; as `collected`."""
        schema = kernel(empty).schema
        return frame.mapInArrow(on_pieces(kernel, PIECE_ROWS, schema, whole=whole), self.schema(schema))

    def collected(self, frame: DataFrame, kernel: Kernel, empty: pa.Table, *, whole: bool = True) -> Iterator[pa.Table]:
        """Yield what the kernel makes of each piece of a frame, computed on all executors at once.

        Args:
            frame: what is worked on; sorted by customer within its partitions where `whole` customers are asked for.
            kernel: what is computed.
            empty: rows of the frame, none of them; stands for the only piece of a frame without rows.
            whole: whether customers may not be cut.
        """
        cells = frame.mapInArrow(in_cells(kernel, PIECE_ROWS, whole=whole), CELLS)
        none = True
        with in_words():
            for made in from_cells(self._brought(cells)):
                none = False
                yield made
        if none:
            yield kernel(empty)

    def _brought(self, cells: DataFrame) -> Iterator[tuple[bool, bytes]]:
        """Bring cells to the driver, in the order of the partitions."""
        if self.remote:  # a stream, whatever its size
            yield from ((row["last"], row["content"]) for row in cells.toLocalIterator())
            return
        cells = self.keep(cells)
        try:
            size = cells.selectExpr("coalesce(sum(length(content)), 0) as bytes").collect()[0]["bytes"]
            if size <= AT_ONCE_BYTES:
                yield from ((row["last"], row["content"]) for row in cells.collect())
            else:
                yield from ((row["last"], row["content"]) for row in cells.toLocalIterator(prefetchPartitions=True))
        finally:
            self.forget(cells)

    def empty(self, frame: DataFrame) -> pa.Table:
        """Return no rows of a frame: its columns and types as Arrow has them."""
        with in_words():
            table: pa.Table = frame.limit(0).toArrow()
        return table

    def schema(self, schema: pa.Schema) -> Any:
        """Return Spark's name for an Arrow schema."""
        import pyarrow as pa

        # Spark Connect infers nothing from no rows, but does so from nulls
        nothing = pa.table([pa.nulls(1, field.type) for field in schema], schema=schema)
        return self.session.createDataFrame(nothing).schema

    def keep(self, frame: DataFrame) -> DataFrame:
        """Keep a frame from its first use on."""
        self._kept.append(frame.persist())
        return self._kept[-1]

    def forget(self, frame: DataFrame) -> None:
        """Give back what `keep` keeps."""
        frame.unpersist()
        self._kept = [other for other in self._kept if other is not frame]

    def close(self) -> None:
        """Give back what is kept, and stop the session if it is our own."""
        for frame in self._kept:
            frame.unpersist()
        self._kept = []
        if self._own:
            self.session.stop()


class SparkChunks(Chunks):
    """Pieces on the executors: every partition holds whole customers in their order."""

    def __init__(self, engine: SparkEngine, kept: DataFrame, empty: pa.Table) -> None:
        self._engine, self._kept, self._empty = engine, kept, empty

    def map(self, kernel: Kernel) -> Iterator[pa.Table]:
        """Yield what the kernel makes of each piece, in the order of the partitions."""
        return self._engine.collected(self._kept, kernel, self._empty)

    @property
    def pieces(self) -> None:
        """Nobody knows how many pieces there are until they have come."""

    def empty(self) -> pa.Table:
        """Return no rows, in the columns of the pieces."""
        return self._empty

    def mapped(self, kernel: Kernel) -> Frame:
        """Return what the kernel makes of each piece as a lazy frame, which stays on the executors."""
        return lazy(self._engine.mapped(self._kept, kernel, self._empty))

    def frame(self) -> Frame:
        """Return all rows as one lazy frame."""
        return lazy(self._kept)

    def close(self) -> None:
        """Give memory and disks back."""
        self._engine.forget(self._kept)


def lazy(native: DataFrame) -> Frame:
    """Return a frame of Spark as our own kind of lazy frame."""
    frame: Frame = nw.from_native(native)
    return frame


def quoted(name: str) -> str:
    """Quote a name of a column for Spark's SQL."""
    return "`" + name.replace("`", "``") + "`"


@contextmanager
def in_words(where: str | None = None) -> Iterator[None]:
    """Put what Spark says into a sentence: executors without setia, refusals of our own code, and what it cannot read.

    Args:
        where: a source in words. Whatever else goes wrong in the block is the source's fault.
    """
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        text = str(getattr(error, "java_exception", error))
        if "No module named 'setia'" in text:
            raise InputError(
                "Spark's executors have no package setia; install it, in this version, into the Python that "
                "spark.pyspark.python names on every executor, or ship an environment with spark.archives."
            ) from error
        if refusal := re.search(r"^setia\.errors\.InputError: (.*)$", text, re.MULTILINE):
            raise InputError(refusal[1]) from error
        if where is not None and "PYTHON_EXCEPTION" not in text:
            first = text.strip().splitlines()[0].rstrip(".")[:300]
            raise InputError(f"{where} cannot be read by Spark: {first}.") from error
        raise


def open_spark(settings: SparkSettings, session: SparkSession | None = None) -> SparkEngine:
    """Open Spark: a session that is handed in, one that runs in this process already, or one of our own.

    Raises:
        InputError: pyspark or Java is missing, or Spark cannot be reached.
    """
    if session is not None:
        return SparkEngine(session)
    found, own = opened(settings)
    return SparkEngine(found, own=own)
