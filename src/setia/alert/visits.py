"""When a customer's visits have become fewer: a sequential test on their own rate, in closed form.

The rate of visits has a gamma posterior, shape a and scale b, from all that was seen up to the last day on which
nothing was amiss. Of n visits in the t days since then, the likelihood at a share `drop` of the rate over that at the
whole of it, both averaged over the posterior, is drop^n ((b + t) / (b + drop t))^(a + n). Its logarithm is the CUSUM
(Page 1954) of a gamma-Poisson process: at a visit on which it is not above 0 the days since join the posterior and it
begins anew; above the threshold the alarm is given. Between visits it only grows, so that the day of the alarm is known
in closed form. Few visits cannot prove much: it stays below a log(1 / drop), whatever the silence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Watch:
    """How visits are watched.

    `drop`: the share of the rate that would be alarming. `threshold`: of the log likelihood ratio. `min_visits` before
    anything is said. `memory_days`: no more than so many days stand behind the posterior, so that it follows slow
    change. `cool_days` after an alarm no other is given.
    """

    threshold: float
    drop: float = 0.5
    min_visits: int = 4
    memory_days: float = 365.0
    cool_days: float = 60.0


@dataclass(frozen=True)
class Alarms:
    """Alarms in the order in which they were found: arrays of one length.

    `customer`: its number; `at`: the day, on the clock of the visits; `seen` visits in the `days` before it, in which
    `expected` were to be expected.
    """

    customer: Ints
    at: Floats
    seen: Floats
    days: Floats
    expected: Floats

    def __len__(self) -> int:
        """Return the number of alarms."""
        return len(self.customer)


def ratio(n: Floats, t: Floats, a: Floats, b: Floats, drop: float) -> Floats:
    """Return the log likelihood ratio of n visits in t days."""
    return np.asarray(n * np.log(drop) + (a + n) * np.log((b + t) / (b + drop * t)))


def crossing(n: Floats, a: Floats, b: Floats, watch: Watch) -> Floats:
    """Return after how many days with n visits the ratio reaches the threshold; infinite where it never does."""
    R = np.exp(np.minimum((watch.threshold - n * np.log(watch.drop)) / (a + n), 50.0))
    room = 1.0 - watch.drop * R
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(room > 0, b * (R - 1.0) / room, np.inf)


def watched(customer: Ints, at: Floats, end: Floats, shape: float, scale: float, watch: Watch) -> Alarms:
    """Go through all visits of all customers at once, visit by visit, and return every alarm up to `end`.

    Args:
        customer: of each visit, by customer and time; customers are numbered from 0.
        at: the time of each visit in days, on the base's clock.
        end: until when each customer is watched, shape (customers,).
        shape: of the base's gamma distribution of rates.
        scale: of it, in days.
        watch: how visits are watched.
    """
    customers = len(end)
    number = np.arange(len(customer)) - np.searchsorted(customer, customer)
    order = np.argsort(number, kind="stable")
    starts = np.searchsorted(number[order], np.arange(int(number.max(initial=-1)) + 2))
    a, b = np.full(customers, shape), np.full(customers, scale)
    n, t, last = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    quiet = np.full(customers, -np.inf)
    found: list[tuple[Ints, Floats, Floats, Floats, Floats]] = []

    def sound(who: Ints, until: Floats) -> None:
        """Give the alarms of the time from the last visit to `until`, and begin anew after them."""
        reached = np.maximum(last[who] + crossing(n[who], a[who], b[who], watch) - t[who], quiet[who])
        loud = reached <= until
        who, reached = who[loud], np.maximum(reached[loud], last[who[loud]])
        if not len(who):
            return
        days = t[who] + reached - last[who]
        found.append((who, reached, n[who].copy(), days, a[who] / b[who] * days))
        # what was seen joins the posterior, which counts half as much from now on: the customer has changed
        a[who], b[who] = (a[who] + n[who]) / 2, (b[who] + days) / 2
        n[who], t[who] = 0.0, last[who] - reached
        quiet[who] = reached + watch.cool_days

    for step in range(len(starts) - 1):
        rows = order[starts[step] : starts[step + 1]]
        who, now = customer[rows], at[rows]
        if step >= watch.min_visits:
            sound(who, now)
        if step:
            n[who] += 1.0
            t[who] += now - last[who]
            calm = who[ratio(n[who], np.maximum(t[who], 0.0), a[who], b[who], watch.drop) <= 0]
            a[calm] += n[calm]
            b[calm] += np.maximum(t[calm], 0.0)
            n[calm], t[calm] = 0.0, 0.0
            long = calm[b[calm] > watch.memory_days]
            a[long] *= watch.memory_days / b[long]
            b[long] = watch.memory_days
        last[who] = now
    visits = np.bincount(customer, minlength=customers)
    some = np.flatnonzero(visits >= watch.min_visits)
    sound(some, end[some])
    return _joined(found)


def _joined(found: list[tuple[Ints, Floats, Floats, Floats, Floats]]) -> Alarms:
    if not found:
        nothing = np.zeros(0)
        return Alarms(np.zeros(0, dtype=np.int64), nothing, nothing, nothing, nothing)
    return Alarms(*(np.concatenate(column) for column in zip(*found, strict=True)))


def shuffled(customer: Ints, at: Floats, rng: np.random.Generator) -> Floats:
    """Return the times of the same visits with each customer's gaps in random order: a pattern that does not change.

    First and last visit stay where they are, and so does how regularly the customer comes.
    """
    new = np.r_[True, customer[1:] != customer[:-1]] if len(customer) else np.zeros(0, dtype=bool)
    gaps = np.where(new, 0.0, np.diff(at, prepend=0.0))
    # firsts keep their place at the front of their customer
    order = np.lexsort((np.where(new, -1.0, rng.random(len(at))), customer))
    mixed = np.cumsum(gaps[order])
    first = np.flatnonzero(new)
    size = np.diff(np.r_[first, len(at)])
    return np.asarray(np.repeat(at[first] - mixed[first], size) + mixed)
