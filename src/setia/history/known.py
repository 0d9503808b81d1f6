"""What is known of customer-days at a cutoff. Here and in `cut` a date is compared with a cutoff, nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from setia.history.calendar import weekday
from setia.history.runs import Ints, Mask

if TYPE_CHECKING:
    from setia.history.chunk import Chunk

#: The day of what never comes.
NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True)
class Entries:
    """Every category that each customer has bought so far, one entry each.

    `customer`: numbers within the chunk; `age_days` of the last time; `purchase_days` on which it was bought.
    """

    customer: Ints
    age_days: Ints
    purchase_days: Ints


class Known:
    """What a chunk tells at the end of the day `cutoff`: places of rows, and ages, never a later row.

    Attributes:
        fresh: rows that have become known since the cutoff before.
        fresh_customer: of each of them, its customer's place.
    """

    def __init__(self, chunk: Chunk, cutoff: int, since: int) -> None:
        self.cutoff = cutoff
        self._chunk, day = chunk, chunk.day
        self.fresh: Ints = np.flatnonzero((day > since) & (day <= cutoff))
        self.fresh_customer: Ints = chunk.customer[self.fresh]
        self._purchases: Ints = np.bincount(
            chunk.customer[chunk.purchase_rows[day[chunk.purchase_rows] <= cutoff]], minlength=len(chunk.ids)
        )

    @property
    def same_weekday(self) -> Ints:
        """Return the rows on or before the cutoff that fall on its weekday."""
        chunk = self._chunk
        return np.flatnonzero((chunk.weekday == weekday(self.cutoff)) & (chunk.day <= self.cutoff))

    @property
    def buyers(self) -> Mask:
        """Return, of each customer, whether a purchase is known."""
        return self._purchases > 0

    @property
    def customers(self) -> int:
        """Return how many customers have bought."""
        return int(np.count_nonzero(self._purchases))

    def age(self, rows: Ints) -> Ints:
        """Return the days from the given known rows to the cutoff."""
        return self.cutoff - self._chunk.day[rows]

    def holds(self, rows: Ints) -> Mask:
        """Return which of the rows are known."""
        return self._chunk.day[rows] <= self.cutoff

    def within(self, oldest: int) -> tuple[Ints, Ints]:
        """Return the rows of age 0 up to but not including `oldest`, and their ages."""
        age = self.cutoff - self._chunk.day
        rows = np.flatnonzero((age >= 0) & (age < oldest))
        return rows, age[rows]

    def latest(self, count: int) -> Ints:
        """Return the rows of each customer's last `count` purchases, by customer and day."""
        chunk = self._chunk
        known = np.minimum(self._purchases, count)
        end = chunk.first_purchase + self._purchases
        place = np.repeat(end - known, known) + np.arange(known.sum()) - np.repeat(np.cumsum(known) - known, known)
        rows: Ints = chunk.purchase_rows[place]
        return rows

    def entries(self, every: tuple[Ints, Ints, Ints, Ints]) -> Entries:
        """Return the categories so far, given all of `Chunk.entries`: the last time of each that is known."""
        customer, day, rank, next_day = every
        kept = np.flatnonzero((day <= self.cutoff) & (next_day > self.cutoff))
        return Entries(customer[kept], self.cutoff - day[kept], rank[kept])

    def again(self, every: tuple[Ints, Ints, Ints, Ints], horizon_days: int) -> Mask:
        """Return which of `entries` are bought again within the horizon: for outcomes, never for features."""
        _, day, _, next_day = every
        waited = next_day[(day <= self.cutoff) & (next_day > self.cutoff)] - self.cutoff
        return np.asarray(waited <= horizon_days)

    def ahead(self, horizon_days: int) -> Ints:
        """Return the rows after the cutoff and within the horizon: for outcomes, never for features."""
        day = self._chunk.day
        return np.flatnonzero((day > self.cutoff) & (day <= self.cutoff + horizon_days))
