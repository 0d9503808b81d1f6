"""What an alarm is about: since when, how many visits came of how many, and the money at stake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from setia.alert.alarms import Alarms, alarms, grids, loud
from setia.alert.beliefs import Beliefs
from setia.alert.odds import BACK, Grid, Watching, ever_watched, last_visits, own_of, suspects
from setia.history import Visits, visits_of

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
YEAR_DAYS: Final = 365.0


@dataclass(frozen=True)
class Order:
    """What is asked of each piece: the alarms on `days` (the first only tells what had begun before)."""

    days: Ints
    as_of: int
    beliefs: Beliefs
    watching: Watching
    thresholds: Floats
    cool_days: float
    money: bool = True


def tell_piece(piece: pa.Table, order: Order) -> pa.Table:
    """Return the alarms of a piece of customer-days, one row each (a kernel)."""
    import pyarrow as pa

    visits = ever_watched(visits_of(piece, order.as_of, money=order.money), order.beliefs, order.watching)
    parts = [
        _tell(visits.part(first, first + len(grid.watched)), grid, order)
        for first, grid in (grids(visits, order.days, order.beliefs, order.watching) if visits.customers else ())
    ]
    empty = pa.table({"customer_id": piece["customer_id"].slice(0, 0), **_columns(_nothing())})
    return pa.concat_tables([part for part in parts if part.num_rows] or [empty.combine_chunks()])


def _tell(visits: Visits, grid: Grid, order: Order) -> pa.Table:
    import pyarrow as pa

    given = alarms(loud(grid, order.thresholds), grid.days, order.cool_days)
    ids = visits.ids.take(pa.array(given.customer))
    return pa.table({"customer_id": ids, **_columns(facts(visits, given, grid, order))})


@dataclass(frozen=True)
class Facts:
    """Of each alarm, shape (alarms,): `kind` is a place in `KINDS`, `odds` are logarithms.

    `since`: the day of the last visit of the old pattern; `last`: of the last visit; `seen` visits after it, where
    `expected` were to be expected; `usual_days` between two visits before; `before`, `after`: what a visit brought or
    held, typically (a geometric mean), NaN of kinds without such; `stake`: money a year that is missing.
    """

    day: Ints
    kind: Ints
    odds: Floats
    since: Ints
    last: Ints
    seen: Ints
    expected: Floats
    usual_days: Floats
    before: Floats
    after: Floats
    stake: Floats


def facts(visits: Visits, given: Alarms, grid: Grid, order: Order) -> Facts:
    """Find out for each alarm after which visit the pattern changed most likely, and what it was before and after."""
    beliefs = order.beliefs
    if not len(given):
        return _nothing()
    own = own_of(visits, beliefs)
    column = np.searchsorted(grid.days, given.day)
    here = grid.odds[:, given.customer, column].astype(np.float64)
    kind = (here - order.thresholds[:, None]).argmax(axis=0)
    rows = np.arange(len(given))
    first, last = visits.starts[:-1][given.customer], grid.last[given.customer, column]
    now = beliefs.clock.at(given.day)
    worth = np.full((BACK, len(given)), -np.inf)
    for suspect in suspects(visits, own, beliefs, last, first, now):
        of_kind = np.stack([np.full(len(given), -np.inf) if logs is None else logs for logs in suspect.logs])
        recent = suspect.some & (suspect.ago <= order.watching.recent_days)
        worth[suspect.back] = np.where(recent, of_kind[kind, rows], -np.inf)
    seen = worth.argmax(axis=0)
    place = last - seen
    pace = own.a[place] / own.b[place]
    expected = pace * (now - own.time[place])
    _, usual = _means(visits, visits.value, own.oldest[place], place, last)
    before, after = np.full(len(given), np.nan), np.full(len(given), np.nan)
    for number, (marks, marked) in enumerate(
        ((beliefs.money, visits.value), (beliefs.breadth, visits.categories)), start=1
    ):
        mine = kind == number
        if marks is not None and marked is not None and mine.any():
            logs = marks.of(marked)
            after_logs, before_logs = _means(visits, logs, own.oldest[place], place, last)
            before[mine], after[mine] = np.exp(before_logs[mine]), np.exp(after_logs[mine])
    left = np.where(kind == 0, seen / np.maximum(expected, 1e-9), after / before)
    stake = pace * YEAR_DAYS * usual * np.clip(1.0 - left, 0.0, 1.0)
    day = visits.day
    return Facts(
        given.day,
        kind,
        here[kind, rows],
        day[place],
        day[last],
        seen,
        expected,
        1.0 / pace,
        before,
        after,
        stake,
    )


def _means(visits: Visits, column: Floats | None, oldest: Ints, place: Ints, last: Ints) -> tuple[Floats, Floats]:
    """Return the means over the visits after `place` up to `last` (NaN of none), and from `oldest` to `place`."""
    total = np.r_[0.0, np.cumsum(np.ones(len(visits)) if column is None else column)]
    with np.errstate(divide="ignore", invalid="ignore"):
        after = (total[last + 1] - total[place + 1]) / (last - place)
    return after, (total[place + 1] - total[oldest]) / (place - oldest + 1)


def _nothing() -> Facts:
    whole, real = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Facts(whole, whole, real, whole, whole, whole, real, real, real, real, real)


def _columns(found: Facts) -> dict[str, NDArray[np.generic]]:
    return dict(vars(found))


def stakes(visits: Visits, given: Alarms, days: Ints, beliefs: Beliefs) -> Floats:
    """Return the money of any alarms, however they came about: the customer's yearly pace at the last visit."""
    own = own_of(visits, beliefs)
    place = last_visits(visits, days)[given.customer, np.searchsorted(days, given.day)]
    _, usual = _means(visits, visits.value, own.oldest[place], place, place)
    return np.asarray(own.a[place] / own.b[place] * YEAR_DAYS * usual, dtype=np.float64)
