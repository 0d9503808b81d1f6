"""Defection by silence: no purchase within the horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import narwhals as nw

from setia.defection.definition import said
from setia.engine import Frame
from setia.history import Future, History


@dataclass(frozen=True)
class Silence:
    """A customer defects when no purchase follows within the horizon.

    Everybody who ever bought is covered: silence needs no rhythm to be broken, and a customer who has
    long been silent has simply a probability near one. Who has come back is known at once; who has not, only when
    the horizon is over.
    """

    name: ClassVar[str] = "silence"
    version: ClassVar[int] = 1
    covers_silence: ClassVar[bool] = True
    words: ClassVar[str] = "no purchase within the horizon"

    def eligible(self, history: History, horizon_days: int) -> Frame:  # noqa: ARG002
        """Return every customer with a purchase on or before the cutoff."""
        return history.customers

    def label(self, history: History, future: Future) -> Frame:
        """Return 1 where no purchase day lies in the future, else 0."""
        came = future.customers.with_columns(came=nw.lit(1))
        return (
            self.eligible(history, future.horizon_days)
            .join(came, on="customer_id", how="left")
            .select("customer_id", defected=said(nw.col("came").is_null(), future, certain=False))
        )
