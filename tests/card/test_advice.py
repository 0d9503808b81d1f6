"""What is recommended: as the policies reckon it for everybody, and by the segment where there is no money."""

from __future__ import annotations

import numpy as np
import pytest
import small_losses as losses
from small_cards import SETTINGS, customers, log, made, purchases, revenue, usual, where

from setia.act.ground import scored
from setia.card import CardSettings, card
from setia.card.advice import BY_SEGMENT, _action
from setia.card.parts import Contact
from setia.policy import Divest, Offer, Retain, WinBack, sureness
from setia.policy.ground import Ground
from setia.segment import SEGMENTS
from setia.value import ValueSettings, prepare_log


def contact_of(who: str, **more: object) -> Contact:
    found = made(who, **more).advice.contact
    assert found is not None
    return found


def by_status(lapsed: bool) -> list[str]:
    return [who for who in customers()[::4] if (usual(who).score.status == "lapsed") is lapsed]


@pytest.mark.parametrize("policy", [Retain(), WinBack()], ids=lambda policy: policy.name)
def test_a_contact_is_reckoned_as_the_policy_reckons_it_for_all(policy: Retain | WinBack) -> None:
    stakes = scored(revenue(), log(), where(), SETTINGS, model_version="small/1", live=False).stakes.times(0.3)
    prepared = prepare_log(log(), where(), ValueSettings())
    appraisal = policy.appraise(Ground(stakes, log(), lambda: prepared, where(), 30, 0.3))
    prepared.close()
    pays = sureness(appraisal.expected, policy.doubt).pays
    theirs = dict(
        zip(stakes.customer_id[appraisal.places], zip(appraisal.expected.profit, pays, strict=True), strict=True)
    )
    mine = by_status(lapsed=policy.name == "win_back")
    assert {who for who in theirs if who in customers()[::4]} == set(mine) != set()
    for who in mine[::3]:
        found = contact_of(who)
        assert found.policy == policy.name
        assert (found.profit, found.pays) == pytest.approx(theirs[who], rel=1e-12)


def test_the_configured_offer_counts_for_those_it_is_meant_for() -> None:
    dear, kind = Offer(cost=900.0, contact_cost=100.0), Offer(cost=0.0, contact_cost=0.0, keep_chance=0.5)
    here, gone = by_status(lapsed=False)[0], by_status(lapsed=True)[0]
    assert contact_of(here, policy=Retain(offer=dear)).profit < 0 < contact_of(here, policy=Retain(offer=kind)).profit
    assert contact_of(here, policy=WinBack(offer=dear)) == contact_of(here) == contact_of(here, policy=Divest())
    assert contact_of(gone, policy=WinBack(offer=dear)).contact_cost == 100
    assert contact_of(gone, policy=Retain(offer=dear)) == contact_of(gone)
    assert made(here, policy=Retain(offer=kind)).advice.action == "contact"
    assert made(here, policy=Retain(offer=dear)).advice.action != "contact"


def test_who_brings_twice_as_much_is_worth_more() -> None:
    who = by_status(lapsed=False)[0]
    low, high = (contact_of(who, margin=margin) for margin in (0.3, 0.6))
    assert (low.margin, high.margin) == (0.3, 0.6)
    assert high.profit > low.profit


def test_without_money_the_segment_says_what_to_do() -> None:
    for who in customers()[::25]:
        card = made(who, purchases())
        assert card.advice.contact is None
        assert card.advice.action == BY_SEGMENT[card.score.segment]
        assert (card.money, card.yearly, card.days.value, card.currency) == (None, None, None, "")


@pytest.mark.parametrize("segment", SEGMENTS)
def test_a_contact_is_advised_where_it_pays_and_nobody_is_wooed_at_a_loss(segment: str) -> None:
    paying, dear = _action(segment, 5.0, 1.0), _action(segment, 5.0, -1.0)
    assert paying == ("reprice" if segment == "reprice" else "contact")
    assert dear not in ("contact", "part")
    assert dear == "refrain" or segment not in ("save", "win_back")
    assert (_action(segment, -1.0, -1.0) == "part") == (segment == "let_go")


def test_nobody_who_costs_more_than_they_bring_is_wooed() -> None:
    with losses.known_by() as (engine, log):
        for who in sorted(losses.MINNOWS)[:4]:
            found = card(
                losses.bundle(), log, engine, CardSettings(who), SETTINGS, margin=0.3, model_version="1", live=False
            )
            assert found.advice.contact is not None
            assert found.advice.contact.margin is None  # profit is counted already
            assert found.score.segment in ("reprice", "let_go", "new")
            assert found.advice.action != "contact"
            assert (found.advice.action == "reprice") == (found.score.segment == "reprice")


def test_all_that_is_advised_is_consistent() -> None:
    seen = set()
    for who in customers()[::4]:
        advice = usual(who).advice
        assert advice.contact is not None
        assert (advice.action == "contact") == (advice.contact.profit > 0)
        assert 0 <= advice.contact.pays <= 1
        assert np.isfinite(advice.contact.profit)
        seen.add(advice.action)
    assert len(seen) > 1
