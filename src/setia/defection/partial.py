"""Partial defection: still here perhaps, but half of the custom goes elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import narwhals as nw

from setia.defection.definition import said
from setia.defection.expectation import expected
from setia.engine import Frame
from setia.errors import InputError
from setia.history import Future, History

Measure = Literal["visits", "spend"]


@dataclass(frozen=True)
class Partial:
    """A customer defects when visits (or spend) within the horizon stay below a share of what was to be expected.

    The expectation is the customer's own (`expectation.expected`), and known at the cutoff. Full silence is the
    extreme of it and counts as well. Covered are customers with a purchase in the look-back from whom at least
    `min_expected_visits` are expected: of fewer, chance alone would too often take half.

    `share`: below which part of the expectation the customer counts as lost. `measure`: visits or spend.
    `look_back_days`: how far back the own pattern is read.
    """

    name: ClassVar[str] = "partial"
    version: ClassVar[int] = 1
    covers_silence: ClassVar[bool] = True
    share: float = 0.5
    measure: Measure = "visits"
    min_expected_visits: float = 4.0
    look_back_days: int = 180

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise InputError(f"defection.share={self.share} must lie above 0 and be at most 1.")
        if self.measure not in get_args(Measure):
            raise InputError(f"defection.measure={self.measure} is unknown; use visits or spend.")
        if self.min_expected_visits <= 0 or self.look_back_days < 1:
            raise InputError("defection.min_expected_visits must be above 0, and look_back_days at least 1.")

    @property
    def words(self) -> str:
        """What it means to defect, in a sentence for people."""
        return f"{self.measure} within the horizon below {self.share:.0%} of the customer's own expectation"

    def eligible(self, history: History, horizon_days: int) -> Frame:
        """Return the customers of whom enough visits are expected."""
        return self._covered(history, horizon_days).select("customer_id")

    def label(self, history: History, future: Future) -> Frame:
        """Return 1 where less came than the share of the expectation, else 0."""
        came = future.days.group_by("customer_id").agg(
            came_visits=nw.col("is_purchase").cast(nw.Int32).sum(), came_spend=nw.col("value").sum()
        )
        actual = nw.col(f"came_{self.measure}").fill_null(0).cast(nw.Float64)
        less = said(actual < nw.col(self.measure) * self.share, future, certain=False)
        if self.measure == "spend" and not future.complete:
            # who has spent enough is not safe yet: refunds can take it back
            less = nw.lit(None, nw.Int8)
        return (
            self._covered(history, future.horizon_days)
            .join(came, on="customer_id", how="left")
            .select("customer_id", defected=less)
        )

    def _covered(self, history: History, horizon_days: int) -> Frame:
        asked = expected(history, horizon_days, self.look_back_days)
        return asked.filter(nw.col("visits") >= self.min_expected_visits)
