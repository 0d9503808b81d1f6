"""One customer beside all others: what they bought, and which of their features stand out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setia.report.cells import Cells, Shown, money

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False, eq=False)
class Customer(Shown):
    """One customer as of the log's last day.

    Attributes:
        customer_id: who.
        purchases: the customer's days (date, value, is_purchase).
        features: a row for each feature that the customer has, the most unusual first: value; the base's 5 %, 50 %
            and 95 % points (low, typical, high); the share of customers below (place: .5 is the middle, equals
            count half); the meaning.
        last_day: the log's last day.
    """

    customer_id: str
    purchases: pd.DataFrame
    features: pd.DataFrame
    last_day: pd.Timestamp

    def timeline(self) -> Figure:
        """Draw the purchases up to the log's last day."""
        from setia.report.explore import timeline

        return timeline(self.purchases, self.last_day)

    def _cells(self) -> Cells:
        bought = self.purchases[self.purchases["is_purchase"]]
        brought = f", {money(self.purchases['value'].sum())} in all" if "value" in self.purchases else ""
        span = f"{bought['date'].min():%Y-%m-%d} to {bought['date'].max():%Y-%m-%d}"
        days = (self.last_day - bought["date"].max()).days
        silent = f"{days:,} day{'' if days == 1 else 's'}, up to {self.last_day:%Y-%m-%d}"
        unusual = ", ".join(self.features.index[:3])
        rows = (("purchases", f"{len(bought):,}, {span}{brought}"), ("silent for", silent), ("most unusual", unusual))
        return Cells(f"Customer {self.customer_id}", rows)


def beside_the_base(table: pd.DataFrame, customer_id: str, meanings: Mapping[str, str]) -> pd.DataFrame:
    """Return `Customer.features` from a table of features with one row per customer, indexed by customer_id."""
    import pandas as pd

    base, own = table.astype("float64"), table.loc[customer_id].astype("float64")
    below, equal = base.lt(own).sum(), base.eq(own).sum()
    points = {name: base.quantile(q) for name, q in (("low", 0.05), ("typical", 0.5), ("high", 0.95))}
    place = (below + equal / 2) / base.notna().sum()
    found = pd.DataFrame({"value": own, **points, "place": place, "meaning": pd.Series(meanings)})
    found = found.dropna(subset="value").rename_axis("feature")
    return found.iloc[(found["place"] - 0.5).abs().argsort(kind="stable")[::-1]]
