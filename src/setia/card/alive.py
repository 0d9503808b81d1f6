"""How likely somebody was to be a customer still, day by day, from what was known on each of them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from setia import btyd
from setia.card.parts import Alive, Array, Ints

#: About so many days are spread evenly; those of purchases come to them.
SPREAD: Final = 200


def shown_days(bought: Ints, as_of: int) -> Ints:
    """Return the days of the curve: evenly spread from the first purchase, each purchase, and the day before it."""
    first = int(bought[0])
    step = max(1, -(-(as_of - first) // SPREAD))
    days = np.concatenate([np.arange(first, as_of, step), bought, bought - 1, [as_of]])
    return np.unique(days[days >= first]).astype(np.int64)


def triple(bought: Ints, day: NDArray[Any]) -> tuple[Array, Array, Array]:
    """Return frequency, recency and T in days at the end of each day, shape (days,), of purchases up to that day.

    As the features of these names have them. `bought`: the purchase days, ascending; no day lies before the first.
    """
    count = np.searchsorted(bought, day, side="right")
    frequency, recency, T = count - 1, bought[count - 1] - bought[0], day - bought[0]
    return frequency.astype(np.float64), recency.astype(np.float64), T.astype(np.float64)


def alive_over_time(model: btyd.Model, bought: Ints, as_of: int) -> Alive:
    """Return the model's chance of being a customer still at the end of each shown day, up to `as_of`.

    Each is from the purchases up to that day alone: what came later changes none of them. The model's parameters are
    those of its whole fit, however, so that the curve tells how this model reads the customer's past, not what a model
    of that time would have said. `bought`: the purchase days, ascending.
    """
    day = shown_days(bought, as_of)
    return Alive(day, model.p_alive(*triple(bought, day)))
