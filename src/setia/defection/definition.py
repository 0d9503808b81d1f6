"""What every definition of defection must say: its name, its version, whom it covers, who defected."""

from __future__ import annotations

from typing import Protocol

import narwhals as nw

from setia.engine import Frame
from setia.history import Future, History


class Definition(Protocol):
    """A definition of defection. It sees a history and the horizon after it, never more.

    A definition is a frozen dataclass; its fields are its settings, and travel with every model trained for it.
    """

    @property
    def name(self) -> str:
        """The word that stands in the score table."""

    @property
    def version(self) -> int:
        """Counts up when the meaning changes; models of another version are refused."""

    @property
    def words(self) -> str:
        """What it means to defect, in a sentence for people."""

    @property
    def covers_silence(self) -> bool:
        """Whether everybody covered who buys nothing within the horizon has defected."""

    def eligible(self, history: History, horizon_days: int) -> Frame:
        """Return one row `customer_id` per customer whom the definition covers at the cutoff."""

    def label(self, history: History, future: Future) -> Frame:
        """Return `customer_id`, `defected` (Int8 0 / 1, null while unknowable) per eligible customer."""


def said(defected: nw.Expr, future: Future, *, certain: bool) -> nw.Expr:
    """Return a label from whether somebody has defected as far as is known.

    `certain`: which of the two answers no later day can change, "defected" (True) or "not" (False). The other one is
    null until the horizon is complete: whom nothing is known of yet is neither lost nor loyal.
    """
    label = defected.cast(nw.Int8)
    return label if future.complete else nw.when(defected if certain else ~defected).then(label)
