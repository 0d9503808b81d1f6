"""What alarms would have been worth: gone through again, beside plain rules that give as many alarms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from setia.alert.alarms import Alarms
from setia.alert.episodes import Episodes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Quality:
    """What one way to give alarms achieved in the replay.

    `alarms_per_month`: per 1,000 customers watched. `caught`: share of the defections of which an alarm told before
    half of the loss was lost; `caught_loss`: the same share of the loss. `lead_recall`: share told of at least
    `lead_days` before the defection was certain. `lead_days`: median of those days, of the defections told of.
    `precision`: share of the alarms that tell of a defection, in time or not. `precision_at_capacity`: of the alarms
    that are followed up, if each week those with the most money at stake are.
    """

    method: str
    alarms: int
    alarms_per_month: float
    caught: float
    caught_count: int
    caught_loss: float
    lead_recall: float
    lead_days: float
    precision: float
    precision_at_capacity: float


def quality(
    method: str,
    given: Alarms,
    stake: Floats,
    episodes: Episodes,
    watched_months: float,
    lead_days: int,
    contacts_a_week: int,
) -> Quality:
    """Hold alarms against the defections that came. `stake`: the money of each alarm."""
    told = first_told(given, episodes)
    some = told >= 0
    in_time = some & (told <= episodes.half)
    lead = (episodes.certain - told)[some]
    right = tells(given, episodes)
    busiest = _chosen(given, stake, contacts_a_week)
    total = episodes.loss.sum()
    return Quality(
        method,
        len(given),
        1000.0 * len(given) / watched_months if watched_months else float("nan"),
        _mean(in_time),
        int(in_time.sum()),
        float(episodes.loss[in_time].sum() / total) if total > 0 else float("nan"),
        _mean(some & (episodes.certain - told >= lead_days)),
        float(np.median(lead)) if len(lead) else float("nan"),
        _mean(right),
        _mean(right[busiest]),
    )


def first_told(given: Alarms, episodes: Episodes) -> Ints:
    """Return the day of the first alarm of each defection's customer from its begin to the day it is certain, or -1."""
    step = int(max(given.day.max(initial=0), episodes.certain.max(initial=0))) + 2
    key = given.customer * step + given.day
    place = np.searchsorted(key, episodes.customer * step + episodes.before, side="right")
    found = np.full(len(episodes), -1, dtype=np.int64)
    here = place < len(given)
    at = place[here]
    same = (given.customer[at] == episodes.customer[here]) & (given.day[at] <= episodes.certain[here])
    found[np.flatnonzero(here)[same]] = given.day[at[same]]
    return found


def tells(given: Alarms, episodes: Episodes) -> Mask:
    """Return whether each alarm falls into a defection of its customer."""
    right = np.zeros(len(given), dtype=bool)
    step = int(max(given.day.max(initial=0), episodes.certain.max(initial=0))) + 2
    key = given.customer * step + given.day
    first = np.searchsorted(key, episodes.customer * step + episodes.before, side="right")
    last = np.searchsorted(key, episodes.customer * step + episodes.certain, side="right")
    for begin, end in zip(first, last, strict=True):
        right[begin:end] = True
    return right


def _chosen(given: Alarms, stake: Floats, contacts_a_week: int) -> Ints:
    """Return the alarms with the most money at stake of each week, so many a week."""
    week = given.day // 7
    order = np.lexsort((given.customer, -stake, week))
    rank = np.arange(len(order)) - np.searchsorted(week[order], week[order])
    return order[rank < contacts_a_week]


def _mean(values: Mask) -> float:
    return float(values.mean()) if len(values) else float("nan")
