"""The segments of a base: `make segments` from Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setia.report.cells import Cells, Shown, money
from setia.timeline import date_of

if TYPE_CHECKING:
    import pandas as pd

    from setia.act import Segments as Found


@dataclass(frozen=True, repr=False, eq=False)
class Segments(Shown):
    """How many customers and how much money each segment holds, and what the most valuable began with."""

    found: Found

    def table(self) -> pd.DataFrame:
        """Return a row for each segment: customers, clv, value_at_risk, p_defect, profit and what it means."""
        from setia.report.segments import table

        frame: pd.DataFrame = table(self.found).to_pandas()
        return frame

    def profile(self) -> pd.DataFrame:
        """Return the traits of first purchases, clearest difference first: shares of the valuable and of the rest.

        `lift` is their ratio, `evident` whether it is beyond chance, at 95 % for all traits together.
        """
        from setia.report.segments import profile_table

        frame: pd.DataFrame = profile_table(self.found).to_pandas()
        return frame

    def _cells(self) -> Cells:
        found = self.found
        head = f"Segments of {found.log} as of {date_of(found.as_of)}: {found.customers:,} customers, of whom "
        rows = tuple(
            (one.name, f"{one.customers:,} customers, clv {money(one.clv, found.currency)}") for one in found.sums
        )
        return Cells(f"{head}{found.valuable:,} are valuable", rows)
