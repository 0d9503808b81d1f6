"""What every definition of defection must say: its name, its version, whom it covers, who defected."""

from __future__ import annotations

from typing import Protocol

from setia.engine import Frame
from setia.history import Future, History


class Definition(Protocol):
    """A definition of defection. It sees a history and the horizon after it, never more."""

    @property
    def name(self) -> str:
        """The word that stands in the score table."""

    @property
    def version(self) -> int:
        """Counts up when the meaning changes; models of another version are refused."""

    def eligible(self, history: History) -> Frame:
        """Return one row `customer_id` per customer whom the definition covers at the cutoff."""

    def label(self, history: History, future: Future) -> Frame:
        """Return `customer_id`, `defected` (Int8 0 / 1, null while unknowable) per eligible customer."""
