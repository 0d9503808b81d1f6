"""Reading a campaign back: what came within the follow-up by a plain loop, the known effect, and what is refused."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_followed import AS_OF, CONTACT, COST, ENDS, MARGIN, SPRING, TAKE_RATE, log_of, members, noted, read
from small_logs import ALL, Row, random_log

from setia.act import ReadbackSettings, keep
from setia.act.readback import as_dict
from setia.campaign import Followed, Members, read_back
from setia.errors import InputError


def of_ids(ids: Iterable[str]) -> Members:
    who = sorted(ids)
    return replace(members(len(who)), customer_id=np.array(who))


def plain(rows: Iterable[Row], ids: Iterable[str], as_of: int, ends: int) -> tuple[list[float], list[float]]:
    """Purchases and money of each within the follow-up."""
    bought: dict[str, set[int]] = {}
    money: dict[str, float] = {}
    for row in rows:
        if as_of < row["day"] <= ends:
            money[row["customer_id"]] = money.get(row["customer_id"], 0.0) + row["amount"]
            if row["amount"] > 0:
                bought.setdefault(row["customer_id"], set()).add(row["day"])
    who = list(ids)
    return [float(len(bought.get(one, ()))) for one in who], [money.get(one, 0.0) for one in who]


@given(seed=st.integers(0, 9999))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_came_is_what_a_plain_loop_says(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("read")
    rows, as_of = random_log(seed, customers=40), 17_040
    # some members are not in the log, some customers of the log are no members
    of = of_ids({*(f"c{k:02d}" for k in range(3, 37)), "b", "zz", "c05x"})
    campaign = replace(SPRING, as_of=as_of, ends=as_of + 30)
    noted(folder, of, campaign)
    found = read(folder, rows, last_day=17_120)
    bought, value = plain(rows, of.customer_id, as_of, as_of + 30)
    assert found.bought.tolist() == bought
    assert found.profit == pytest.approx(MARGIN * np.array(value), abs=1e-9)


def test_the_follow_up_begins_the_day_after_and_ends_on_its_day(tmp_path: Path) -> None:
    of = members(6)
    rows = [
        {"customer_id": who, "day": day, "amount": 10.0 * (k + 1)}
        for k, (who, day) in enumerate(zip(of.customer_id, (AS_OF, AS_OF + 1, ENDS, ENDS + 1), strict=False))
    ]
    noted(tmp_path, of)
    found = read(tmp_path, [*rows, {**rows[0], "day": ENDS + 5}])
    assert found.bought.tolist() == [0, 1, 1, 0, 0, 0]
    assert found.profit == pytest.approx([0, 20 * MARGIN, 30 * MARGIN, 0, 0, 0])


@pytest.mark.parametrize("more", [40.0, -20.0, 0.0])
def test_a_known_effect_is_found_with_its_sign(tmp_path: Path, more: float) -> None:
    of = members(1200)
    noted(tmp_path, of)
    found = read(tmp_path, log_of(of, more)).found
    # six in ten come, and those contacted are charged the contact and, if they came, a part of the offer
    truth = 0.6 * (MARGIN * more - COST * TAKE_RATE) - CONTACT
    profit, retention = found.overall.profit, found.overall.retention
    assert profit is not None
    assert retention is not None
    assert profit.lo < truth < profit.hi
    assert profit.hi - profit.lo < 2
    assert abs(retention.estimate) < 0.08
    assert (found.evidence, found.harm) == (more > 0, more <= 0)  # what changes nothing costs its contacts


def test_who_is_kept_by_contact_counts_as_kept(tmp_path: Path) -> None:
    of = members(1200)
    noted(tmp_path, of)
    retention = read(tmp_path, log_of(of, chance=(0.3, 0.6))).found.overall.retention
    assert retention is not None
    assert retention.estimate == pytest.approx(0.3, abs=0.08)
    assert retention.without == pytest.approx(0.3, abs=0.08)


def test_it_is_the_read_back_of_what_was_known_and_of_what_came(tmp_path: Path) -> None:
    of = members()
    noted(tmp_path, of)
    found = read(tmp_path, log_of(of, 5.0))
    cost = np.where(found.bought > 0, CONTACT + COST * TAKE_RATE, CONTACT)
    known = np.column_stack([of.p_defect, of.expected_value])
    same = Followed(~of.control, of.stratum, found.bought > 0, found.profit, cost, known, of.segment)
    assert as_dict(found.found) == as_dict(read_back(same))
    # those left alone pay nothing, whatever it costs
    dearer = replace(same, cost=np.where(of.control, 1e6, cost))
    assert as_dict(read_back(dearer)) == as_dict(found.found)
    assert found.expected == pytest.approx(of.expected_profit[~of.control].sum())
    assert {one.segment for one in found.found.segments} == {"save", "keep"}


def test_profit_is_counted_with_the_campaigns_own_costs_and_no_margin(tmp_path: Path) -> None:
    of = members(4)
    costs = {"goods_rate": 0.6, "per_order": 1.5}
    noted(tmp_path, of, replace(SPRING, value_basis="profit", settings={**SPRING.settings, "costs": costs}))
    rows = [{"customer_id": who, "day": AS_OF + 3, "amount": 100.0} for who in of.customer_id]
    found = read(tmp_path, [*rows, {**rows[0], "day": ENDS}])
    assert found.profit == pytest.approx([2 * 38.5, 38.5, 38.5, 38.5])


def test_refunds_count_as_money_but_nobody_is_kept_by_them(tmp_path: Path) -> None:
    of = members(4)
    noted(tmp_path, of)
    rows = [{"customer_id": who, "day": AS_OF + 3, "amount": 10.0} for who in of.customer_id[1:]]
    back = {"customer_id": of.customer_id[0], "day": AS_OF + 4, "amount": -6.0}
    found = read(tmp_path, [*rows, back], last_day=ENDS)
    assert found.bought.tolist() == [0, 1, 1, 1]
    assert found.profit[0] == pytest.approx(-6 * MARGIN)


def test_the_result_is_noted(tmp_path: Path) -> None:
    of = members()
    ledger = noted(tmp_path, of)
    found = read(tmp_path, log_of(of, 5.0))
    assert ledger.readbacks("spring") == ()
    keep(found, ReadbackSettings(ledger=str(ledger.path)))
    (kept,) = ledger.readbacks("spring")
    assert kept.as_of == ENDS
    assert kept.result == as_dict(found.found)
    overall = kept.result["effects"][0]
    assert (overall["segment"], overall["contacted"], overall["control"]) == (None, 160, 80)
    assert found.found.overall.profit is not None
    assert overall["profit"]["estimate"] == found.found.overall.profit.estimate
    assert kept.result["evidence"] == found.found.evidence


LATER = replace(SPRING, name="summer", as_of=AS_OF + 10, ends=ENDS + 10)
AUTUMN = replace(SPRING, name="autumn", as_of=AS_OF + 60, ends=ENDS + 60)


@pytest.mark.parametrize(
    ("last", "name", "read_name"),
    [
        (ENDS, None, "spring"),
        (ENDS + 9, None, "spring"),
        (ENDS + 10, None, "summer"),
        (ENDS + 59, None, "summer"),
        (ENDS + 60, None, "autumn"),
        (ENDS, "spring", "spring"),
        (ENDS + 60, "spring", "spring"),
    ],
)
def test_the_last_that_is_over_is_read_unless_one_is_named(
    tmp_path: Path, last: int, name: str | None, read_name: str
) -> None:
    of = members(30)
    noted(tmp_path, of, AUTUMN, SPRING, LATER)
    assert read(tmp_path, log_of(of), name, last_day=last).campaign.name == read_name


@pytest.mark.parametrize(
    ("last", "name", "said"),
    [
        (
            ENDS - 1,
            None,
            "spring is followed up to 2016-11-25, but small is known up to 2016-11-24 only. Bring a later",
        ),
        (ENDS - 1, "spring", "spring is followed up to 2016-11-25, but small is known up to 2016-11-24 only"),
        (ENDS, "autumn", "autumn is followed up to 2017-01-24, but small is known up to 2016-11-25 only"),
        (ENDS, "winter", "There is no campaign 'winter' of small; there are spring, summer, autumn."),
    ],
)
def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, last: int, name: str | None, said: str) -> None:
    of = members(30)
    ledger = noted(tmp_path, of, AUTUMN, SPRING, LATER)
    with pytest.raises(InputError) as error:
        read(tmp_path, log_of(of), name, last_day=last)
    assert said in str(error.value)
    assert ledger.readbacks("spring") == ()


def test_without_a_campaign_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"No campaign of small has been made in .*campaigns.db; make one with `make"):
        read(tmp_path, log_of(members(30)))
    noted(tmp_path, members(30))
    with pytest.raises(InputError, match="No campaign of elsewhere"):
        read(tmp_path, log_of(members(30)), name="elsewhere")


def test_lines_after_the_follow_up_change_nothing(tmp_path: Path) -> None:
    of, chance = members(), random.Random(5)
    noted(tmp_path, of)
    rows = log_of(of, 5.0)
    later = [{"customer_id": who, "day": ENDS + chance.randrange(1, 90), "amount": 500.0} for who in of.customer_id]
    one, other = read(tmp_path, rows), read(tmp_path, [*rows, *later])
    assert as_dict(one.found) == as_dict(other.found)


def test_columns_that_do_not_matter_do_not_matter(tmp_path: Path) -> None:
    rows = random_log(3, customers=40)
    of = of_ids({row["customer_id"] for row in rows})
    noted(tmp_path, of, replace(SPRING, as_of=17_040, ends=17_070))
    one, other = (read(tmp_path, rows, columns=columns) for columns in (ALL, ("customer_id", "day", "amount")))
    assert np.array_equal(one.bought, other.bought)
    assert one.profit == pytest.approx(other.profit)
