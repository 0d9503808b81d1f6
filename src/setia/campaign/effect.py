"""The read-back of a campaign: what contact brought, in retention and in money, and whether that is evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from setia.campaign.difference import Mask, difference
from setia.campaign.figure import Figure
from setia.campaign.rare import is_rare, rare_difference
from setia.campaign.strata import Floats, Index
from setia.errors import InputError


@dataclass(frozen=True)
class Followed:
    """The members of a campaign and what came of them; arrays of shape (members,).

    `contacted`: who was meant to be contacted, reached or not. `stratum`: within which the control group was drawn.
    `kept`: who stayed. `profit`: money brought within the follow-up, before the costs of contact and offer. `cost`: of
    contact and offer, of members or of each alike; a control's is not counted. `covariates`: what was known before the
    campaign, such as p_defect and expected value, shape (members, any number). `segment`: the groups to tell apart.

    Raises:
        InputError: lengths differ, contacted or kept is not boolean, or a profit or a cost is not a number.
    """

    contacted: Mask
    stratum: Index
    kept: Mask
    profit: Floats
    cost: float | Floats = 0.0
    covariates: Floats | None = None
    segment: NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        for name in ("stratum", "kept", "profit", "covariates", "segment"):
            column = getattr(self, name)
            if column is not None and len(column) != len(self.contacted):
                raise InputError(
                    f"A campaign's {name} has {len(column):,} rows for {len(self.contacted):,} members; "
                    "give one row per member, in one order."
                )
        if not self.contacted.dtype == self.kept.dtype == np.bool_:
            raise InputError("A campaign's contacted and kept must be true or false; write array == 1 for 0 and 1.")
        if np.shape(self.cost) not in ((), np.shape(self.contacted)):
            raise InputError("A campaign's cost must be one number or one per member.")
        if not (np.isfinite(self.profit).all() and np.isfinite(self.net).all()):
            raise InputError("A campaign's profit or cost is not a number for some members; count nothing as 0.")

    @property
    def net(self) -> Floats:
        """Return the profit less what the contacted cost, shape (members,)."""
        cost = np.broadcast_to(np.asarray(self.cost, dtype=np.float64), self.profit.shape)
        return np.where(self.contacted, self.profit - cost, self.profit)

    def of(self, rows: Mask) -> Followed:
        """Return some of the members."""
        cost = self.cost[rows] if isinstance(self.cost, np.ndarray) and self.cost.ndim else self.cost
        covariates = None if self.covariates is None else self.covariates[rows]
        one = self.contacted[rows], self.stratum[rows], self.kept[rows], self.profit[rows]
        return Followed(*one, cost, covariates)


@dataclass(frozen=True)
class Effect:
    """What contact changed among some members: all of them, or those of a segment.

    `retention`: of the kept share (0.031 is 3.1 points). `profit`: money per contacted customer, net of costs; `total`:
    of all contacted ones together. Each is null where an arm has too few members, or none that differ, to tell.
    """

    segment: str | None
    contacted: int
    control: int
    retention: Figure | None
    profit: Figure | None

    @property
    def total(self) -> Figure | None:
        """Return the net profit of all contacted customers together."""
        return None if self.profit is None else self.profit.times(max(self.contacted, 1))


@dataclass(frozen=True)
class ReadBack:
    """The effect over all members, at 95 % unless asked otherwise, and by segment.

    Segments are judged together: their intervals are simultaneous (Bonferroni: 1 - .05 / number of segments each), so
    that in a campaign without effect one segment or more is claimed in about 5 % of cases, for each of the two
    outcomes. An interval and its evidence therefore never disagree.
    """

    overall: Effect
    segments: tuple[Effect, ...]

    @property
    def evidence(self) -> bool:
        """Whether the campaign as a whole has been shown to pay: net profit above none."""
        return self.overall.profit is not None and self.overall.profit.evidence

    @property
    def harm(self) -> bool:
        """Whether it has been shown to cost more than it brings."""
        return self.overall.profit is not None and self.overall.profit.harm


def read_back(followed: Followed, level: float = 0.95) -> ReadBack:
    """Return what contact changed: the average over members like these of contact less no contact.

    Whoever was meant to be contacted counts as contacted (intent to treat). Retention is judged by `difference`, or by
    `rare_difference` where nearly all or nearly none stay; money by `difference`.

    Raises:
        InputError: an arm is empty, so that there is nothing to compare.
    """
    contacted = int(followed.contacted.sum())
    if not 0 < contacted < len(followed.contacted):
        arm = "nobody to contact" if not contacted else "nobody left alone"
        raise InputError(f"The campaign has {arm}, so what contact brought cannot be told; keep a control group.")
    names = [] if followed.segment is None else np.unique(followed.segment).tolist()
    together = 1 - (1 - level) / max(len(names), 1)
    parts = [_effect(followed.of(followed.segment == name), str(name), together) for name in names]
    return ReadBack(_effect(followed, None, level), tuple(parts))


def _effect(members: Followed, segment: str | None, level: float) -> Effect:
    contacted, kept = members.contacted, members.kept
    x = np.empty((len(kept), 0)) if members.covariates is None else members.covariates
    if is_rare(kept, contacted):
        retention = rare_difference(kept, contacted, level)
    else:
        retention = difference(kept.astype(np.float64), contacted, members.stratum, x, level)
    profit = difference(members.net, contacted, members.stratum, x, level)
    return Effect(segment, int(contacted.sum()), int((~contacted).sum()), retention, profit)
