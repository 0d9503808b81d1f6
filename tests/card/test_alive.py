"""How likely somebody was to be a customer still: each day knows what came before it, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_cards import customers, log, revenue, usual, where

from setia.card.alive import SPREAD, alive_over_time, shown_days, triple
from setia.card.parts import Ints
from setia.features import named, table
from setia.learn.dropout import NEEDED
from setia.value import ValueSettings, prepare_log

purchase_days = st.lists(st.integers(0, 900), min_size=1, max_size=30, unique=True).map(
    lambda days: np.sort(np.array(days, dtype=np.int64)) + 17_000
)


@given(purchase_days, st.integers(0, 400), st.data())
def test_what_comes_later_does_not_change_what_was_said(bought: Ints, silence: int, data: st.DataObject) -> None:
    model = revenue().dropout.purchases
    as_of = int(bought[-1]) + silence
    whole = alive_over_time(model, bought, as_of)
    day = data.draw(st.integers(int(bought[0]), as_of))
    known = alive_over_time(model, bought[bought <= day], day)
    both = np.intersect1d(whole.day, known.day)
    assert day == known.day[-1]
    assert {int(each) for each in bought if each <= day} <= set(both.tolist())
    assert np.array_equal(whole.p[np.isin(whole.day, both)], known.p[np.isin(known.day, both)])


@given(purchase_days, st.integers(0, 3000))
def test_the_days_are_few_and_hold_every_purchase_and_the_day_before(bought: Ints, silence: int) -> None:
    as_of = int(bought[-1]) + silence
    days = shown_days(bought, as_of)
    assert (days[0], days[-1]) == (bought[0], as_of)
    assert np.all(np.diff(days) > 0)
    assert set(bought) | set(bought[1:] - 1) <= set(days)
    assert len(days) <= SPREAD + 2 * len(bought) + 1
    assert np.diff(days).max(initial=0) <= max(1, -(-(as_of - bought[0]) // SPREAD))


@pytest.mark.parametrize("who", customers()[::8])
def test_the_curve_ends_with_the_score(who: str) -> None:
    card = usual(who)
    assert card.alive.day[-1] == card.as_of
    assert card.alive.p[-1] == pytest.approx(card.score.p_alive, abs=1e-6)
    assert np.all((card.alive.p >= 0) & (card.alive.p <= 1))


def test_the_triple_of_a_day_is_that_of_the_features() -> None:
    prepared = prepare_log(log(), where(), ValueSettings())
    try:
        for cutoff in (log().first_day + 40, log().first_day + 111, log().last_day):
            rows = {row.pop("customer_id"): row for row in table(prepared, cutoff, named(NEEDED)).to_pylist()}
            for who in customers()[::8]:
                if who in rows:
                    ours = [float(each[0]) for each in triple(usual(who).days.bought, np.array([cutoff]))]
                    assert ours == [rows[who][name] for name in NEEDED]
    finally:
        prepared.close()
