"""How the base stands today: who is at risk, what is at stake, as several sections say it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from setia.report.page.story import Floats, Story

Mask = NDArray[np.bool_]
#: Who is likelier to leave than not is at risk, whatever they bring.
LIKELY = 0.5
#: Policies whose campaigns of today are told.
CAMPAIGNS = ("retain", "win_back")


@dataclass(frozen=True)
class Standing:
    """Masks and sums over the scores of a story."""

    story: Story

    @cached_property
    def here(self) -> Mask:
        """Who has not lapsed."""
        return np.asarray(self.story.texts("status") != "lapsed", dtype=np.bool_)

    @cached_property
    def p(self) -> Floats:
        """The probability of defection, NaN where the definition does not cover a customer."""
        return self.story.column("p_defect")

    @cached_property
    def stake(self) -> Floats:
        """The value at risk, 0 where none is known or where leaving would save money."""
        return np.maximum(np.nan_to_num(self.story.column("value_at_risk")), 0.0)

    @property
    def threshold(self) -> float:
        """The probability from which on one of the valuable is said to be at risk."""
        return min(self.story.divide.risky, LIKELY)

    @cached_property
    def at_risk(self) -> Mask:
        """Who has not lapsed and is at risk as segments have it: of the valuable from the threshold on, of the others
        who is likelier to leave than not."""
        valuable = self.story.column("clv") >= self.story.divide.valuable
        least = np.where(valuable, self.threshold, max(self.threshold, LIKELY))
        return np.asarray(self.here & (np.nan_to_num(self.p) >= least))

    @cached_property
    def contacted(self) -> dict[str, Mask]:
        """Policy -> who would be contacted by a campaign of today; its control group is not among them."""
        found = {}
        for made in self.story.plans:
            mask = np.zeros(len(self.here), dtype=np.bool_)
            if made.chosen is not None:
                mask[made.chosen.places[made.chosen.contacted]] = True
            found[made.campaign.policy] = mask
        return found

    @cached_property
    def alarmed(self) -> Mask:
        """Of whom an alert tells."""
        told = self.story.alerting.alerts if self.story.alerting is not None else ()
        names = {one.customer_id for one in told}
        return np.array([one in names for one in self.story.texts("customer_id")], dtype=np.bool_)

    @property
    def leaving(self) -> float:
        """How many of those who have not lapsed are expected to leave within the horizon."""
        return float(np.nansum(self.p[self.here]))

    @property
    def money_at_risk(self) -> float:
        """What those who have not lapsed stand to take with them, weighed by how likely they leave."""
        return float(self.stake[self.here].sum())

    @property
    def future(self) -> float:
        """The clv of all."""
        return float(self.story.column("clv").sum())
