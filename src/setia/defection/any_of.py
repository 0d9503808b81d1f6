"""Several definitions at once: whoever defects by any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import narwhals as nw

from setia.defection.definition import Definition
from setia.engine import Frame
from setia.errors import InputError
from setia.history import Future, History


@dataclass(frozen=True)
class AnyOf:
    """A customer defects who does so by any of the definitions that cover them.

    1 as soon as one says so; 0 when all that cover the customer say not; else not known yet.
    """

    name: ClassVar[str] = "any_of"
    version: ClassVar[int] = 1
    of: Sequence[Definition] = ()

    def __post_init__(self) -> None:
        if len(self.of) < 2:
            raise InputError("defection.of must name at least two definitions.")

    @property
    def covers_silence(self) -> bool:
        """Whether everybody covered who buys nothing within the horizon has defected."""
        everybody = any(definition.name == "silence" for definition in self.of)
        return everybody or all(definition.covers_silence for definition in self.of)

    @property
    def words(self) -> str:
        """What it means to defect, in a sentence for people."""
        return "; or ".join(definition.words for definition in self.of)

    def eligible(self, history: History, horizon_days: int) -> Frame:
        """Return the customers whom any definition covers."""
        parts = [definition.eligible(history, horizon_days) for definition in self.of]
        return nw.concat(parts).unique()

    def label(self, history: History, future: Future) -> Frame:
        """Return 1 where any definition says so, 0 where all that are known and cover the customer say not."""
        parts = [definition.label(history, future) for definition in self.of]
        found = (
            nw.concat(parts)
            .group_by("customer_id")
            .agg(most=nw.col("defected").max(), unknown=nw.col("defected").is_null().cast(nw.Int32).sum())
        )
        most = nw.col("most")
        return found.select("customer_id", defected=nw.when((most == 1) | (nw.col("unknown") == 0)).then(most))
