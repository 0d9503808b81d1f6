"""Win back: contact those who have lapsed, where a second life would be worth more than it costs to begin."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from setia.policy.doubt import Doubt
from setia.policy.ground import LAPSED, Appraisal, Ground
from setia.policy.offer import Offer
from setia.policy.profit import expected_profit
from setia.policy.second_life import SecondLife, second_life


@dataclass(frozen=True)
class WinBack:
    """For all who have lapsed. The offer's `keep_chance` is that of bringing one back; `wake_share` is 1."""

    offer: Offer = field(default_factory=lambda: Offer(keep_chance=0.03, wake_share=1.0))
    doubt: Doubt = field(default_factory=Doubt)

    @property
    def name(self) -> str:
        """What the policy is called."""
        return "win_back"

    def appraise(self, ground: Ground) -> Appraisal:
        """Say what contacting each lapsed customer would bring: a second life as those before have been."""
        places = np.flatnonzero(ground.stakes.status == LAPSED)
        as_of = ground.log.last_day
        silence = ground.prepare().bases([as_of])[as_of].p99_gap_days
        if silence is None:  # nobody has come twice, so nobody can have lapsed
            return Appraisal(places, expected_profit(ground.stakes.rows(places), self.offer))
        found = second_life(ground.prepare(), as_of, silence, ground.horizon_days)
        stakes = ground.stakes.rows(places)
        weaker = replace(stakes, leaving=stakes.leaving * found.share, gone=stakes.gone * found.share)
        keep = None if ground.keep_chance is None else ground.keep_chance[places]
        return Appraisal(places, expected_profit(weaker, self.offer, keep), notes=(_note(found, silence),))


def _note(found: SecondLife, silence: float) -> str:
    if not found.returns:
        return (
            f"Nobody has come back after more than {silence:.0f} days and been followed for {found.follow_up_days}: "
            "a second life is taken to be as good as the first."
        )
    return (
        f"{found.returns:,} customers came back after more than {silence:.0f} days; in the {found.follow_up_days} days "
        f"after they brought {100 * found.measured:.0f} % of their former pace: a second life is counted at "
        f"{100 * found.share:.0f} %."
    )
