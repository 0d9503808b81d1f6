"""The plain rules that alarms are compared with: overdue by so many gaps, and a month far below the quarter before."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from setia.alert.odds import last_visits
from setia.history import Visits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
RECENT_DAYS, BEFORE_DAYS, LEAST_DAYS = 30, 90, 45
#: What each rule says by itself, without being brought to a number of alarms: three gaps late, half of the visits.
USUAL: Final = {"overdue": 3.0, "dropped": -0.5}


def overdue(visits: Visits, days: Ints, last: Ints) -> Floats:
    """Return the days since the last visit in mean gaps of the customer so far; -inf before the second visit."""
    first = visits.starts[:-1, None]
    here = np.maximum(last, 0)
    gaps = last - first
    span = visits.day[here] - visits.day[first]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(gaps > 0, (days - visits.day[here]) * gaps / span, -np.inf)


def dropped(visits: Visits, days: Ints, last: Ints) -> Floats:
    """Return minus the pace of the last 30 days over that of the 90 before (or since the first visit, if 45 or more).

    -inf where nobody came in those, or who is too new. Of two who fell as far the one who came more often is the more
    alarming.
    """
    start = visits.starts[:-1, None]
    # how many visits there had been, the first left out, since it began the count of days
    now, then, long_ago = (np.maximum(place - start, 0) for place in (last, *_places(visits, days)))
    young = np.minimum(days - RECENT_DAYS - visits.day[start], BEFORE_DAYS)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (now - then) / RECENT_DAYS / ((then - long_ago) / young)
    return np.where((young >= LEAST_DAYS) & (then > long_ago), -share + 1e-6 * (then - long_ago), -np.inf)


def _places(visits: Visits, days: Ints) -> tuple[Ints, Ints]:
    return last_visits(visits, days - RECENT_DAYS), last_visits(visits, days - RECENT_DAYS - BEFORE_DAYS)


RULES: Final = {"overdue": overdue, "dropped": dropped}
