"""Retain: for all who have not lapsed, by the offer or by what an uplift model says of each."""

from __future__ import annotations

import numpy as np
import pytest

from setia.policy import Offer, Retain, expected_profit

from .makers import stakes_of
from .small_ground import ground_of


def test_it_is_for_all_who_have_not_lapsed() -> None:
    stakes, offer = stakes_of(), Offer(cost=3.0, keep_chance=0.2)
    with ground_of(stakes) as ground:
        found = Retain(offer).appraise(ground)
    assert found.places.tolist() == [k for k, status in enumerate(stakes.status) if status != "lapsed"]
    assert 0 < len(found.places) < len(stakes)
    assert found.expected.profit == pytest.approx(expected_profit(stakes, offer).profit[found.places])
    assert (found.said, found.notes) == (None, ())


def test_an_uplift_is_each_customers_own() -> None:
    stakes = stakes_of()
    uplift = np.linspace(0, 1, len(stakes))
    with ground_of(stakes, keep_chance=uplift) as ground:
        found = Retain(Offer(keep_chance=0.5)).appraise(ground)
    assert found.expected.saved == pytest.approx(expected_profit(stakes, Offer(), uplift).saved[found.places])
