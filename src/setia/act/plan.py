"""From an appraisal to a campaign: who is a member, who of them is left alone by lot, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from setia.act.settings import ActSettings
from setia.campaign import Control, detectable, draw_control, recommended_share, sentence, strata_of
from setia.errors import InputError
from setia.policy.choose import Limits, choose
from setia.policy.doubt import REACH
from setia.policy.profit import Expected
from setia.policy.stakes import Stakes

#: The share left alone where no share could prove what is wanted: half of them would be given up for nothing, but a
#: few small campaigns read together may tell.
UNPROVEN = 0.2


@dataclass(frozen=True)
class Chosen:
    """The members of a campaign: `places` in the stakes, best first; `expected` of each; who is left alone.

    `power`: a sentence on what their number can detect, null with nobody left alone.
    """

    places: NDArray[np.int64]
    expected: Expected
    control: Control
    power: str

    @property
    def contacted(self) -> NDArray[np.bool_]:
        """Who is to be contacted."""
        return ~self.control.mask

    @property
    def cost(self) -> float:
        """What contacting them is expected to cost, in contacts and offers."""
        return float(self.expected.cost[self.contacted].sum())

    @property
    def profit(self) -> float:
        """What contacting them is expected to bring."""
        return float(self.expected.profit[self.contacted].sum())

    def bounds(self, spread: float) -> tuple[float, float]:
        """Return the 80 % interval of that profit: errors that all customers share move what is saved.

        `spread`: standard deviation of the logarithm of what is saved (`setia.policy.Doubt`).
        """
        saved = float(self.expected.saved[self.contacted].sum())
        return saved * exp(-REACH * spread) - self.cost, saved * exp(REACH * spread) - self.cost


def plan(
    settings: ActSettings, stakes: Stakes, places: NDArray[np.int64], expected: Expected, name: str, seed: int
) -> Chosen | None:
    """Choose the members and draw who is left alone; null where contacting nobody pays.

    `places`: of those who may be contacted, in the stakes; `expected` of each of them. Budget and count are of those
    who are contacted, so that the members are the more by the control group.

    Raises:
        InputError: the budget or the count is too small for two members, one for each arm.
    """
    ranked = choose(expected, Limits())
    if not len(ranked):
        return None
    budget, count = settings.budget, settings.count
    while True:
        share = settings.control or _share(stakes.rows(places[_members(expected, budget, count, 0.0)]), settings)
        members = _members(expected, budget, count, share)
        if len(members) < 2:
            raise InputError(_too_few(settings, expected))
        chosen = _drawn(settings, stakes, places, expected, members, share, name, seed)
        if settings.budget is None or chosen.cost <= settings.budget:
            return chosen
        # the lot has left alone those who cost little: a little less for all, so that one member fewer fits at least
        all_members = float(chosen.expected.cost.sum()) * (1.0 - share)
        budget = min(budget or all_members, all_members) * settings.budget / chosen.cost * (1.0 - 1e-3)


def _members(expected: Expected, budget: float | None, count: int | None, share: float) -> NDArray[np.int64]:
    rest = 1.0 - share
    limits = Limits(None if budget is None else budget / rest, None if count is None else max(round(count / rest), 1))
    return choose(expected, limits)


def _share(members: Stakes, settings: ActSettings) -> float:
    """Return the share of the members that it takes to detect what is wanted, `UNPROVEN` where no share does."""
    if len(members) < 2:
        return UNPROVEN
    rate = _kept(members)
    found = recommended_share(len(members), rate, min(settings.detect, 1.0 - rate))
    return found.share if found.enough else UNPROVEN


def _kept(members: Stakes) -> float:
    """Return the share of them who are expected to buy within the horizon without a contact."""
    return float(np.clip(np.mean(1.0 - members.p_none), 1e-3, 1.0 - 1e-3))


def _drawn(
    settings: ActSettings,
    stakes: Stakes,
    places: NDArray[np.int64],
    expected: Expected,
    members: NDArray[np.int64],
    share: float,
    name: str,
    seed: int,
) -> Chosen:
    who, of = stakes.rows(places[members]), expected.rows(members)
    ids, segment = who.customer_id.astype(np.str_), who.segment.astype(np.str_)
    control = draw_control(ids, strata_of(of.profit, segment), name=name, seed=seed, share=share)
    alone, rate = control.size, _kept(who)
    said = sentence(len(who) - alone, alone, rate)
    if detectable(len(who) - alone, alone, rate) > settings.detect:
        said += f" That is more than the {100 * settings.detect:.1f} points wanted (act.detect): expect no proof."
    return Chosen(places[members], of, control, said)


def _too_few(settings: ActSettings, expected: Expected) -> str:
    paying = choose(expected, Limits())
    if len(paying) < 2:
        return (
            "Contacting pays with 1 customer only, but a campaign needs two members, of whom one is left alone to "
            "compare with. A cheaper offer, or one that keeps more, may pay with more of them."
        )
    cost = float(expected.cost[paying[:2]].mean())
    asked = f"act.budget={settings.budget:g}" if settings.budget is not None else f"act.count={settings.count}"
    return (
        f"{asked} leaves fewer than two members, of whom one is left alone to compare with; contact and offer cost "
        f"about {cost:,.2f} a customer. Allow for more."
    )
