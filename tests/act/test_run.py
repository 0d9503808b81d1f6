"""Making a campaign: whom it is for, who is left out, what it expects, and that it is noted once, last."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from makers import HORIZON
from small_campaigns import AS_OF, CHEAP, RETAIN, acted, bundle, known_by, ledger_in, settings_in

from setia.act import Acting, found, name_of, note
from setia.act.plan import Chosen
from setia.policy import Divest, Offer, Retain, WinBack, expected_profit, profit_curve, sureness

SPRING = {"campaign": "spring"}


def chosen_of(made: Acting) -> Chosen:
    assert made.chosen is not None
    return made.chosen


def ids(made: Acting, control: bool | None = None) -> set[str]:
    """Return the members, or those of one arm."""
    chosen = chosen_of(made)
    rows = np.full(len(chosen.places), True) if control is None else chosen.control.mask == control
    return set(made.scored.stakes.customer_id[chosen.places[rows]].tolist())


def noted(folder: Path, day: int = AS_OF, policy: Retain | WinBack = RETAIN, **asked: object) -> Acting:
    settings = settings_in(folder, **asked)
    made = acted(settings, policy, day)
    note(made, settings)
    return made


@pytest.fixture(scope="module")
def spring(tmp_path_factory: pytest.TempPathFactory) -> Acting:
    """A campaign that nobody disturbs."""
    return noted(tmp_path_factory.mktemp("spring"), budget=60.0, control=0.25, campaign="spring")


def test_it_contacts_whom_it_pays_within_the_budget(spring: Acting) -> None:
    chosen, stakes = chosen_of(spring), spring.scored.stakes.times(0.3)
    assert 50 < chosen.cost <= 60
    assert chosen.expected.cost.sum() > 60
    assert chosen.control.size == round(0.25 * len(chosen.places))
    assert (chosen.expected.profit > 0).all()
    everybody = expected_profit(stakes, CHEAP)
    assert chosen.expected.profit == pytest.approx(everybody.profit[chosen.places])
    assert "lapsed" not in stakes.status[chosen.places]
    assert spring.eligible == (stakes.status != "lapsed").sum() == len(spring.appraisal.places)
    assert spring.margin == 0.3


def test_what_is_said_of_it_adds_up(spring: Acting) -> None:
    chosen = chosen_of(spring)
    contacted = chosen.expected.rows(chosen.contacted)
    assert spring.breaks_even == pytest.approx(contacted.cost.sum() / contacted.saved.sum())
    # at that part of what the offer is taken to keep, the contacted bring what they cost
    assert 0 < spring.breaks_even < 1
    assert spring.spread == RETAIN.doubt.spread
    sure = sureness(chosen.expected, RETAIN.doubt)
    assert spring.sure is not None
    assert np.array_equal(spring.sure.pays, sure.pays)
    assert np.array_equal(spring.curve.lo, profit_curve(spring.appraisal.expected, RETAIN.doubt, 4).lo)


def test_as_many_contacts_by_plain_rules_bring_less(spring: Acting) -> None:
    chosen, expected, stakes = chosen_of(spring), spring.appraisal.expected, spring.scored.stakes
    eligible = stakes.rows(spring.appraisal.places)
    many, share, beside = len(chosen.places), float(chosen.contacted.mean()), dict(spring.beside)
    for name, score in (("those most at risk", eligible.p_none), ("the most valuable", eligible.clv)):
        best = np.argsort(-score, kind="stable")[:many]
        # of whom as many are left alone by lot
        assert beside[name] == pytest.approx(share * expected.profit[best].sum())
    assert beside["anybody, by lot"] == pytest.approx(expected.profit.mean() * chosen.contacted.sum())
    assert max(beside.values()) < chosen.profit


def test_what_was_not_measured_is_said(spring: Acting) -> None:
    assert len(spring.notes) == 2
    assert spring.notes[0].startswith("Value is counted as revenue; 30 % of it is taken to be profit (act.margin).")
    assert "assumed, not measured" in spring.notes[1]


def test_the_campaign_is_noted_with_what_a_read_back_needs(tmp_path: Path) -> None:
    made = noted(tmp_path, budget=60.0, follow_up_days=17, **SPRING)
    (campaign,) = ledger_in(tmp_path).campaigns()
    assert campaign == made.campaign
    assert (campaign.name, campaign.policy, campaign.as_of, campaign.ends) == ("spring", "retain", AS_OF, AS_OF + 17)
    assert (campaign.value_basis, campaign.currency, campaign.contact_cost) == ("revenue", "EUR", 0.2)
    assert (campaign.model_version, campaign.seed) == ("small/1", 4)
    assert campaign.settings["act"]["budget"] == 60.0
    assert campaign.settings["act"]["margin"] == 0.3
    assert campaign.settings["policy"]["offer"]["take_rate"] == CHEAP.take_rate
    assert campaign.settings["costs"] is None
    members = ledger_in(tmp_path).members("spring")
    order = np.argsort(made.scored.stakes.customer_id[chosen_of(made).places])
    chosen, stakes = chosen_of(made), made.scored.stakes.rows(chosen_of(made).places[order])
    assert members.customer_id.tolist() == stakes.customer_id.tolist()
    assert np.array_equal(members.control, chosen.control.mask[order])
    assert np.array_equal(members.stratum, chosen.control.stratum[order])
    assert members.chance == pytest.approx(chosen.control.chance[order])
    assert members.segment.tolist() == stakes.segment.tolist()
    assert members.expected_profit == pytest.approx(chosen.expected.profit[order])
    assert members.value_saved == pytest.approx(chosen.expected.saved[order])
    assert members.expected_value == pytest.approx(stakes.expected_value)
    known = np.where(np.isnan(stakes.p_defect), stakes.p_none, stakes.p_defect)
    assert members.p_defect == pytest.approx(known)


def test_the_follow_up_is_the_horizon_unless_said_otherwise(spring: Acting) -> None:
    assert spring.campaign.ends == AS_OF + HORIZON


def test_nothing_is_noted_before_it_is_asked(tmp_path: Path) -> None:
    acted(settings_in(tmp_path, **SPRING))
    assert ledger_in(tmp_path).campaigns() == ()


def test_the_same_again_is_the_same_campaign(spring: Acting, tmp_path: Path) -> None:
    again = acted(settings_in(tmp_path, budget=60.0, control=0.25, **SPRING))
    one, other = chosen_of(spring), chosen_of(again)
    assert np.array_equal(one.places, other.places)
    assert np.array_equal(one.control.mask, other.control.mask)
    other_seed = chosen_of(acted(settings_in(tmp_path, budget=60.0, control=0.25, **SPRING), seed=5))
    assert not np.array_equal(one.control.mask[:30], other_seed.control.mask[:30])


def test_who_asked_not_to_be_contacted_is_left_out_and_counted(spring: Acting, tmp_path: Path) -> None:
    listed = sorted(ids(spring))[::2]
    lapsed = spring.scored.stakes.customer_id[spring.scored.stakes.status == "lapsed"][0]
    path = tmp_path / "never.txt"
    path.write_text("\n".join([*listed, str(lapsed), "a stranger"]))
    made = acted(settings_in(tmp_path, budget=60.0, control=0.25, do_not_contact=str(path), **SPRING))
    assert ids(made).isdisjoint(listed)
    assert len(ids(made) - ids(spring)) > 0  # others take their places
    assert (made.excluded.do_not_contact, made.excluded.listed) == (len(listed), len(listed) + 2)
    assert made.eligible == spring.eligible
    assert made.curve.customers == spring.eligible - len(listed)


def test_who_was_contacted_lately_is_left_out_and_who_is_compared_with(tmp_path: Path) -> None:
    first = noted(tmp_path, control=0.3, count=60, campaign="first")
    second = acted(settings_in(tmp_path, campaign="second", cool_days=30))
    contacted, alone = ids(first, control=False), ids(first, control=True)
    assert ids(second).isdisjoint(contacted | alone)
    out = second.excluded
    assert (out.cooling, out.compared, out.do_not_contact) == (len(contacted), len(alone), 0)


def test_when_a_campaign_is_over_who_was_left_alone_may_be_contacted(tmp_path: Path) -> None:
    first = noted(tmp_path, AS_OF - 10, control=0.3, campaign="first", follow_up_days=10)
    second = acted(settings_in(tmp_path, campaign="second", cool_days=30))
    assert second.excluded.compared == 0
    assert ids(second) & ids(first, control=True)
    assert ids(second).isdisjoint(ids(first, control=False))


@pytest.mark.parametrize(("days", "left_out"), [(9, True), (10, False)])
def test_the_cool_down_ends_on_its_day(tmp_path: Path, days: int, left_out: bool) -> None:
    first = noted(tmp_path, AS_OF - days, campaign="first")
    second = acted(settings_in(tmp_path, campaign="second", cool_days=10))
    assert (second.excluded.cooling > 0) is left_out
    assert ids(second).isdisjoint(ids(first, control=False)) is left_out


def test_without_a_cool_down_the_contacted_may_be_contacted_again(tmp_path: Path) -> None:
    first = noted(tmp_path, campaign="first")
    second = acted(settings_in(tmp_path, campaign="second", cool_days=0))
    assert ids(second) == ids(first, control=False)


def test_another_logs_campaigns_are_none_of_ours(tmp_path: Path) -> None:
    made = acted(settings_in(tmp_path, **SPRING))
    note(replace(made, log="elsewhere"), settings_in(tmp_path))
    assert acted(settings_in(tmp_path, **SPRING)).excluded.cooling == 0
    with known_by() as (_, log):
        assert found(settings_in(tmp_path), log, "spring") is None
        assert found(settings_in(tmp_path), replace(log, name="elsewhere"), "spring") == made.campaign


def test_where_nobody_pays_there_is_no_campaign(tmp_path: Path) -> None:
    made = acted(settings_in(tmp_path, **SPRING), Retain(Offer(cost=500.0, contact_cost=50.0)))
    assert (made.chosen, made.sure, made.breaks_even, made.beside) == (None, None, None, ())
    assert made.curve.best == 0.0
    note(made, settings_in(tmp_path))
    assert ledger_in(tmp_path).campaigns() == ()


def test_win_back_is_for_the_lapsed_alone(tmp_path: Path) -> None:
    made = acted(settings_in(tmp_path), WinBack(replace(CHEAP, wake_share=1.0)))
    status = made.scored.stakes.status
    assert made.eligible == (status == "lapsed").sum()
    assert set(status[chosen_of(made).places]) == {"lapsed"}
    assert "a second life is" in made.notes[0]


def test_a_campaign_is_called_by_its_policy_and_day(tmp_path: Path) -> None:
    with known_by() as (_, log):
        assert name_of(settings_in(tmp_path), RETAIN, log) == "retain-2017-01-03"
        assert name_of(settings_in(tmp_path), WinBack(), log) == "win_back-2017-01-03"
        assert name_of(settings_in(tmp_path), Divest(), log) == "divest-2017-01-03"
        assert name_of(settings_in(tmp_path, **SPRING), RETAIN, log) == "spring"
    assert bundle().facts.horizon_days == HORIZON


def test_the_fingerprint_tells_settings_apart(spring: Acting, tmp_path: Path) -> None:
    marks = {
        acted(settings_in(tmp_path, **more), seed=seed).campaign.fingerprint
        for more, seed in (({}, 4), ({"budget": 50.0}, 4), ({}, 5))
    }
    assert len(marks | {spring.campaign.fingerprint}) == 4
