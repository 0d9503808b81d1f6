"""`setia.read_back`: of a plan, a folder or a table the same verdict, and none where there is nothing to compare."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from makers import HORIZON, write_csv
from small_campaigns import rows

import setia

from .conftest import PLANNED


@pytest.fixture(scope="module")
def reading(plan: setia.Plan, shop: setia.Log) -> setia.Reading:
    return plan.read_back(shop)


def test_nobody_was_contacted_and_so_nothing_is_claimed(reading: setia.Reading, plan: setia.Plan) -> None:
    assert not reading.evidence
    assert reading.summary.startswith("There is no evidence that the campaign pays, nor that it harms")
    whole = reading.table().set_index("segment").loc["all"]
    assert (whole["contacted"], whole["control"]) == (len(plan.table()), len(plan.controls()))
    assert whole["profit_lo"] < 0 < whole["profit_hi"]
    assert reading.figure().axes


def test_a_saved_plan_is_read_back_alike(
    reading: setia.Reading, plan: setia.Plan, shop: setia.Log, tmp_path: Path
) -> None:
    plan.save(tmp_path)
    for place in (tmp_path, str(tmp_path), tmp_path / "campaigns.db"):
        pd.testing.assert_frame_equal(setia.read_back(place, shop).table(), reading.table())
    assert setia.read_back(tmp_path, shop, name="spring").summary == reading.summary
    with pytest.raises(setia.InputError, match="There is no campaign 'autumn'"):
        setia.read_back(tmp_path, shop, name="autumn")


def test_a_plan_is_read_back_from_a_log_of_another_name(
    reading: setia.Reading, plan: setia.Plan, shop_csv: Path
) -> None:
    later = setia.read(pd.read_csv(shop_csv), currency="EUR", name="the same shop, in spring")
    pd.testing.assert_frame_equal(plan.read_back(later).table(), reading.table())


def test_a_table_of_members_is_a_campaign_too(reading: setia.Reading, plan: setia.Plan, shop: setia.Log) -> None:
    members = pd.concat([plan.table().assign(contacted=True), plan.controls().assign(contacted=False)])
    trial = {"as_of": PLANNED, "days": HORIZON, "contact_cost": 0.2, "offer_cost": 3, "take_rate": 0.5, "margin": 0.3}
    own = setia.read_back(members[["customer_id", "contacted"]], shop, name="own", **trial)
    assert len(own.table()) == 1  # no segments are known
    kept = (shop.purchases().query(f"date > '{PLANNED}' and is_purchase")["customer_id"]).unique()
    came = members["customer_id"].isin(kept)
    gap = came[members["contacted"]].mean() - came[~members["contacted"]].mean()
    assert own.table()["retention_estimate"].item() == pytest.approx(gap, abs=1e-9)
    by_segment = setia.read_back(members[["customer_id", "contacted", "segment"]], shop, **trial)
    assert by_segment.table()["segment"].tolist() == reading.table()["segment"].tolist()
    assert by_segment.table()["contacted"].tolist() == reading.table()["contacted"].tolist()


def test_a_contact_that_moves_customers_is_seen(shop: setia.Log) -> None:
    """The contacted are those who came again, so that the effect is as large as can be."""
    days = shop.purchases()
    after = set(days.query(f"date > '{PLANNED}' and is_purchase")["customer_id"])
    known = sorted(set(days.query(f"date <= '{PLANNED}' and is_purchase")["customer_id"]))
    members = pd.DataFrame({"customer_id": known, "contacted": [who in after for who in known]})
    assert setia.read_back(members, shop, as_of=PLANNED, days=HORIZON).evidence


def test_what_cannot_be_compared_is_told(plan: setia.Plan, early: setia.Log, shop: setia.Log, tmp_path: Path) -> None:
    with pytest.raises(setia.InputError, match=r"is followed up to .* Bring a later log"):
        plan.read_back(early)
    strangers = [{**row, "customer_id": f"x{row['customer_id']}"} for row in rows()]
    other = setia.read(write_csv(tmp_path / "other.csv", strangers))
    with pytest.raises(setia.InputError, match=r"None of the .* members has ever bought in other"):
        plan.read_back(other)
    with pytest.raises(setia.InputError, match="no campaign was saved there"):
        setia.read_back(tmp_path, shop)
    with pytest.raises(setia.InputError, match="know their own"):
        setia.read_back(plan, shop, days=3)
    with pytest.raises(setia.InputError, match="returns, not str; read it first"):
        setia.read_back(plan, "log.csv")


TRIAL = {"as_of": PLANNED, "days": 10}
MEMBERS = {"customer_id": ["c001", "c002"], "contacted": [True, False]}


@pytest.mark.parametrize(
    ("table", "trial", "said"),
    [
        ({"customer_id": ["c001"]}, TRIAL, "no column contacted"),
        (MEMBERS | {"contacted": ["yes", "no"]}, TRIAL, "true or false"),
        (MEMBERS | {"contacted": [True, True]}, TRIAL, "nobody left alone"),
        (MEMBERS, {}, "with as_of and days"),
        (MEMBERS, TRIAL | {"day": 3}, "unexpected keyword argument 'day'"),
        (MEMBERS, TRIAL | {"days": 0}, "at least 1"),
        (MEMBERS, TRIAL | {"margin": 3}, "between 0 and 1"),
        (MEMBERS, TRIAL | {"contact_cost": -1}, "must not be negative"),
        (MEMBERS, TRIAL | {"as_of": "x"}, "is not a date"),
    ],
)
def test_a_table_that_says_too_little_is_refused(
    table: dict[str, list[object]], trial: dict[str, object], said: str, shop: setia.Log
) -> None:
    with pytest.raises(setia.InputError, match=said):
        setia.read_back(pd.DataFrame(table), shop, **trial)
