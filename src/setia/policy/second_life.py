"""What customers who came back after a long silence brought, beside what they had brought before it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from setia.history import Prepared
from setia.history.visits import visits_of

if TYPE_CHECKING:
    import pyarrow as pa

#: Until so many have been seen to come back, a second life is half taken to be as good as the first.
PRIOR_RETURNS = 10.0
#: The mean of exponential gaps is so many times in their 99th percentile: ln 100.
GAPS_IN_P99 = 4.605


@dataclass(frozen=True)
class SecondLife:
    """`share`: of the former pace that those bring who have come back, shrunk to 1; `returns`: how many did, and were
    followed for `follow_up_days` after it; `measured`: their share as it was seen, NaN without any."""

    share: float
    returns: int
    measured: float
    follow_up_days: int


def second_life(prepared: Prepared, as_of: int, silence_days: float, follow_up_days: int) -> SecondLife:
    """Follow everybody who was silent for longer than `silence_days` and came back, up to `as_of`.

    The purchase that ends the silence is left out: it is what made a return of it. The former pace is what had come,
    over the days from the first purchase to the last before the silence and a usual gap more: two purchases in a week
    are no pace of two a week. `silence_days` is the base's 99th percentile gap, of which the usual gap is a part.
    """
    kernel = partial(_returns, as_of=as_of, silence_days=silence_days, follow_up_days=follow_up_days)
    parts = [part.column(0).to_numpy() for part in prepared.chunks.map(kernel)]
    came, expected, returns = np.sum([part for part in parts if len(part)], axis=0) if parts else np.zeros(3)
    measured = float(came / expected) if expected > 0 else float("nan")
    known = measured if measured == measured else 1.0
    share = (known * returns + PRIOR_RETURNS) / (returns + PRIOR_RETURNS)
    return SecondLife(float(np.clip(share, 0.0, 1.0)), int(returns), measured, follow_up_days)


def _returns(piece: pa.Table, as_of: int, silence_days: float, follow_up_days: int) -> pa.Table:
    import pyarrow as pa

    visits = visits_of(piece, as_of)
    day, who = visits.day, visits.customer
    value = np.ones(len(day)) if visits.value is None else visits.value
    total = np.r_[0.0, np.cumsum(value)]
    back = np.flatnonzero((who[1:] == who[:-1]) & (np.diff(day) > silence_days)) + 1 if len(day) else np.arange(0)
    first = visits.starts[who[back]]
    over = day[back] + follow_up_days <= as_of
    back, first = back[over], first[over]
    pace = (total[back] - total[first]) / (day[back - 1] - day[first] + 1 + silence_days / GAPS_IN_P99)
    # customers stand one after the other: within each, days ascend
    far = day.max(initial=0) + follow_up_days + 2
    end = np.searchsorted(who * far + day, who[back] * far + day[back] + follow_up_days, side="right")
    came = float((total[end] - total[back + 1]).sum())
    return pa.table({"sums": [came, float(np.maximum(pace, 0.0).sum()) * follow_up_days, float(len(back))]})
