"""The expected profit of contacting a customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from setia.policy.offer import Offer
from setia.policy.stakes import Array, Stakes

_TINY = 1e-12


@dataclass(frozen=True)
class Expected:
    """What is expected of contacting each customer; arrays of shape (customers,), money as profit.

    `profit` = saved - offer x (kept + takers) - contact. `saved`: value that the contact saves; `kept`: the chance that
    it keeps the customer; `takers`: that one who buys anyhow takes the offer; `cost`: what contact and offer cost.
    """

    profit: Array
    saved: Array
    kept: Array
    takers: Array
    cost: Array

    def rows(self, chosen: NDArray[Any]) -> Expected:
        """Return some customers, by a mask or by their places."""
        return Expected(*(getattr(self, name)[chosen] for name in Expected.__dataclass_fields__))


def reach(stakes: Stakes, offer: Offer) -> Array:
    """Return the chance that there is somebody to keep, or to wake by `wake_share`: kept = keep_chance x reach."""
    # the share of those still there who leave, as money tells it
    share = np.clip(np.abs(stakes.leaving) / np.maximum(np.abs(stakes.clv), _TINY), 0.0, 1.0)
    return np.asarray(stakes.p_alive * share + offer.wake_share * (1.0 - stakes.p_alive))


def expected_profit(stakes: Stakes, offer: Offer, keep_chance: Array | None = None) -> Expected:
    """Return the expected profit of contacting each customer, shape (customers,).

    p gamma (V - offer) - (1 - p) offer a - contact (Neslin et al. 2006, Verbeke et al. 2012) with each customer's own
    figures, where those who defect are of two kinds: some leave within the horizon and are kept with the chance
    `keep_chance`; some have left already, which nobody has seen, and come back with `wake_share` of it. So p gamma V
    is keep_chance x (leaving + wake_share x gone): neither counts customers whom chance alone keeps away for a while,
    with whom nothing is lost. Who buys nothing takes no offer.

    `keep_chance`: of each customer (an uplift model's), in place of the offer's, shape (customers,).
    """
    keep: Any = offer.keep_chance if keep_chance is None else keep_chance
    saved = keep * (stakes.leaving + offer.wake_share * stakes.gone)
    kept = keep * reach(stakes, offer)
    takers = offer.take_rate * (1.0 - stakes.p_none)
    cost = offer.contact_cost + offer.cost * (kept + takers)
    return Expected(saved - cost, saved, np.asarray(kept), np.asarray(takers), np.asarray(cost))
