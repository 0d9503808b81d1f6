"""Grow: contact those who would take up another category, where a nudge to it is worth more than it costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from setia.engine import Engine
from setia.errors import InputError
from setia.history import Prepared
from setia.policy.doubt import Doubt
from setia.policy.ground import LAPSED, Appraisal, Ground
from setia.policy.headroom import habits, headroom
from setia.policy.next_category import next_category
from setia.policy.offer import Offer
from setia.policy.profit import Expected
from setia.policy.stakes import Array, Stakes
from setia.source import Log

NO_CATEGORY: Final = (
    "The log names no categories, or too few customers took up another within its last horizon: only what peers spend "
    "on a visit is counted."
)


@dataclass(frozen=True)
class Grow:
    """For all who have not lapsed. The default offer is a mere recommendation, which costs nothing but the contact.

    `peers_quantile`: the part of the peers that headroom is held against. `adopt_lift`: what a contact multiplies the
    chance of taking up the next category by; 1.25 is a modest guess until a campaign has been read back. `fill_chance`:
    that a contact makes a customer spend as those peers do; it serves where no next category could be learnt.

    Raises:
        InputError: a figure that cannot be.
    """

    offer: Offer = field(default_factory=lambda: Offer(cost=0.0, contact_cost=0.1))
    doubt: Doubt = field(default_factory=Doubt)
    peers_quantile: float = 0.8
    adopt_lift: float = 1.25
    fill_chance: float = 0.02

    def __post_init__(self) -> None:
        if not 0 < self.peers_quantile < 1:
            raise InputError(f"policy.peers_quantile={self.peers_quantile} must lie between 0 and 1.")
        if not self.adopt_lift >= 1:
            raise InputError(f"policy.adopt_lift={self.adopt_lift} must be at least 1, which is no effect.")
        if not 0 <= self.fill_chance <= 1:
            raise InputError(f"policy.fill_chance={self.fill_chance} is a chance; it must lie between 0 and 1.")

    @property
    def name(self) -> str:
        """What the policy is called."""
        return "grow"

    def appraise(self, ground: Ground) -> Appraisal:
        """Say what nudging each customer who has not lapsed to more would bring."""
        places = np.flatnonzero(ground.stakes.status != LAPSED)
        stakes = ground.stakes.rows(places)
        found = grow(self, ground.log, ground.prepare(), ground.engine, stakes, ground.horizon_days, ground.margin)
        notes = () if found.p_category.any() else (NO_CATEGORY,)
        return Appraisal(places, found.expected, found.sentences(np.arange(len(places))), notes)


@dataclass(frozen=True)
class Growth:
    """What more each customer could bring within the horizon; arrays of shape (customers,), in the order of the stakes.

    `headroom`: money of the log that the upper part of the peers spend more. `category`: the next to be taken up, null
    where there is none; `p_category`: the chance of it without any contact; `value_category`: what those who take it
    up spend on it, money of the log. `expected`: what a contact brings, in profit. `currency`: null where the log
    counts purchases.
    """

    headroom: Array
    category: NDArray[np.object_]
    p_category: Array
    value_category: Array
    expected: Expected
    horizon_days: int
    currency: str | None

    @property
    def profit(self) -> Array:
        """The expected profit of contacting each customer."""
        return self.expected.profit

    @property
    def cost(self) -> Array:
        """The expected cost of contacting each customer."""
        return self.expected.cost

    def sentences(self, places: NDArray[Any]) -> NDArray[np.object_]:
        """Return a sentence of each of some customers, shape (places,)."""
        return np.array([self._sentence(int(at)) for at in places], dtype=object)

    def _sentence(self, at: int) -> str:
        if self.category[at] is not None:
            return (
                f"Buys no '{self.category[at]}'; customers like this one take it up within {self.horizon_days} days in "
                f"{100 * self.p_category[at]:.0f} % of cases, worth {self._worth(self.value_category[at])}."
            )
        if self.headroom[at] > 0:
            return (
                f"Peers who come as often spend {self._worth(self.headroom[at])} more within {self.horizon_days} days."
            )
        return "Spends as much as the upper part of the peers, and has no category left to take up."

    def _worth(self, amount: float) -> str:
        figure = f"{amount:,.0f}" if amount >= 10 else f"{amount:,.2f}"
        return f"{figure} purchases" if self.currency is None else f"{self.currency} {figure}".lstrip()


def grow(
    settings: Grow, log: Log, prepared: Prepared, engine: Engine, stakes: Stakes, horizon_days: int, margin: float
) -> Growth:
    """Return what contacting each customer to sell them more would bring within the horizon, as of the log's last day.

    profit = saved - offer x (kept + takers) - contact. With a next category, taken up with chance p and worth V:
    kept = min(lift p, 1) - p, saved = kept V margin, takers = a p: those who take it up anyhow, and the offer with it.
    What is spent on it counts as coming on top. Where the log names no categories, or is too short to learn what comes
    next: kept = fill_chance x p_alive of those with headroom, saved = kept x headroom x margin, and takers are a of
    those who buy anyhow.

    Args:
        settings: of the policy.
        log: the log as it is known; its money is that of `amount`.
        prepared: its customer-days.
        engine: where it lies.
        stakes: the customers.
        horizon_days: within how many days.
        margin: what is left as profit of each unit of the log's money; with value=profit that of the whole base.
    """
    as_of = log.last_day
    known = habits(prepared, as_of)
    room = headroom(known.visits, known.money, known.tenure_days, known.breadth, horizon_days, settings.peers_quantile)
    (room,) = _aligned(stakes, known.customer_id, room)
    category = np.full(len(stakes), None, dtype=object)
    p, value = np.zeros(len(stakes)), np.zeros(len(stakes))
    if "category" in log.columns:
        found = next_category(log.lines, engine, as_of, horizon_days)
        category, p, value = _aligned(stakes, found.customer_id, found.category, found.chance, found.value)
    if p.any():
        kept = np.minimum(settings.adopt_lift * p, 1.0) - p
        expected = _expected(settings.offer, kept, p, kept * value * margin)
    else:
        kept = np.where(room > 0, settings.fill_chance * stakes.p_alive, 0.0)
        expected = _expected(settings.offer, kept, 1.0 - stakes.p_none, kept * room * margin)
    currency = log.currency if prepared.has_amount else None
    return Growth(room, category, p, value, expected, horizon_days, currency)


def _expected(offer: Offer, kept: Array, anyhow: Array, saved: Array) -> Expected:
    takers = offer.take_rate * anyhow
    cost = offer.contact_cost + offer.cost * (kept + takers)
    return Expected(saved - cost, saved, kept, takers, cost)


def _aligned(stakes: Stakes, customer_id: NDArray[np.object_], *columns: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return the columns in the order of the stakes; a customer who is not there has 0, or nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    place = pc.index_in(pa.array(stakes.customer_id, pa.string()), pa.array(customer_id, pa.string()))
    there, at = place.is_valid().to_numpy(zero_copy_only=False), place.fill_null(0).to_numpy()
    absent = {True: np.array(None, dtype=object), False: np.array(0.0)}
    return tuple(np.asarray(np.where(there, column[at], absent[column.dtype == object])) for column in columns)
