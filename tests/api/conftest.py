"""A log as a user reads it, on a day and half a horizon later, and a model of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from leavers import rows as leavers_rows
from makers import usual_training, write_csv
from small_campaigns import AS_OF, bundle
from small_campaigns import rows as campaign_rows

import setia
from setia.timeline import date_of

#: The day of the plans: the log goes on for a horizon and more.
PLANNED = date_of(AS_OF).isoformat()


@pytest.fixture(scope="session")
def shop_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("shop") / "shop.csv", campaign_rows())


@pytest.fixture(scope="session")
def shop(shop_csv: Path) -> setia.Log:
    return setia.read(shop_csv, currency="EUR")


@pytest.fixture(scope="session")
def early(shop: setia.Log) -> setia.Log:
    return shop.until(PLANNED)


@pytest.fixture(scope="session")
def shop_model() -> setia.Model:
    """A model of what was known on the day of the plans."""
    return setia.Model(bundle(), "small/1")


@pytest.fixture(scope="session")
def trained() -> setia.Model:
    """A model with the training that made it."""
    training = usual_training()
    return setia.Model(training.bundle, "untracked", training)


@pytest.fixture(scope="session")
def plan(shop_model: setia.Model, early: setia.Log) -> setia.Plan:
    return shop_model.plan(early, name="spring", offer_cost=3, contact_cost=0.2, keep_chance=0.2)


@pytest.fixture(scope="session")
def leavers(tmp_path_factory: pytest.TempPathFactory) -> setia.Log:
    """A log of customers of whom many leave one day."""
    path = write_csv(tmp_path_factory.mktemp("leavers") / "log.csv", leavers_rows(), ("amount", "category"))
    return setia.read(path, currency="EUR")


@pytest.fixture(scope="session")
def definitions(leavers: setia.Log) -> setia.Definitions:
    return setia.define(leavers, horizon_days=30, overrides=("define.cutoffs=4", "defection=partial"))


@pytest.fixture(scope="session")
def kept(leavers: setia.Log) -> setia.Kept:
    return setia.retention(leavers, horizon_days=30, overrides=("retention.months=4", "defection=partial"))


@pytest.fixture(scope="session")
def alerts(leavers: setia.Log) -> setia.Alerts:
    return setia.alerts(leavers, overrides=("alert.first_days=60", "alert.cool_days=30"))
