"""Win back: for the lapsed alone, whose second life is counted as those before have been."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from makers import START, rows_of

from setia.policy import Offer, Stakes, WinBack, expected_profit
from setia.policy.second_life import second_life

from .makers import stakes_of
from .small_ground import HORIZON, LAST, ground_of

#: Who came back after a long silence, to come seldom.
RETURNED = [
    {"customer_id": f"back{who}", "day": START + day, "amount": 10.0}
    for who in range(4)
    for day in (0, 5, 10, 100, 110)
]


def lapsed(stakes: Stakes) -> np.ndarray:
    return np.array([k for k, status in enumerate(stakes.status) if status == "lapsed"])


def test_it_is_for_the_lapsed_and_their_second_life() -> None:
    stakes, offer = stakes_of(), Offer(keep_chance=0.2, wake_share=1.0)
    with ground_of(stakes, [*rows_of(), *RETURNED]) as ground:
        found = WinBack(offer).appraise(ground)
        silence = ground.prepare().bases([LAST])[LAST].p99_gap_days
        assert silence is not None
        life = second_life(ground.prepare(), LAST, silence, HORIZON)
    assert found.places.tolist() == lapsed(stakes).tolist()
    assert 0 < len(found.places) < len(stakes)
    assert 0 < life.share < 1
    weaker = replace(stakes, leaving=stakes.leaving * life.share, gone=stakes.gone * life.share)
    assert found.expected.profit == pytest.approx(expected_profit(weaker, offer).profit[found.places])
    (note,) = found.notes
    assert note.startswith(f"{life.returns} customers came back after more than {silence:.0f} days; in the {HORIZON} ")
    assert f"they brought {100 * life.measured:.0f} % of their former pace" in note
    assert note.endswith(f"a second life is counted at {100 * life.share:.0f} %.")


def test_an_uplift_is_each_customers_own() -> None:
    stakes = stakes_of()
    uplift = np.linspace(0, 1, len(stakes))
    with ground_of(stakes, keep_chance=uplift) as ground:
        found = WinBack().appraise(ground)
    assert found.expected.kept[stakes.p_alive[found.places] == 0] == pytest.approx(
        uplift[found.places][stakes.p_alive[found.places] == 0]
    )


def test_where_nobody_came_back_the_first_life_counts() -> None:
    stakes = stakes_of()
    with ground_of(stakes, [row for row in rows_of(60) if row["day"] >= LAST - 40]) as ground:
        found = WinBack().appraise(ground)
    assert found.notes[0].startswith("Nobody has come back after more than")
    assert found.expected.profit == pytest.approx(expected_profit(stakes, WinBack().offer).profit[found.places])


def test_where_nobody_came_twice_nobody_has_lapsed() -> None:
    stakes = stakes_of(status=np.full(60, "active", dtype=object))
    once = list({row["customer_id"]: row for row in rows_of(60)}.values())
    with ground_of(stakes, once) as ground:
        found = WinBack().appraise(ground)
    assert (len(found.places), len(found.expected.profit), found.notes) == (0, 0, ())
