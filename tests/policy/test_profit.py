"""The profit of a contact: against a plain loop, by the textbook, and how it moves with each of its parts."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setia.policy import Expected, Offer, Stakes, expected_profit

from .makers import stakes_of

OFFERS = st.builds(
    Offer,
    cost=st.floats(0, 50),
    contact_cost=st.floats(0, 5),
    keep_chance=st.floats(0, 1),
    wake_share=st.floats(0, 1),
    take_rate=st.floats(0, 1),
)
SEEDS = st.integers(0, 10_000)


def plain(stakes: Stakes, offer: Offer, keep_chance: list[float]) -> list[float]:
    """Return p gamma (V - offer) - (1 - p) offer a - contact, of each customer, by its two kinds of defectors."""
    found = []
    for k, gamma in enumerate(keep_chance):
        alive, clv, leaving = (float(getattr(stakes, name)[k]) for name in ("p_alive", "clv", "leaving"))
        leave = min(abs(leaving) / abs(clv), 1.0) if clv else float(leaving != 0)
        p_gamma = gamma * alive * leave + gamma * offer.wake_share * (1 - alive)
        p_gamma_v = gamma * leaving + gamma * offer.wake_share * float(stakes.gone[k])
        takes = (1 - float(stakes.p_none[k])) * offer.take_rate
        found.append(p_gamma_v - p_gamma * offer.cost - takes * offer.cost - offer.contact_cost)
    return found


@given(OFFERS, SEEDS)
def test_it_is_what_a_plain_loop_says(offer: Offer, seed: int) -> None:
    stakes = stakes_of(25, seed)
    found = expected_profit(stakes, offer)
    assert found.profit == pytest.approx(plain(stakes, offer, [offer.keep_chance] * 25), rel=1e-9, abs=1e-9)
    assert found.profit == pytest.approx(found.saved - found.cost)
    assert found.cost == pytest.approx(offer.contact_cost + offer.cost * (found.kept + found.takers))
    assert all(np.isfinite(getattr(found, field.name)).all() for field in fields(Expected))


@given(OFFERS, SEEDS)
def test_an_uplift_of_each_customer_takes_the_place_of_the_offers(offer: Offer, seed: int) -> None:
    stakes, random = stakes_of(25, seed), np.random.default_rng(seed)
    uplift = random.random(25)
    found = expected_profit(stakes, replace(offer, keep_chance=0.987), uplift)
    assert found.profit == pytest.approx(plain(stakes, offer, uplift.tolist()), rel=1e-9, abs=1e-9)
    same = expected_profit(stakes, offer, np.full(25, offer.keep_chance))
    assert same.profit == pytest.approx(expected_profit(stakes, offer).profit)


def test_the_textbook_is_the_case_of_those_who_are_all_still_there() -> None:
    # 3 in 10 of worth 200 leave, the offer of 10 keeps a tenth of them, and half of the others take it too
    one = stakes_of(1, p_none=[0.3], p_alive=[1.0], clv=[200.0], leaving=[0.3 * 200.0], gone=[0.0])
    offer = Offer(cost=10.0, contact_cost=1.0, keep_chance=0.1, wake_share=0.25, take_rate=0.5)
    assert expected_profit(one, offer).profit == pytest.approx([0.3 * 0.1 * (200 - 10) - 0.7 * 10 * 0.5 - 1])


def test_who_has_left_already_comes_back_with_a_part_of_the_chance() -> None:
    one = stakes_of(1, p_none=[1.0], p_alive=[0.0], clv=[0.0], leaving=[0.0], gone=[80.0])
    offer = Offer(cost=10.0, contact_cost=1.0, keep_chance=0.2, wake_share=0.25, take_rate=0.5)
    assert expected_profit(one, offer).profit == pytest.approx([0.05 * (80 - 10) - 1])


@given(OFFERS, SEEDS, st.floats(0.01, 0.99))
def test_more_chance_saves_more_and_pays_where_the_customer_is_worth_the_offer(
    offer: Offer, seed: int, share: float
) -> None:
    stakes = stakes_of(25, seed)
    stakes = replace(stakes, clv=np.abs(stakes.clv), leaving=np.abs(stakes.leaving))
    less, more = (expected_profit(stakes, replace(offer, keep_chance=k)) for k in (share * offer.keep_chance, share))
    if share * offer.keep_chance > share:
        less, more = more, less
    assert (more.saved >= less.saved - 1e-12).all()
    assert (more.kept >= less.kept - 1e-12).all()
    assert more.takers == pytest.approx(less.takers)
    all_kept = expected_profit(stakes, replace(offer, keep_chance=1.0))
    worth = all_kept.saved - offer.cost * all_kept.kept
    gain = more.profit - less.profit
    assert (gain[worth > 1e-9] >= -1e-9).all()
    assert (gain[worth < -1e-9] <= 1e-9).all()


@given(OFFERS, SEEDS, st.sampled_from(["cost", "contact_cost", "take_rate"]), st.floats(0.0, 1.0))
def test_what_costs_more_never_pays_more(offer: Offer, seed: int, name: str, more: float) -> None:
    stakes = stakes_of(25, seed)
    dearer = replace(offer, **{name: min(getattr(offer, name) + more, 1.0 if name == "take_rate" else 99.0)})
    before, after = expected_profit(stakes, offer), expected_profit(stakes, dearer)
    assert (after.profit <= before.profit + 1e-9).all()
    assert (after.cost >= before.cost - 1e-9).all()
    assert after.saved == pytest.approx(before.saved)


def test_who_costs_more_than_they_bring_is_not_worth_keeping() -> None:
    one = stakes_of(1, p_none=[0.5], p_alive=[1.0], clv=[-50.0], leaving=[-20.0], gone=[0.0])
    found = expected_profit(one, Offer(cost=0.0, contact_cost=0.0))
    assert found.profit == pytest.approx([-2.0])
    assert found.kept == pytest.approx([0.1 * 0.4])


def test_some_customers_are_the_rows_of_all() -> None:
    stakes = stakes_of(10)
    whole = expected_profit(stakes, Offer())
    for chosen in (np.array([7, 2]), np.arange(10) % 3 == 0):
        part = expected_profit(stakes.rows(chosen), Offer())
        for field in fields(Expected):
            assert getattr(part, field.name) == pytest.approx(getattr(whole.rows(chosen), field.name))
    assert stakes.rows(np.array([7, 2])).customer_id.tolist() == ["c007", "c002"]
    assert len(stakes.rows(np.array([7, 2]))) == 2


def test_a_margin_turns_money_and_nothing_else() -> None:
    stakes = stakes_of(10)
    found = stakes.times(0.3)
    for field in fields(Stakes):
        before, after = getattr(stakes, field.name), getattr(found, field.name)
        if field.name in ("expected_value", "clv", "clv_hi", "leaving", "gone", "value_at_risk"):
            assert after == pytest.approx(0.3 * before)
        else:
            assert after is before
