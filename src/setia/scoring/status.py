"""The status of a customer: new, lapsed, overdue or active."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from setia.learn.predictor import Array

STATUSES: Final = ("new", "lapsed", "overdue", "active")
_NAMES: Final = {
    "en": {name: name for name in STATUSES},
    "id": {"new": "baru", "lapsed": "tidak aktif lagi", "overdue": "terlambat", "active": "aktif"},
}
LAPSED: Final = STATUSES.index("lapsed")
#: The features a status is made of.
STATUS_FEATURES: Final = ("days_since_last", "T_days", "own_gap_90_days")


def status_name(status: str, language: str) -> str:
    """Return what people call a status; `language` is a code of `setia.languages`."""
    return _NAMES[language][status]


def status_of(
    days_since_last: Array,
    T_days: Array,
    own_gap_90_days: Array,
    p99_gap_days: float | None,
    horizon_days: int,
) -> NDArray[np.int64]:
    """Return the place in STATUSES of each customer, shape (rows,); the first that applies, in that order.

    New: the first purchase lies within the horizon before as_of (`T_days` < horizon; as_of itself counts, as
    it does in a cutoff's history). Being new comes first, since a first-time buyer has no rhythm of their own
    to be late against. Lapsed: the silence is longer than 99 % of the base's gaps (nobody's while no customer came
    twice). Overdue: silent for longer than nine of ten own gaps, shrunken to the base's (`own_gap_90_days`, NaN while
    no customer came twice). Whom a definition of defection covers is no part of it: a status means the same under
    every definition.
    """
    lapsed = days_since_last > (np.inf if p99_gap_days is None else p99_gap_days)
    conditions = [T_days < horizon_days, lapsed, days_since_last > own_gap_90_days]
    return np.asarray(np.select(conditions, [0, 1, 2], default=3), dtype=np.int64)
