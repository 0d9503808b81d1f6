"""Groups of alike members within which a control group is drawn and an effect is read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from setia.errors import InputError

Index = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Fewer members than this do not fill a stratum.
SMALLEST = 8


def strata_of(expected_profit: Floats, segment: NDArray[np.str_], bands: int = 5, least: int = SMALLEST) -> Index:
    """Return each member's stratum, 0 and up without gaps, shape (members,).

    A stratum is a segment crossed with a band of expected profit, `bands` equally filled ones within each segment;
    equal profits share a band. A stratum of fewer than `least` members joins the next band of its segment, and a
    segment that is too small as a whole joins the next segment by name. Profits that are not numbers count as lowest.
    """
    if len(expected_profit) != len(segment):
        raise InputError(
            f"There are {len(expected_profit):,} expected profits for {len(segment):,} segments of members; "
            "give one of each per member."
        )
    if not len(segment):
        return np.empty(0, dtype=np.int64)
    profit = np.where(np.isnan(expected_profit), -np.inf, expected_profit)
    group = np.unique(segment, return_inverse=True)[1]
    band = np.empty(len(profit), dtype=np.int64)
    for one in range(group.max() + 1):
        mine = profit[group == one]
        below = np.searchsorted(np.sort(mine), mine)
        band[group == one] = below * bands // len(mine)
    cell, stratum = np.unique(group * bands + band, return_inverse=True)
    return filled(stratum.astype(np.int64), np.ones((len(profit), 1), dtype=np.bool_), least, cell // bands)


def filled(stratum: Index, arms: NDArray[np.bool_], least: int, group: Index | None = None) -> Index:
    """Return strata that hold at least `least` members of every arm; one stratum where even all together do not.

    `stratum` numbers them in an order in which neighbours are alike, shape (members,); `arms` says who belongs to
    which arm, shape (members, arms); `group`, one per stratum number, keeps merging within a group as long as the
    group has more than one stratum left. The emptiest is merged first, with the emptier of its neighbours.
    """
    names, code = np.unique(stratum, return_inverse=True)
    counts = np.stack([np.bincount(code[arm], minlength=len(names)) for arm in arms.T], axis=1)
    heads = list(range(len(names)))
    groups = [0] * len(names) if group is None else [int(one) for one in np.asarray(group)[names]]
    held = [tuple(int(n) for n in row) for row in counts]
    while len(heads) > 1 and min(map(min, held)) < least:
        at = min(range(len(heads)), key=lambda i: (min(held[i]), sum(held[i])))
        beside = [i for i in (at - 1, at + 1) if 0 <= i < len(heads)]
        kin = [i for i in beside if groups[i] == groups[at]] or beside
        other = min(kin, key=lambda i: (min(held[i]), sum(held[i])))
        low, high = sorted((at, other))
        held[low : high + 1] = [tuple(a + b for a, b in zip(held[low], held[high], strict=True))]
        groups[low : high + 1] = [groups[other]]
        del heads[high]
    return (np.searchsorted(np.array(heads), code, side="right") - 1).astype(np.int64)
