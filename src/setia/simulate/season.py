"""How the whole base's appetite swings over the week and the year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from setia.simulate.world import World

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Season:
    """The appetite of each day from `first_day` on, 1 on average, and its running total."""

    first_day: int
    appetite: Array
    total: Array

    @classmethod
    def of(cls, world: World, first_day: int, days: int) -> Season:
        """Lay out `days` days of the world's season."""
        day = np.arange(first_day, first_day + days)
        # 1970-01-03 was a Saturday
        week = 1 + world.weekly_amplitude * np.cos(2 * np.pi * (day - 2) / 7)
        year = 1 + world.yearly_amplitude * np.cos(2 * np.pi * (day + 1 - world.yearly_peak_day) / 365.25)
        appetite = week * year
        return cls(first_day, appetite, np.concatenate([[0.0], np.cumsum(appetite)]))

    def elapsed(self, time: npt.NDArray[np.floating[Any]]) -> Array:
        """Return the appetite gone by until each moment."""
        return np.asarray(np.interp(time - self.first_day, np.arange(len(self.total)), self.total), dtype=np.float64)

    def moment(self, elapsed: Array) -> Array:
        """Return the moment at which so much appetite has gone by."""
        return self.first_day + np.interp(elapsed, self.total, np.arange(len(self.total)))
