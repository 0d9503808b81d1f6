"""Windows of age: the last days before a cutoff, fixed or in the base's own median gaps."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import narwhals as nw

from setia.history import Base


class BaseColumns:
    """The scalars of `Base` as columns, since the rows of several cutoffs are derived together: null for None."""

    PREFIX: Final = "base:"
    NAMES: Final = tuple(field.name for field in fields(Base) if field.name != "waves")

    def __getattr__(self, name: str) -> nw.Expr:
        if name not in self.NAMES:
            raise AttributeError(f"The base has no {name}; it has {', '.join(self.NAMES)}.")
        return nw.col(self.PREFIX + name)


@dataclass(frozen=True)
class Window:
    """Ages from `newest` up to but not including `oldest`, in days or in median gaps of the base.

    Age 0 is the cutoff itself, so `Window("30d", oldest=30)` is the 30 days that end with it.
    """

    label: str
    oldest: int
    newest: int = 0
    in_gaps: bool = False

    @property
    def words(self) -> str:
        """How the dictionary calls it."""
        if self.newest:
            return f"{self._unit} {self.newest} to {self.oldest} before the cutoff"
        return f"last {self.length}"

    @property
    def length(self) -> str:
        """Its length in words, seen from the cutoff."""
        return f"{self.oldest} {self._unit}" if self.oldest > 1 else "median gap of the base"

    @property
    def _unit(self) -> str:
        return "median gaps of the base" if self.in_gaps else "days"

    def days(self, base: BaseColumns) -> nw.Expr:
        """Return the older bound in days, for a formula over customers of several cutoffs."""
        if not self.in_gaps:
            return nw.lit(float(self.oldest))
        gap = nw.when(~base.median_gap_days.is_null()).then(base.median_gap_days).otherwise(base.history_days)
        days = (gap * self.oldest + 0.5).floor()
        return nw.when(days > 1).then(days).otherwise(nw.lit(1.0))

    def ages(self, base: Base) -> tuple[int, int]:
        """Return the bounds in days; a base that never came twice has its whole history as its gap."""
        if not self.in_gaps:
            return self.newest, self.oldest
        gap = base.median_gap_days or float(base.history_days)
        return int(self.newest * gap + 0.5), max(1, int(self.oldest * gap + 0.5))


def _days(days: int) -> Window:
    return Window(f"{days}d", oldest=days)


def _gaps(gaps: int) -> Window:
    return Window("1gap" if gaps == 1 else f"{gaps}gaps", oldest=gaps, in_gaps=True)


SHORT_DAYS: Final = tuple(_days(days) for days in (7, 14))
DAYS: Final = tuple(_days(days) for days in (30, 60, 90, 180, 365))
GAPS: Final = tuple(_gaps(gaps) for gaps in (1, 2, 4, 8))
QUARTER: Final = _days(90)
RECENT: Final = (_gaps(4), QUARTER)
LAST_YEAR: Final = (
    Window("next_28d_last_year", newest=364 - 28, oldest=364),
    Window("next_91d_last_year", newest=364 - 91, oldest=364),
)
