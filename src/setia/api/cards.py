"""The card of one customer: `make customer` from Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from setia.card import Card


@dataclass(frozen=True, repr=False, eq=False)
class CustomerCard:
    """One customer as of the log's last day: what they did, what is expected of them and why, what is recommended.

    `print` writes it as text; a notebook shows it with its picture. `card` holds every number.
    """

    card: Card

    def figure(self) -> Figure:
        """Draw the purchases, with the chance that the customer is still one over time."""
        from setia.report.card import figure

        return figure(self.card)

    def table(self) -> pd.DataFrame:
        """Return the facts: what each is called, its value, and how it is said."""
        from setia.report.card import table

        return table(self.card)

    def timeline(self) -> pd.DataFrame:
        """Return a row for each day that is drawn: date, p_alive, purchase, value."""
        from setia.report.card import timeline

        return timeline(self.card)

    def __str__(self) -> str:
        from setia.report.card import text

        return text(self.card)

    def __repr__(self) -> str:
        return repr(self.card)

    def _repr_html_(self) -> str:
        from setia.report.card import html

        return html(self.card)
