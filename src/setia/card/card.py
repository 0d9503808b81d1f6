"""The Card: all that is shown of one customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from setia.card.parts import Advice, Ahead, Alive, Days, Score
from setia.timeline import date_of

#: Before so many days nothing is told as so much a year.
PACE_DAYS: Final = 180


@dataclass(frozen=True, eq=False, repr=False)
class Card:
    """One customer as of the log's last day (`as_of`; days count from 1970-01-01).

    `basis`: of value (revenue, profit or purchases); `currency` is empty where it is purchases. `language`: of the
    reasons and of what is shown. `trained_to`: the last day that the model knew. `notes`: what whoever reads the card
    should know.
    """

    customer_id: str
    log: str
    as_of: int
    basis: str
    currency: str
    language: str
    model_version: str
    trained_to: int
    definition: str
    horizon_days: int
    clv_horizon_days: int
    days: Days
    alive: Alive
    ahead: Ahead
    score: Score
    advice: Advice
    notes: tuple[str, ...] = ()

    @property
    def first_day(self) -> int:
        """The day of the first purchase."""
        return int(self.days.bought[0])

    @property
    def tenure_days(self) -> int:
        """Days from the first purchase to `as_of`."""
        return self.as_of - self.first_day

    @property
    def purchases(self) -> int:
        """Days with at least one purchase."""
        return len(self.days.bought)

    @property
    def money(self) -> float | None:
        """Net revenue so far, refunds taken off; null where the model counts value in purchases."""
        return None if self.days.value is None else float(self.days.value.sum())

    @property
    def yearly(self) -> float | None:
        """The same as so much a year; null before `PACE_DAYS`, when one purchase would be told as a year's."""
        return None if self.money is None or self.tenure_days < PACE_DAYS else self.money / (self.tenure_days + 1) * 365

    def __repr__(self) -> str:
        """Return who it is, how they stand, and as of when."""
        said = "not covered" if self.score.p_defect is None else f"{self.score.p_defect:.2f}"
        return (
            f"Card({self.customer_id!r}: {self.score.status}, {self.score.segment}; {self.purchases} purchases; "
            f"p_alive {self.score.p_alive:.2f}, p_defect {said}; as of {date_of(self.as_of)})"
        )
