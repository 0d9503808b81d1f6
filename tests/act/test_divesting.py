"""Parting: only from those who lose money for certain, by a model of profit, found by two runs in a row."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from small_campaigns import RETAIN
from small_losses import COSTS, LAST, MINNOWS, bundle, divested, known_by, rows, settings_in

from setia.act import Divesting, act, note_divested
from setia.act.ground import scored
from setia.campaign import CampaignLedger
from setia.errors import InputError
from setia.policy import Divest
from setia.scoring import ScoreSettings
from setia.timeline import date_of

WEEK_BEFORE = LAST - 7


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Divesting:
    return divested(tmp_path_factory.mktemp("first"))


def noted_before(folder: Path) -> CampaignLedger:
    return CampaignLedger(folder / "campaigns.db", "small")


def test_it_finds_those_who_lose_at_the_upper_bound(first: Divesting) -> None:
    with known_by() as (where, log):
        stakes = scored(bundle(), log, where, ScoreSettings(), model_version="1", live=False).stakes
    losing = dict(zip(stakes.customer_id[stakes.clv_hi < 0], stakes.clv_hi[stakes.clv_hi < 0], strict=True))
    assert {one.customer_id: one.upper for one in first.found} == pytest.approx(losing)
    assert {one.customer_id for one in first.found} == MINNOWS
    assert (stakes.clv < 0).sum() > len(losing)  # others may lose, but not for certain
    assert first.customers == len(stakes)
    assert [one.profit for one in first.found] == sorted(one.profit for one in first.found)


@pytest.mark.parametrize("months", [1, 3, 12])
def test_the_grounds_are_what_a_plain_loop_says(tmp_path: Path, months: int) -> None:
    last = date_of(LAST).year * 12 + date_of(LAST).month
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0] * 5)
    orders: set[tuple[str, int]] = set()
    for row in rows():
        day = date_of(row["day"])
        if day.year * 12 + day.month <= last - months:
            continue
        sales, refunds, goods, packing, lines = sums[row["customer_id"]]
        amount, new = row["amount"], (row["customer_id"], row["day"]) not in orders
        sums[row["customer_id"]] = [
            sales + max(amount, 0),
            refunds - min(amount, 0),
            goods + COSTS.goods_rate * amount,
            packing + COSTS.per_order * (amount > 0 and new),
            lines + (amount > 0),
        ]
        if amount > 0:
            orders.add((row["customer_id"], row["day"]))
    found = divested(tmp_path, Divest(months=months)).found
    assert {one.customer_id for one in found} == MINNOWS & set(sums)
    total = [sum(column) for column in zip(*sums.values(), strict=True)]
    for one in found:
        sales, refunds, goods, packing, lines = sums[one.customer_id]
        assert one.profit == pytest.approx(sales - refunds - goods - packing, abs=0.001 * lines)
        assert (one.sales, one.lines) == (pytest.approx(sales), lines)
        assert one.taken["service"] == pytest.approx(packing / sales)
        assert one.taken["goods"] == pytest.approx(goods / sales, abs=0.001)
        assert one.usual["service"] == pytest.approx(total[3] / total[0])
        assert one.usual["refunds"] == pytest.approx(total[1] / total[0])
        assert (one.worst, set(one.taken)) == ("service", {"discounts", "refunds", "goods", "commission", "service"})


def test_who_bought_on_few_days_is_not_judged(tmp_path: Path) -> None:
    days: dict[str, set[int]] = defaultdict(set)
    for row in rows():
        if row["amount"] > 0:
            days[row["customer_id"]].add(row["day"])
    usual = sorted(len(days[who]) for who in MINNOWS)[10]
    found = divested(tmp_path, Divest(least_purchases=usual)).found
    assert {one.customer_id for one in found} == {who for who in MINNOWS if len(days[who]) >= usual}


def test_two_runs_in_a_row_confirm(tmp_path: Path) -> None:
    earlier = divested(tmp_path, Divest(least_purchases=25), day=WEEK_BEFORE)
    assert not earlier.before
    assert earlier.confirmed == ()
    assert 0 < len(earlier.found) < len(MINNOWS)
    note_divested(earlier, settings_in(tmp_path))
    found = divested(tmp_path)
    assert found.before
    assert {one.customer_id for one in found.confirmed} == {one.customer_id for one in earlier.found}
    assert len(found.found) == len(MINNOWS)


def test_a_run_of_the_same_day_confirms_nobody(tmp_path: Path) -> None:
    note_divested(divested(tmp_path), settings_in(tmp_path))
    again = divested(tmp_path)
    assert (again.before, again.confirmed) == (False, ())


def test_a_run_between_that_found_others_counts_alone(tmp_path: Path) -> None:
    note_divested(divested(tmp_path, day=WEEK_BEFORE), settings_in(tmp_path))
    between = replace(divested(tmp_path, day=LAST - 1), found=())
    note_divested(between, settings_in(tmp_path))
    assert divested(tmp_path).confirmed == ()


def test_nothing_is_noted_before_it_is_asked(tmp_path: Path) -> None:
    made = divested(tmp_path)
    assert noted_before(tmp_path).divest_before(LAST + 1) == {}
    note_divested(made, settings_in(tmp_path))
    kept = noted_before(tmp_path).divest_before(LAST + 1)
    assert kept == pytest.approx({one.customer_id: one.upper for one in made.found})


def test_a_model_of_revenue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"policy=divest weighs profit, but the model counts revenue. Train one with"):
        divested(tmp_path, model=replace(bundle(), facts=replace(bundle().facts, basis="revenue")))


def test_a_campaign_on_profit_needs_no_margin(tmp_path: Path) -> None:
    with known_by() as (where, log):
        made = act(
            settings_in(tmp_path), RETAIN, bundle(), log, where, ScoreSettings(), model_version="1", live=False, seed=1
        )
    assert made.margin == 1.0
    assert not any("act.margin" in one for one in made.notes)
    assert made.campaign.settings["costs"]["per_order"] == 5.0
    assert made.chosen is not None
    members = set(made.scored.stakes.customer_id[made.chosen.places].tolist())
    assert members.isdisjoint(MINNOWS)  # nobody pays for keeping who loses money
