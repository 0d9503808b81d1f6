"""Defection from a category: still buying, but no longer what they used to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import narwhals as nw

from setia.defection.definition import said
from setia.engine import Frame
from setia.errors import InputError
from setia.history import Future, History


@dataclass(frozen=True)
class Category:
    """A customer defects when a category they used to buy is bought no more, while they still buy others.

    A usual category is one bought within the look-back, on at least `min_days` days so far, of which at least
    `min_expected_days` are to be expected within the horizon at the pace of the whole tenure. Covered are customers
    with a usual category. Who buys nothing at all has not left a category but the shop: that is silence, and 0 here.
    """

    name: ClassVar[str] = "category"
    version: ClassVar[int] = 1
    covers_silence: ClassVar[bool] = False
    min_days: int = 3
    min_expected_days: float = 5.0
    look_back_days: int = 90

    def __post_init__(self) -> None:
        if self.min_days < 2 or self.min_expected_days <= 0 or self.look_back_days < 1:
            raise InputError(
                "defection.min_days must be at least 2, min_expected_days above 0, look_back_days at least 1."
            )

    @property
    def words(self) -> str:
        """What it means to defect, in a sentence for people."""
        return "a usual category bought no more within the horizon, while buying others"

    def eligible(self, history: History, horizon_days: int) -> Frame:
        """Return the customers with a usual category."""
        return self._usual(history, horizon_days).select("customer_id").unique()

    def label(self, history: History, future: Future) -> Frame:
        """Return 1 where a usual category was left by a customer who still buys, else 0."""
        again = future.categories.select("entry", again=nw.lit(1))
        usual = self._usual(history, future.horizon_days).join(again, on="entry", how="left")
        left = usual.with_columns(left=nw.col("again").is_null().cast(nw.Int8))
        people = left.group_by("customer_id").agg(left=nw.col("left").max())
        came = future.customers.with_columns(came=nw.lit(1))
        joined = people.join(came, on="customer_id", how="left")
        gone = (nw.col("left") == 1) & ~nw.col("came").is_null()
        # before the horizon is over only one thing is certain: that every usual category was bought again
        if future.complete:
            return joined.select("customer_id", defected=gone.cast(nw.Int8))
        return joined.select("customer_id", defected=said(nw.col("left") == 1, future, certain=False))

    def _usual(self, history: History, horizon_days: int) -> Frame:
        age = nw.col("age_days")
        bought = history.days.filter(nw.col("is_purchase"))
        tenure = bought.group_by("customer_id").agg(T=age.max())
        pace = nw.col("purchase_days").cast(nw.Float64) / (nw.col("T") + 1.0)
        return (
            history.categories.filter((age < self.look_back_days) & (nw.col("purchase_days") >= self.min_days))
            .join(tenure, on="customer_id", how="inner")
            .filter(pace * horizon_days >= self.min_expected_days)
            .select("customer_id", "entry")
        )
