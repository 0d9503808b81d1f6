"""Who truly defected, in part or in full, when, and when half of what was lost by the end of the follow-up was lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from setia.alert.odds import last_visits
from setia.defection import Partial
from setia.history import Base, Visits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: Labels are looked at every so many days.
STEP_DAYS: Final = 7


@dataclass(frozen=True)
class Episodes:
    """Defections: arrays of one length.

    `customer`: its place; `before`: the last day on which it had not begun; `begun`: the first on which it had;
    `half`: the day by which half of the loss is lost; `certain`: the end of the follow-up; `loss`: what was expected
    of the follow-up less what came.
    """

    customer: Ints
    before: Ints
    begun: Ints
    half: Ints
    certain: Ints
    loss: Floats

    def __len__(self) -> int:
        """Return the number of defections."""
        return len(self.customer)


def checks(first: int, last: int, follow_up_days: int) -> Ints:
    """Return the days on which labels are looked at: some earlier ones tell what had begun before the first."""
    return np.arange(first - 6 * STEP_DAYS, last - follow_up_days + 1, STEP_DAYS)


def episodes_of(
    visits: Visits, definition: Partial, bases: Mapping[int, Base], follow_up_days: int, first: int
) -> Episodes:
    """Return the defections that begin on or after a day, by `partial` over the follow-up.

    An episode begins on the first of `checks` at which the definition says so of the days that follow, and ends when it
    no longer does; its money is what visits of the customer's own mean value would have brought.
    """
    found: list[tuple[int, int, int, int, int, float]] = []
    begun_before = np.zeros(visits.customers, dtype=bool)
    money = np.ones(len(visits)) if visits.value is None else visits.value
    for day, base in sorted(bases.items()):
        covered, expected, value = expectation(visits, definition, base, day, follow_up_days)
        came = _came(visits, np.ones(len(visits)), day, follow_up_days)
        brought = _came(visits, money, day, follow_up_days)
        actual, asked = (brought, expected * value) if definition.measure == "spend" else (came, expected)
        gone = covered & (actual[:, -1] < definition.share * asked)
        if day >= first:
            for who in np.flatnonzero(gone & ~begun_before):
                half, loss = _half(float(expected[who] * value[who]), brought[who])
                if loss > 0:
                    found.append((int(who), day - STEP_DAYS, day, day + half, day + follow_up_days, loss))
        # who is no longer covered has not come back by that
        begun_before = gone | (begun_before & ~covered)
    table = np.array(found, dtype=np.float64).reshape(-1, 6)
    customer, before, begun, half, certain = table[:, :5].T.astype(np.int64)
    return Episodes(customer, before, begun, half, certain, table[:, 5])


def expectation(
    visits: Visits, definition: Partial, base: Base, day: int, horizon_days: int
) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Return who is covered at the end of a day, the visits to expect of each, and the mean value of a visit.

    The formulas of `setia.defection.expectation`, which works on frames, for arrays.
    """
    look_back = definition.look_back_days
    last, oldest = last_visits(visits, np.array([day, day - look_back])).T
    first = visits.starts[:-1]
    number = np.where(last >= 0, last - np.where(oldest >= 0, oldest, first - 1), 0)
    tenure = np.maximum(day - visits.day[first], 0)  # who is yet to come is not covered
    young = tenure < look_back
    count = np.where(young, number - 1, number)
    days = np.where(young, tenure, look_back)
    ahead = horizon_days * base.season(horizon_days, look_back)
    expected = (count + base.rate_shape) / (days + base.rate_scale_days) * ahead
    money = np.ones(len(visits)) if visits.value is None else visits.value
    total = np.r_[0.0, np.cumsum(money)]
    spent = total[last + 1] - total[np.where(oldest >= 0, oldest + 1, first)]
    value = np.divide(spent, number, out=np.zeros(len(number)), where=number > 0)
    return (number > 0) & (expected >= definition.min_expected_visits), expected, value


def _came(visits: Visits, amounts: Floats, day: int, horizon_days: int) -> Floats:
    """Return what came by the end of each day of the horizon, shape (customers, horizon_days + 1)."""
    inside = (visits.day > day) & (visits.day <= day + horizon_days)
    grid = np.zeros((visits.customers, horizon_days + 1))
    np.add.at(grid, (visits.customer[inside], visits.day[inside] - day), amounts[inside])
    return np.asarray(np.cumsum(grid, axis=1), dtype=np.float64)


def _half(expected: float, brought: Floats) -> tuple[int, float]:
    """Return after how many days half of the loss is lost for good, and the loss."""
    days = len(brought) - 1
    loss = expected - float(brought[-1])
    lost = expected * np.arange(days + 1) / days - brought
    below = np.flatnonzero(lost < loss / 2)
    return (int(below[-1]) + 1 if len(below) else 0), loss
