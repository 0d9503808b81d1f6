"""The difference of two shares where one of the two outcomes is rare."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from setia.campaign.difference import Mask
from setia.campaign.figure import Figure

#: With fewer of either outcome in an arm, a normal interval of a share is not to be trusted.
COMMON: Final = 10


def is_rare(kept: Mask, contacted: Mask) -> bool:
    """Say whether an arm has so few kept, or so few lost, that shares need `rare_difference`."""
    return any(min(int(kept[arm].sum()), int((~kept[arm]).sum())) < COMMON for arm in (contacted, ~contacted))


def rare_difference(kept: Mask, contacted: Mask, level: float) -> Figure | None:
    """Return the difference of the kept shares with Newcombe's interval, null where an arm is empty.

    Newcombe (1998), method 10: Wilson's intervals of the two shares, put together. Strata are left out; a lot in
    proportion to their sizes makes that fair. The p-value is that of the level whose interval just reaches 0.
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    arms = [kept[contacted], kept[~contacted]]
    if not all(map(len, arms)):
        return None
    (one, n1), (other, n0) = ((float(np.mean(arm)), len(arm)) for arm in arms)

    def interval(z: float) -> tuple[float, float]:
        (lo1, hi1), (lo0, hi0) = _wilson(one, n1, z), _wilson(other, n0, z)
        return one - other - math.hypot(one - lo1, hi0 - other), one - other + math.hypot(hi1 - one, other - lo0)

    lo, hi = interval(float(norm.ppf((1 + level) / 2)))
    end = 0 if one > other else 1
    # at so many standard errors every interval holds 0
    p = 1.0 if one == other else 2 * float(norm.sf(brentq(lambda z: interval(z)[end], 1e-9, 1e3)))
    return Figure(one - other, lo, hi, p, other, level)


def _wilson(share: float, n: int, z: float) -> tuple[float, float]:
    middle = share + z * z / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - reach) / (1 + z * z / n), (middle + reach) / (1 + z * z / n)
