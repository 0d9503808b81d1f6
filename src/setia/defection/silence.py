"""Defection by silence: no purchase within the horizon."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from setia.engine import Frame
from setia.history import Future, History


@dataclass(frozen=True)
class Silence:
    """A customer defects when no purchase follows within the horizon.

    Everybody who ever bought is covered: silence needs no rhythm to be broken, and a customer who has
    long been silent has simply a probability near one.
    """

    name: str = "silence"
    version: int = 1

    def eligible(self, history: History) -> Frame:
        """Return every customer with a purchase on or before the cutoff."""
        return history.customers

    def label(self, history: History, future: Future) -> Frame:
        """Return 1 where no purchase day lies in the future, else 0."""
        came = future.customers.with_columns(came=nw.lit(1))
        return (
            self.eligible(history)
            .join(came, on="customer_id", how="left")
            .select("customer_id", defected=(1 - nw.col("came").fill_null(0)).cast(nw.Int8))
        )
