"""How likely a customer has just changed for the worse: a sequential test on the customer's own expectation.

At the end of each day the question is put for each of the last visits: did the pattern change right after it? Of the n
visits in the time t since, the likelihood at a share d of the rate over that at the whole of it, both averaged over the
gamma posterior (a, b) of the rate at that visit, is d^n ((b + t) / (b + d t))^(a + n). The mean of the logarithm of
what a visit brings is tested likewise, with a normal posterior. Summed over the visits, each weighed with the days that
it stands for, these are the odds of a change (Shiryaev 1963, Roberts 1966), of which the part that lies within
`recent_days` is worth telling: who changed long ago is known, or lost. Time is that of the base's clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from setia.alert.beliefs import Beliefs, Marks
from setia.history import Visits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: What may have become fewer or less, in the order of the odds.
KINDS: Final = ("visits", "spend", "breadth")
#: The share of the former rate that a change leaves: between gone and half of the custom elsewhere.
LEFT: Final = 0.3
#: What is left of a visit's money or breadth when it has changed.
HALF: Final = 0.5
#: So many visits back a change is looked for.
BACK: Final = 25
#: Changes per customer and day that are expected beforehand: two customers in five a year.
HAZARD: Final = 0.002
#: Farther back than so many days of the clock a customer's own rate is not read.
MEMORY_DAYS: Final = 365.0


@dataclass(frozen=True)
class Watching:
    """Whom alarms are about: at least `min_visits` so far and `min_expected` visits to expect in `follow_up_days`.

    Somebody silent for a whole follow-up is watched no longer. `recent_days`: how long ago a change may have come.
    """

    follow_up_days: int
    min_expected: float
    min_visits: int
    recent_days: float


@dataclass(frozen=True)
class Grid:
    """The state of some customers at the end of some days.

    `odds`: logarithm of how likely it is (below 0) that each of `KINDS` has just changed, shape (kinds, customers,
    days), -inf where it cannot be told. `watched`, and `last`, the place of the last visit so far (-1: none yet): shape
    (customers, days).
    """

    days: Ints
    odds: NDArray[np.float32]
    watched: Mask
    last: Ints


@dataclass(frozen=True)
class Own:
    """What is known of each visit's customer at that visit, shape (visits,): the posterior of the rate, and the clock.

    `oldest`: the place of the first visit within the memory.
    """

    time: Floats
    oldest: Ints
    a: Floats
    b: Floats


def own_of(visits: Visits, beliefs: Beliefs) -> Own:
    """Follow each customer's rate from visit to visit."""
    time = beliefs.clock.at(visits.day)
    first = visits.starts[:-1][visits.customer]
    step = float(beliefs.clock.elapsed[-1]) + MEMORY_DAYS + 1.0
    key = visits.customer * step + time
    oldest = np.maximum(np.searchsorted(key, key - MEMORY_DAYS, side="right"), first)
    tenure = time - time[first] if len(time) else time
    # the first visit began the count of days, so it says nothing of their rate
    count = np.arange(len(visits)) - oldest + 1 - (tenure < MEMORY_DAYS)
    a = np.asarray(beliefs.shape + count, dtype=np.float64)
    return Own(time, oldest, a, beliefs.scale + np.minimum(tenure, MEMORY_DAYS))


def grid_of(visits: Visits, days: Ints, beliefs: Beliefs, watching: Watching) -> Grid:
    """Ask the question of every customer at the end of every day; a day's answer knows no later visit."""
    own = own_of(visits, beliefs)
    last = last_visits(visits, days)
    first = visits.starts[:-1, None]
    tracks = [_Track(watching.recent_days) for _ in KINDS]
    for suspect in suspects(visits, own, beliefs, last, first, beliefs.clock.at(days)):
        for track, logs in zip(tracks, suspect.logs, strict=True):
            if logs is not None:
                track.add(logs, suspect.ago, suspect.some)
    odds = np.stack([track.odds(last.shape) for track in tracks])
    here = np.maximum(last, 0)
    watched = (last >= 0) & _enough(visits, own, watching)[here]
    return Grid(days, odds, watched & (days - visits.day[here] <= watching.follow_up_days), last)


def _enough(visits: Visits, own: Own, watching: Watching) -> Mask:
    """Return at which visits enough is known, and to be expected, of a customer who is to be watched after it."""
    number = np.arange(len(visits)) - visits.starts[:-1][visits.customer] + 1
    return np.asarray(
        (number >= watching.min_visits) & (own.a / own.b * watching.follow_up_days >= watching.min_expected)
    )


def ever_watched(visits: Visits, beliefs: Beliefs, watching: Watching) -> Visits:
    """Return the customers who are watched at some time."""
    enough = _enough(visits, own_of(visits, beliefs), watching)
    return visits.of(np.bincount(visits.customer, enough, visits.customers) > 0)


@dataclass(frozen=True)
class Suspect:
    """A visit, `back` visits before the last, after which the pattern may have changed; arrays of the shape asked for.

    `place`: of that visit (0 where there is `some` none), `ago`: the time since it; `logs`: of each kind the logarithm
    of the likelihood ratio times the days that the visit stands for, null where the log cannot tell.
    """

    back: int
    place: Ints
    ago: Floats
    some: Mask
    logs: tuple[Floats | None, ...]


def suspects(visits: Visits, own: Own, beliefs: Beliefs, last: Ints, first: Ints, now: Floats) -> Iterator[Suspect]:
    """Go back from the last visit of each place asked for: `last`, and the customer's `first`, and the time `now`."""
    marked = [(beliefs.money, visits.value), (beliefs.breadth, visits.categories)]
    sums = [_sums(marks, column) for marks, column in marked]
    here = np.maximum(last, 0)
    for back in range(BACK):
        some = last - back >= first
        if not some.any():
            return
        place = np.where(some, last - back, 0)
        a, b = own.a[place], own.b[place]
        ago = np.maximum(now - own.time[place], 0.0)
        weight = np.log(b / a)
        logs: list[Floats | None] = [rate_ratio(back, ago, a, b) + weight]
        for (marks, _), total in zip(marked, sums, strict=True):
            if marks is None or total is None:
                logs.append(None)
            else:
                logs.append(_mark_ratio(back, place, here, own.oldest[place], total, marks) + weight)
        yield Suspect(back, place, ago, some, tuple(logs))


def last_visits(visits: Visits, days: Ints) -> Ints:
    """Return the place of each customer's last visit up to each day, -1 before the first: shape (customers, days)."""
    step = int(max(visits.day.max(initial=0), days.max(initial=0))) + 2
    key = visits.customer * step + visits.day
    asked = np.arange(visits.customers)[:, None] * step + days
    place = np.searchsorted(key, asked.ravel(), side="right").reshape(asked.shape) - 1
    return np.where(place >= visits.starts[:-1, None], place, -1)


def rate_ratio(n: int, t: Floats, a: Floats, b: Floats) -> Floats:
    """Return the log likelihood ratio of n visits in the time t, a change against none."""
    return np.asarray(n * np.log(LEFT) + (a + n) * np.log((b + t) / (b + LEFT * t)), dtype=np.float64)


def _sums(marks: Marks | None, column: Floats | None) -> Floats | None:
    """Return the sums of the marks of all visits before each place, and of all."""
    return None if marks is None or column is None else np.r_[0.0, np.cumsum(marks.of(column))]


def _mark_ratio(n: int, j: Ints, last: Ints, oldest: Ints, total: Floats, marks: Marks) -> Floats:
    """Return the log likelihood ratio of the marks of the n visits after visit j; -inf of none, which tell nothing."""
    if not n:
        return np.full(j.shape, -np.inf)
    known = j - oldest + 1
    usual = (marks.weight * marks.mean + total[j + 1] - total[oldest]) / (marks.weight + known)
    lately = (total[last + 1] - total[j + 1]) / n
    change = np.log(HALF)
    variance = marks.sd**2 * (1.0 / n + 1.0 / (marks.weight + known))
    return np.asarray((change * (lately - usual) - change**2 / 2) / variance, dtype=np.float64)


class _Track:
    """Adds up the odds of a change after each of the last visits, in logarithms."""

    def __init__(self, recent_days: float) -> None:
        self._recent_days = recent_days
        self._ever: Floats | None = None
        self._lately: Floats | None = None

    def add(self, logs: Floats, ago: Floats, some: Mask) -> None:
        logs = np.where(some, logs, -np.inf)
        lately = np.where(ago <= self._recent_days, logs, -np.inf)
        if self._ever is None or self._lately is None:
            self._ever, self._lately = logs, lately
        else:
            self._ever, self._lately = np.logaddexp(self._ever, logs), np.logaddexp(self._lately, lately)

    def odds(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return the logarithm of how likely it is that there was a change lately, and none before."""
        if self._ever is None or self._lately is None:
            return np.full(shape, -np.inf, dtype=np.float32)
        return np.asarray(self._lately - np.logaddexp(-np.log(HAZARD), self._ever), dtype=np.float32)
