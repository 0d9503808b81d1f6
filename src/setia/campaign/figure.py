"""One figure of a read-back: what contact changed, how sure that is, and what it would have been without."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Figure:
    """A difference between contact and no contact.

    `estimate` lies in an interval from `lo` to `hi` that covers the true difference with chance `level`; `p` is the
    two-sided chance of a difference at least so far from none if there were none, and is below 1 - level exactly where
    the interval leaves out 0. `without` is what the members would have come to without contact.
    """

    estimate: float
    lo: float
    hi: float
    p: float
    without: float
    level: float

    @property
    def evidence(self) -> bool:
        """Whether the interval lies above 0."""
        return self.lo > 0

    @property
    def harm(self) -> bool:
        """Whether the interval lies below 0."""
        return self.hi < 0

    def times(self, factor: float) -> Figure:
        """Return the figure in another unit; `factor` is positive."""
        return replace(
            self,
            estimate=self.estimate * factor,
            lo=self.lo * factor,
            hi=self.hi * factor,
            without=self.without * factor,
        )
