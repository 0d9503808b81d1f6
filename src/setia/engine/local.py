"""Pieces on this machine: in memory as long as they are small, else as Parquet files in the spill folder."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from setia.ahead import side_by_side
from setia.engine.chunks import Chunks, Kernel

if TYPE_CHECKING:
    import pyarrow as pa

In = TypeVar("In")
Out = TypeVar("Out")


class LocalChunks(Chunks, ABC):
    """Pieces in the order in which they came."""

    def __init__(self, threads: int, memory_bytes: int, folder: Path, name: str) -> None:
        """Keep up to `memory_bytes` in memory, and the rest in `folder`."""
        self.name = name
        self._threads, self._memory, self._folder = threads, memory_bytes, folder
        self._pieces: list[pa.Table | Path] = []

    def fill(self, pieces: Iterable[pa.Table], kernel: Kernel, empty: pa.Table) -> None:
        """Store what the kernel makes of each piece; `empty` stands for no piece at all."""
        import pyarrow.parquet as pq

        for made in ordered(kernel, pieces, self._threads):
            if made.nbytes <= self._memory:
                self._memory -= made.nbytes
                self._pieces.append(made)
                continue
            self._memory = 0  # so that the pieces stay in their order: memory first, then files
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{self.name}-{len(self._pieces)}.parquet"
            pq.write_table(made, path, compression="lz4")
            self._pieces.append(path)
        if not self._pieces:
            self._pieces.append(kernel(empty))

    def map(self, kernel: Kernel) -> Iterator[pa.Table]:
        """Yield what the kernel makes of each piece, in order, several at a time."""
        return ordered(lambda piece: kernel(_opened(piece)), self._pieces, self._threads)

    @property
    def pieces(self) -> int:
        """How many pieces there are."""
        return len(self._pieces)

    def empty(self) -> pa.Table:
        """Return no rows, in the columns of the pieces."""
        return _opened(self._pieces[0]).slice(0, 0)

    def lying(self) -> tuple[list[pa.Table], list[Path]]:
        """Return the pieces in memory and those in files."""
        tables = [piece for piece in self._pieces if not isinstance(piece, Path)]
        return tables, [piece for piece in self._pieces if isinstance(piece, Path)]

    def close(self) -> None:
        """Remove the files and let go of the tables."""
        for piece in self._pieces:
            if isinstance(piece, Path):
                piece.unlink(missing_ok=True)
        self._pieces = []


def _opened(piece: pa.Table | Path) -> pa.Table:
    import pyarrow.parquet as pq

    # a thread of its own for every column would only fight with the other pieces
    return pq.read_table(piece, use_threads=False) if isinstance(piece, Path) else piece


def ordered(function: Callable[[In], Out], items: Iterable[In], threads: int) -> Iterator[Out]:
    """Yield function(item) in the order of the items, computing at most threads + 1 ahead."""
    if threads < 2:
        yield from map(function, items)
        return
    yield from side_by_side(function, items, ThreadPoolExecutor(threads, thread_name_prefix="setia"), threads)
