"""The chance of a purchase in the days to come: from nothing, never falling, through what the blend says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import HORIZON
from small_cards import customers, revenue, usual

from setia.btyd import MBGNBD
from setia.card.ahead import chances_ahead
from setia.card.parts import EVEN, YEAR_DAYS

#: Of a base whose customers buy every week or so and leave by and by.
MBG = MBGNBD(r=0.9, alpha=8.0, a=0.6, b=4.0, log_likelihood=0.0, converged=True)


@given(
    st.lists(st.integers(0, 700), min_size=1, max_size=40, unique=True),
    st.integers(0, 900),
    st.integers(1, 500),
    st.floats(0.0, 1.0),
    st.booleans(),
)
def test_it_rises_from_nothing_through_what_the_blend_says(
    days: list[int], silence: int, horizon: int, p_none: float, mbg: bool
) -> None:
    bought = np.sort(np.array(days, dtype=np.int64))
    model = MBG if mbg else revenue().dropout.purchases
    ahead = chances_ahead(model, bought, int(bought[-1]) + silence, horizon, p_none)
    assert len(ahead.chance) == max(horizon, YEAR_DAYS) + 1
    assert ahead.chance[0] == 0
    assert np.all(np.diff(ahead.chance) >= 0)
    assert np.all((ahead.chance >= 0) & (ahead.chance <= 1))
    assert ahead.within(horizon) == pytest.approx(1 - p_none, abs=1e-9)
    if ahead.even_day is not None:
        place = ahead.even_day - ahead.as_of
        assert ahead.chance[place] >= EVEN > ahead.chance[place - 1]
    else:
        assert ahead.within(YEAR_DAYS) < EVEN


@pytest.mark.parametrize("who", customers()[::8])
def test_a_card_agrees_with_its_scores(who: str) -> None:
    card = usual(who)
    assert card.horizon_days == HORIZON
    assert card.ahead.within(HORIZON) == pytest.approx(1 - card.score.p_none, abs=1e-9)


def test_whom_the_blend_believes_as_the_model_does_keep_their_rhythm() -> None:
    bought = np.arange(0, 200, 7)
    none = MBG.p_none(np.arange(36), len(bought) - 1, bought[-1], bought[-1])
    ahead = chances_ahead(MBG, bought, int(bought[-1]), 35, float(none[35]))
    assert ahead.chance[:36] == pytest.approx(1 - none, abs=1e-9)


def test_who_is_long_overdue_is_not_promised_for_tomorrow() -> None:
    """Two customers of one rhythm and one forecast: what the one who keeps it does in days, takes the silent weeks."""
    bought = np.arange(0, 200, 3)
    regular, silent = (chances_ahead(MBG, bought, int(bought[-1]) + gap, 35, 0.3) for gap in (1, 40))
    assert regular.even_day is not None
    assert silent.even_day is not None
    assert silent.even_day - silent.as_of > 1.5 * (regular.even_day - regular.as_of)
