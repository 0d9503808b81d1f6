"""What every engine can do: the few verbs behind which DuckDB and Spark stand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from setia.engine.chunks import Chunks, Frame, Kernel

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Numbered:
    """A frame whose customers are numbers, if the engine gives numbers.

    `frame`: `customer_id` is the place in `names`, in the order of the ids; without names it is the id itself.
    `names`: the ids, sorted.
    """

    frame: Frame
    names: pa.Array | None


class Engine(ABC):
    """Where the log is worked on."""

    name: str

    @abstractmethod
    def frame(self, table: str) -> Frame:
        """Return a table or view of this engine as a lazy frame."""

    @abstractmethod
    def sql(self, query: str) -> Frame:
        """Return a query as a lazy frame (for the door of the house: sources and the contract)."""

    @abstractmethod
    def materialise(self, frame: Frame, hint: str = "t") -> Frame:
        """Compute a lazy frame once and keep it."""

    @abstractmethod
    def drop(self, frame: Frame) -> None:
        """Drop a table made by `materialise`; frames built on it are void afterwards."""

    @abstractmethod
    def arrow(self, frame: Frame) -> pa.Table:
        """Bring a lazy frame into memory."""

    @abstractmethod
    def numbered(self, lines: Frame, ids: tuple[str, ...]) -> Numbered:
        """Replace customers by numbers where that is cheap, and the `ids` by 64-bit hashes (null stays null).

        Of a hash only equality within one customer counts: two different products of one customer would have
        to meet in one of 2^64 places to be counted as one.
        """

    @abstractmethod
    def chunked(self, lines: Frame, order: tuple[str, ...], kernel: Kernel, hint: str) -> Chunks:
        """Sort by customer and then by `order`, and keep what the kernel makes of whole customers."""

    @abstractmethod
    def close(self) -> None:
        """Give the memory and the spill files back."""
