"""What a card is made of: purchases, chances before and after the log's last day, scores, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

#: An even chance of a purchase is looked for within so many days.
YEAR_DAYS: Final = 365
EVEN: Final = 0.5

Action = Literal["contact", "refrain", "serve", "grow", "welcome", "spare", "reprice", "part"]


@dataclass(frozen=True, eq=False)
class Days:
    """The customer's days in the log, earliest first: arrays of shape (days,).

    `day` counts from 1970-01-01. `is_purchase`: false on a day of refunds alone. `value`: net money of the day, null
    where the model counts value in purchases.
    """

    day: Ints
    is_purchase: NDArray[np.bool_]
    value: Array | None

    @property
    def bought(self) -> Ints:
        """The purchase days, shape (purchases,)."""
        return self.day[self.is_purchase]


@dataclass(frozen=True, eq=False)
class Alive:
    """The chance of being a customer still, at the end of some days: arrays of shape (days,), days ascending."""

    day: Ints
    p: Array


@dataclass(frozen=True, eq=False)
class Ahead:
    """`chance[d]`: that at least one purchase comes within the d days after `as_of`, shape (days + 1,)."""

    as_of: int
    chance: Array

    @property
    def even_day(self) -> int | None:
        """The first day by whose end a purchase is as likely as not; null where none is within `YEAR_DAYS`."""
        reached = np.flatnonzero(self.chance[: YEAR_DAYS + 1] >= EVEN)
        return self.as_of + int(reached[0]) if len(reached) else None

    def within(self, days: int) -> float:
        """Return the chance of at least one purchase within so many days."""
        return float(self.chance[days])


@dataclass(frozen=True)
class Score:
    """The customer's row of the score table (docs/scores.md), and `p_none`, the chance of no purchase in the horizon.

    `p_defect` and `value_at_risk` are null where the definition does not cover the customer; bounds are null where the
    model has none.
    """

    status: str
    segment: str
    days_since_last: int
    frequency: int
    p_defect: float | None
    p_alive: float
    p_none: float
    expected_purchases: float
    expected_value: float
    expected_value_lo: float | None
    expected_value_hi: float | None
    clv: float
    clv_lo: float | None
    clv_hi: float | None
    value_at_risk: float | None
    reasons: tuple[str, ...]

    @property
    def covered(self) -> bool:
        """Whether the definition of defection covers the customer."""
        return self.p_defect is not None


@dataclass(frozen=True)
class Contact:
    """What contacting the customer is expected to bring, as profit in the log's currency.

    `policy`: by which it was reckoned. `pays`: the chance that it brings more than it costs. `keep_chance`: what the
    offer is assumed to achieve, with somebody who would leave (retain) or who has left (win_back). `margin`: the share
    of revenue that counts as profit, null where value is profit itself.
    """

    policy: str
    profit: float
    pays: float
    contact_cost: float
    offer_cost: float
    keep_chance: float
    margin: float | None


@dataclass(frozen=True)
class Advice:
    """What is recommended; `contact` is null where the model counts value in purchases."""

    action: Action
    contact: Contact | None = None
