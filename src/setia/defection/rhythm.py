"""Defection by broken rhythm: silent for longer than the customer's own rhythm allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import narwhals as nw

from setia.defection.definition import said
from setia.engine import Frame
from setia.errors import InputError
from setia.history import Future, History


@dataclass(frozen=True)
class Rhythm:
    """A customer defects on the day on which their silence becomes a surprise.

    A silence of `gap` days after x + 1 purchases in t_x days has, under a gamma-Poisson rate with the base's shape r
    and scale alpha (Fader, Hardie & Lee 2005, equation 3, without dropout), the probability
    ((alpha + t_x) / (alpha + t_x + gap))^(r + x). Below `surprise` the rhythm is broken. Every silence that begins or
    goes on within the horizon is looked at, so that chance alone breaks more rhythms where customers come often.
    Whoever breaks the rhythm and comes back has defected, and has come back. Covered are customers with at least
    `min_purchases` purchase days whose rhythm still holds.
    """

    name: ClassVar[str] = "rhythm"
    version: ClassVar[int] = 1
    covers_silence: ClassVar[bool] = False
    surprise: float = 0.02
    min_purchases: int = 3

    def __post_init__(self) -> None:
        if not 0 < self.surprise < 1:
            raise InputError(f"defection.surprise={self.surprise} must lie between 0 and 1.")
        if self.min_purchases < 2:
            raise InputError(f"defection.min_purchases={self.min_purchases} must be at least 2: one has no rhythm.")

    @property
    def words(self) -> str:
        """What it means to defect, in a sentence for people."""
        return f"silent for longer than all but {self.surprise:.0%} of the silences of the customer's own rhythm"

    def eligible(self, history: History, horizon_days: int) -> Frame:  # noqa: ARG002
        """Return the customers with a rhythm that still holds at the cutoff."""
        return self._covered(history).select("customer_id")

    def label(self, history: History, future: Future) -> Frame:
        """Return 1 where a silence became a surprise within the horizon, else 0."""
        base = history.base
        covered = self._covered(history)
        came = future.days.filter(nw.col("is_purchase")).select("customer_id", "day")
        # one row per silence that was ended by a purchase within the horizon, and one for the last, still open
        ended = covered.join(came, on="customer_id", how="inner").with_columns(
            number=nw.col("day").rank("ordinal").over("customer_id").cast(nw.Float64),
            since=nw.col("day").shift(1).over("customer_id", order_by="day"),
        )
        start = nw.when(nw.col("since").is_null()).then(nw.col("last")).otherwise(nw.col("since"))
        ended = ended.with_columns(since=start)
        tail = ended.group_by("customer_id").agg(number=nw.col("number").max(), since=nw.col("day").max())
        end = min(future.cutoff + future.horizon_days, future.last_day)
        open_ = (
            covered.join(tail, on="customer_id", how="left")
            .with_columns(
                number=nw.col("number").fill_null(0.0) + 1.0,
                since=nw.when(nw.col("since").is_null()).then(nw.col("last")).otherwise(nw.col("since")),
                day=nw.lit(end),
            )
            .select("customer_id", "x", "first", "number", "since", "day")
        )
        every = nw.concat([ended.select("customer_id", "x", "first", "number", "since", "day"), open_])
        x = nw.col("x") + nw.col("number") - 1.0
        allowed = _allowed(
            x,
            (nw.col("since") - nw.col("first")).cast(nw.Float64),
            base.rate_shape,
            base.rate_scale_days,
            self.surprise,
        )
        broken = (nw.col("day") - nw.col("since")).cast(nw.Float64) > allowed
        found = (
            every.with_columns(broken=broken.cast(nw.Int8)).group_by("customer_id").agg(broken=nw.col("broken").max())
        )
        return found.select("customer_id", defected=said(nw.col("broken") == 1, future, certain=True))

    def _covered(self, history: History) -> Frame:
        """Return x, the first and the last purchase day of each customer who has a rhythm, where it still holds."""
        base, day = history.base, nw.col("day")
        bought = history.days.filter(nw.col("is_purchase"))
        people = bought.group_by("customer_id").agg(n=nw.len(), first=day.min(), last=day.max())
        people = people.filter(nw.col("n") >= self.min_purchases).with_columns(x=nw.col("n").cast(nw.Float64) - 1.0)
        recency = (nw.col("last") - nw.col("first")).cast(nw.Float64)
        allowed = _allowed(nw.col("x"), recency, base.rate_shape, base.rate_scale_days, self.surprise)
        holds = (history.cutoff - nw.col("last")).cast(nw.Float64) <= allowed
        return people.filter(holds).select("customer_id", "x", "first", "last")


def _allowed(x: nw.Expr, recency: nw.Expr, shape: float, scale: float, surprise: float) -> nw.Expr:
    """Return the longest silence in days whose probability is not below the surprise."""
    # scale' ((1 / q)^(1 / shape') - 1), with the posterior's shape and scale
    power = (nw.lit(-1.0) / (x + shape)) * nw.lit(surprise).log()
    return (recency + scale) * (power.exp() - 1.0)
