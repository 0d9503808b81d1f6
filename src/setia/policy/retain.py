"""Retain: contact those who are about to leave, where that is worth more than it costs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from setia.policy.doubt import Doubt
from setia.policy.ground import LAPSED, Appraisal, Ground
from setia.policy.offer import Offer
from setia.policy.profit import expected_profit


@dataclass(frozen=True)
class Retain:
    """For all who have not lapsed."""

    offer: Offer = field(default_factory=Offer)
    doubt: Doubt = field(default_factory=Doubt)

    @property
    def name(self) -> str:
        """What the policy is called."""
        return "retain"

    def appraise(self, ground: Ground) -> Appraisal:
        """Say what contacting each customer who has not lapsed would bring."""
        places = np.flatnonzero(ground.stakes.status != LAPSED)
        keep = None if ground.keep_chance is None else ground.keep_chance[places]
        return Appraisal(places, expected_profit(ground.stakes.rows(places), self.offer, keep))
