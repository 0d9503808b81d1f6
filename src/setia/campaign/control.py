"""The control group: members who are left alone by lot, so that what contact brings can be told."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from setia.campaign.strata import Floats, Index, filled
from setia.errors import InputError

#: So many members of each arm are expected in every stratum: a variance needs two.
BOTH_ARMS = 2


@dataclass(frozen=True)
class Control:
    """Who is left alone; arrays of shape (members,).

    `mask`: true for the control group. `chance`: of being drawn into it, known exactly (the propensity of a later
    read-back is one less it). `stratum`: within which the lot was drawn, strata that were too small merged.
    """

    mask: NDArray[np.bool_]
    chance: Floats
    stratum: Index

    @property
    def size(self) -> int:
        """Return how many are left alone."""
        return int(self.mask.sum())


def draw_control(
    ids: Sequence[str] | NDArray[np.str_],
    strata: Index,
    *,
    name: str,
    seed: int,
    share: float | None = None,
    count: int | None = None,
) -> Control:
    """Draw a control group, a `share` of all members or a `count` of them, in proportion from every stratum.

    `ids` and `strata` have shape (members,). Strata in which fewer than two of an arm would be expected are merged with
    their neighbour by number, so that nobody is sure to be contacted or sure to be left alone. Counts are then exact:
    the whole part of each stratum's quota, and the rest of the total by largest remainder, ties by lot. The lot depends
    on the campaign's name, the seed and who the members are, not on the order in which they are given.

    Raises:
        InputError: an id comes twice; neither or both of share and count are given; or no member would be left for one
            of the arms.
    """
    who = np.asarray(ids, dtype=np.str_)
    total = _total(len(who), share, count)
    if len(strata) != len(who):
        raise InputError(f"There are {len(strata):,} strata for {len(who):,} members; give one per member.")
    order = np.argsort(who, kind="stable")
    twice = np.flatnonzero(who[order][1:] == who[order][:-1])
    if len(twice):
        raise InputError(f"Member {who[order][twice[0]]} comes twice; each customer can be in a campaign once.")
    ours, all_members = total / len(who), np.ones((len(who), 1), dtype=np.bool_)
    stratum = filled(strata, all_members, int(np.ceil(BOTH_ARMS / min(ours, 1 - ours) - 1e-9)))
    random = np.random.default_rng([seed, *hashlib.sha256(name.encode()).digest()])
    sizes = np.bincount(stratum)
    drawn = _shares_of(total, sizes, random)
    lot = np.empty(len(who))
    lot[order] = random.random(len(who))
    by_lot = np.lexsort((lot, stratum))
    place = np.arange(len(who)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    mask = np.zeros(len(who), dtype=np.bool_)
    mask[by_lot] = place < drawn[stratum[by_lot]]
    return Control(mask, (drawn / sizes)[stratum], stratum)


def _total(members: int, share: float | None, count: int | None) -> int:
    if members < 2:
        raise InputError(f"A campaign of {members} members has none to leave alone; it needs at least 2.")
    if (share is None) == (count is None):
        raise InputError("A control group needs its share of the members or its count: give one of them, not both.")
    if share is not None:
        if not 0 < share < 1:
            raise InputError(f"A control group of {share:g} of the members is none; give a share between 0 and 1.")
        return min(max(round(share * members), 1), members - 1)
    assert count is not None
    if not 0 < count < members:
        raise InputError(
            f"A control group of {count:,} out of {members:,} members leaves an arm empty; "
            f"give a count from 1 to {members - 1:,}."
        )
    return count


def _shares_of(total: int, sizes: Index, random: np.random.Generator) -> Index:
    """Divide a total over the strata in proportion to their sizes, in whole members."""
    # in integers, so that equal remainders are equal
    whole, rest = np.divmod(total * sizes, sizes.sum())
    by_remainder = np.lexsort((random.random(len(sizes)), -rest))
    whole[by_remainder[: total - whole.sum()]] += 1
    return np.asarray(whole, dtype=np.int64)
