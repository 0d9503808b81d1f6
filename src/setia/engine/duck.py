"""DuckDB on this machine."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import narwhals as nw

from setia.ahead import cores
from setia.engine.chunks import Chunks, Frame, Kernel, whole_customers
from setia.engine.engine import Engine, Numbered
from setia.engine.local import LocalChunks
from setia.engine.memory import Shares, shares
from setia.engine.settings import EngineSettings
from setia.errors import InputError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

#: Lines, or customer-days, that one kernel works on at a time: large enough to be fast, small enough for caches.
PIECE_ROWS = 1_000_000


class DuckEngine(Engine):
    """A DuckDB connection behind the verbs that the stages need."""

    name = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection, share: Shares, spill: Path, threads: int) -> None:
        self.connection = connection
        self._share, self._spill, self._threads = share, spill, threads
        self._made = 0
        self._chunks: list[Chunks] = []

    def frame(self, table: str) -> Frame:
        """Return a table or view of this engine as a lazy frame."""
        return nw.from_native(self.connection.table(table))

    def sql(self, query: str) -> Frame:
        """Return a query as a lazy frame (for the door of the house: sources and the contract)."""
        return nw.from_native(self.connection.sql(query))

    def materialise(self, frame: Frame, hint: str = "t") -> Frame:
        """Compute a lazy frame once and keep it as a temporary table (spilling when it must)."""
        name = self._name(hint)
        self.connection.execute(f'create temp table "{name}" as {_sql(frame)}')
        return self.frame(name)

    def drop(self, frame: Frame) -> None:
        """Drop a table made by `materialise`; frames built on it are void afterwards."""
        self.connection.execute(f'drop table if exists "{nw.to_native(frame).alias}"')

    def arrow(self, frame: Frame) -> pa.Table:
        """Bring a lazy frame into memory."""
        table: pa.Table = frame.collect("pyarrow").to_native()
        return table

    def adopt(self, table: pa.Table, hint: str = "t") -> Frame:
        """Return a table of this process as a lazy frame, without a copy."""
        name = self._name(hint)
        self.connection.register(name, table)
        return self.frame(name)

    def numbered(self, lines: Frame, ids: tuple[str, ...]) -> Numbered:
        """Replace customers by their place in the order of ids, and the `ids` by 64-bit hashes."""
        import numpy as np
        import pyarrow as pa

        query = _sql(lines)
        found = self.connection.sql(f"select customer_id from ({query}) group by 1 order by 1").to_arrow_table()
        names = found["customer_id"].combine_chunks()
        numbers = pa.table({"customer_id": names, "setia_number": np.arange(len(names), dtype=np.int32)})
        view = nw.to_native(self.adopt(numbers, "customers")).alias
        others = [c for c in lines.collect_schema().names() if c not in ("customer_id", *ids)]
        hashed = [f'case when "{name}" is not null then hash("{name}") end as "{name}"' for name in ids]
        columns = ", ".join(["setia_number as customer_id", *(f'"{name}"' for name in others), *hashed])
        return Numbered(self.sql(f'select {columns} from ({query}) join "{view}" using (customer_id)'), names)

    def chunked(self, lines: Frame, order: tuple[str, ...], kernel: Kernel, hint: str) -> Chunks:
        """Sort by customer and then by `order`, and keep what the kernel makes of whole customers."""
        keys = ", ".join(f'"{name}"' for name in ("customer_id", *order))
        relation = self.connection.sql(f"select * from ({_sql(lines)}) order by {keys}")
        reader = relation.to_arrow_reader(PIECE_ROWS // 4)
        kept = _DuckChunks(self, self._threads, self._share.pieces, self._spill, self._name(hint))
        self._chunks.append(kept)
        kept.fill(whole_customers(reader, PIECE_ROWS), kernel, reader.schema.empty_table())
        return kept

    def close(self) -> None:
        """Give the memory and the spill files back."""
        for kept in self._chunks:
            kept.close()
        self.connection.close()
        with suppress(OSError):  # not there
            self._spill.rmdir()

    def _name(self, hint: str) -> str:
        self._made += 1
        return f"setia_{hint}_{self._made}"


class _DuckChunks(LocalChunks):
    """Pieces that DuckDB reads where they lie."""

    def __init__(self, engine: DuckEngine, threads: int, memory_bytes: int, folder: Path, name: str) -> None:
        super().__init__(threads, memory_bytes, folder, name)
        self._engine = engine

    def frame(self) -> Frame:
        """Return all rows as one lazy frame."""
        import pyarrow as pa

        tables, files = self.lying()
        parts = []
        if tables:
            self._engine.connection.register(self.name, pa.concat_tables(tables))
            parts.append(f'select * from "{self.name}"')
        if files:
            parts.append("select * from read_parquet([" + ", ".join(map(_literal, files)) + "])")
        return self._engine.sql(" union all ".join(parts))

    def close(self) -> None:
        """Remove the files and let go of the tables."""
        if self.pieces:
            self._engine.connection.unregister(self.name)
        super().close()


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _sql(frame: Frame) -> str:
    query: str = nw.to_native(frame).sql_query()
    return query


def _spill_folder(temp_directory: str | None) -> Path:
    """Return a folder of this process's own (only the one above it is made here), and sweep those of dead ones."""
    above = Path(temp_directory or tempfile.gettempdir())
    ours = f"setia-{platform.node()}-"
    try:
        above.mkdir(parents=True, exist_ok=True)
        for left in above.glob(f"{ours}*"):
            owner = left.name.removeprefix(ours)
            if owner.isdigit() and not _alive(int(owner)):
                shutil.rmtree(left, ignore_errors=True)
    except OSError as error:
        raise InputError(
            f"engine.temp_directory={above} cannot be made ({error.strerror}); name a folder that this user may write."
        ) from error
    return above / f"{ours}{os.getpid()}"


def _alive(process: int) -> bool:
    """Return whether a process of this machine lives; where that cannot be asked, it is taken to."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def open_duckdb(settings: EngineSettings) -> DuckEngine:
    """Open DuckDB with its share of the memory.

    Raises:
        InputError: DuckDB refuses a setting.
    """
    import duckdb

    spill = _spill_folder(settings.temp_directory)
    share = shares(settings.memory_limit)
    threads = settings.threads or cores()
    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(spill),
        "preserve_insertion_order": "false",
        "threads": threads,
    }
    if settings.memory_limit:
        config["memory_limit"] = f"{share.engine}B"
    try:
        connection = duckdb.connect(":memory:", config=config)
    except duckdb.Error as error:
        raise InputError(f"DuckDB refused the engine settings {config}: {error}") from error
    connection.execute("set timezone = 'UTC'")
    with suppress(duckdb.InvalidInputException):  # in Jupyter without ipywidgets it cannot be set, and is off
        connection.execute("set enable_progress_bar = false")
    return DuckEngine(connection, share, spill, threads)
