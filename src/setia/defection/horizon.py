"""The horizon that the log itself suggests: long enough that nearly all who come back have come back."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np

from setia.engine import Engine
from setia.history import Prepared

#: Nothing shorter than a week is offered: the weekday would decide who defects.
SHORTEST_DAYS = 7


@dataclass(frozen=True)
class HorizonCurve:
    """Share of returning customers who are back within so many days, and the horizon read off it.

    `days` and `share` are the curve; `reached` says whether `target` was reached within the longest
    horizon that the log can bear (`limit_days`).
    """

    days: tuple[int, ...]
    share: tuple[float, ...]
    horizon_days: int
    target: float
    limit_days: int
    reached: bool


def choose_horizon(prepared: Prepared, engine: Engine, first_day: int, as_of: int, target: float = 0.9) -> HorizonCurve:
    """Choose the shortest horizon within which `target` of the returning customers would have returned.

    The customers known after one third of the log are followed to its second third; those who buy again
    are the returning ones. The last third is left alone: no horizon is longer than 2/7 of the log (three
    of them and half a one of history must fit), so the choice never sees a day after the holdout cutoff.
    """
    length = as_of - first_day + 1
    cutoff = first_day + length // 3
    limit = max(length * 2 // 7, 1)
    base = prepared.known(cutoff).filter(nw.col("is_purchase")).select("customer_id").unique()
    returns = (
        prepared.future(cutoff, max(length // 3, 1))
        .days.filter(nw.col("is_purchase"))
        .group_by("customer_id")
        .agg(first=nw.col("day").min())
        .join(base, on="customer_id", how="inner")
        .select(wait=(nw.col("first") - cutoff).cast(nw.Float64))
    )
    waits = np.asarray(engine.arrow(returns)["wait"], dtype=np.float64)
    days = np.arange(1, max(limit, 2) + 1)
    if len(waits) == 0:
        return HorizonCurve((), (), max(min(limit, 30), 1), target, limit, reached=False)
    share = np.searchsorted(np.sort(waits), days, side="right") / len(waits)
    reached = bool(share[-1] >= target)
    horizon = int(days[np.argmax(share >= target)]) if reached else limit
    horizon = min(max(horizon, SHORTEST_DAYS), limit)
    return HorizonCurve(tuple(map(int, days)), tuple(map(float, share)), horizon, target, limit, reached)
