"""`Model.plan`: the same campaign as `make act`, in memory until it is saved, and never made twice."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from test_end_to_end import pipeline

import setia

from .conftest import PLANNED

CHEAP = {"offer_cost": 3, "contact_cost": 0.2, "keep_chance": 0.2}


def listed(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"customer_id": str})


def test_it_is_the_campaign_of_the_pipeline_with_the_same_lots(
    plan: setia.Plan, shop_model: setia.Model, shop_csv: Path, tmp_path: Path
) -> None:
    shop_model.save(tmp_path / "model")
    terms = ("policy.offer.cost=3", "policy.offer.contact_cost=0.2", "policy.offer.keep_chance=0.2")
    log = ("source=files", f"source.path={shop_csv}", "source.currency=EUR", f"as_of={PLANNED}")
    where = ("model=model", "act.campaign=spring", "act.folder=.", "act.ledger=campaigns.db", "quiet=true")
    assert pipeline(tmp_path, "act", *log, *terms, *where) == 0
    for found, file in ((plan.table(), "spring.csv"), (plan.controls(), "spring-control.csv")):
        expected = listed(tmp_path / file)
        assert len(found) == len(expected) > 5
        text = expected.select_dtypes(exclude="number").columns
        assert found["customer_id"].tolist() == expected["customer_id"].tolist()
        pd.testing.assert_frame_equal(
            found.drop(columns=text).reset_index(drop=True), expected.drop(columns=text), check_dtype=False
        )


def test_nothing_is_written_until_it_is_saved(
    shop_model: setia.Model, early: setia.Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = shop_model.plan(early, name="quiet", **CHEAP)
    assert made.figure().axes
    first, second, *_ = made.summary.splitlines()
    assert first.startswith(f"Contact {len(made.table())} of 413 customers, and leave {len(made.controls())} alone")
    assert f"expected to cost {made.table()['cost'].sum():,.0f} EUR" in second
    assert list(tmp_path.iterdir()) == []


def test_limits_hold_and_the_lot_is_the_names_and_the_seeds(
    plan: setia.Plan, shop_model: setia.Model, early: setia.Log
) -> None:
    few = shop_model.plan(early, count=10, **CHEAP)
    assert len(few.table()) == 10
    assert few.name == f"retain-{PLANNED}"
    cheap = shop_model.plan(early, budget=20, **CHEAP)
    assert 10 < cheap.table()["cost"].sum() <= 20
    again = shop_model.plan(early, name="spring", **CHEAP)
    assert again.controls()["customer_id"].tolist() == plan.controls()["customer_id"].tolist()
    other = shop_model.plan(early, name="spring", overrides=("seed=11",), **CHEAP)
    assert set(other.controls()["customer_id"]) != set(plan.controls()["customer_id"])
    assert again.made.campaign.fingerprint == plan.made.campaign.fingerprint != other.made.campaign.fingerprint


def test_a_saved_campaign_keeps_its_customers_from_the_next(
    plan: setia.Plan, shop_model: setia.Model, early: setia.Log, tmp_path: Path
) -> None:
    folder = tmp_path / "plans"
    contacts, alone, picture = plan.save(folder)
    assert listed(contacts)["customer_id"].tolist() == plan.table()["customer_id"].tolist()
    assert listed(alone)["customer_id"].tolist() == plan.controls()["customer_id"].tolist()
    assert picture.stat().st_size > 10_000
    with pytest.raises(setia.InputError, match=r"'spring' of shop is in .* already"):
        plan.save(folder)
    with pytest.raises(setia.InputError, match="give the new one another name"):
        shop_model.plan(early, name="spring", folder=folder, **CHEAP)
    nobody = shop_model.plan(early, name="again", folder=folder, **CHEAP)
    assert not set(nobody.table()["customer_id"]) & set(plan.table()["customer_id"])
    assert (
        shop_model.plan(early, name="first", folder=tmp_path / "not yet", **CHEAP)
        .table()
        .equals(shop_model.plan(early, name="first", **CHEAP).table())
    )
    assert not (tmp_path / "not yet").exists()


def test_where_no_contact_pays_nobody_is_contacted(
    shop_model: setia.Model, early: setia.Log, shop: setia.Log, tmp_path: Path
) -> None:
    dear = shop_model.plan(early, offer_cost=500, contact_cost=90)
    assert len(dear.table()) == len(dear.controls()) == 0
    assert "customer_id" in dear.table()
    assert "nobody: at these costs a contact with any of" in repr(dear)
    assert dear.summary.startswith("Contact nobody: at these costs")
    assert dear.save(tmp_path / "dear") == ()
    assert not (tmp_path / "dear").exists()
    with pytest.raises(setia.InputError, match="contacts nobody, so there is nothing to read back"):
        dear.read_back(shop)


def test_what_is_no_plan_is_told(shop_model: setia.Model, early: setia.Log) -> None:
    with pytest.raises(setia.InputError, match="contacts nobody: it lists whom to part with"):
        shop_model.plan(early, policy="divest")
    with pytest.raises(setia.InputError, match="retain"):
        shop_model.plan(early, policy="charm")
    with pytest.raises(setia.InputError, match="must not be negative"):
        shop_model.plan(early, contact_cost=-1)
