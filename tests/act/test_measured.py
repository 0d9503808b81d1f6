"""What a campaign teaches the next: the chance to keep that fits it, and whom a contact keeps."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from makers import engine

from setia.act.measured import Kept, features_of, keep_chances, kept_by, learn_from, model_folder, proven
from setia.campaign import Campaign, CampaignLedger, Figure, Members
from setia.engine import Engine
from setia.history import Prepared, prepare
from setia.learn.uplift import UpliftSettings
from setia.policy import Offer, Stakes
from setia.policy.profit import reach
from setia.simulate import World, simulate

WORLD = World(customers=1600, days=300, acquisition_days=120, purchases_per_year=20)
N = WORLD.customers


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Learn with fewer and smaller models."""
    monkeypatch.setattr("setia.act.measured.UpliftSettings", functools.partial(UpliftSettings, rounds=10, folds=2))


@functools.cache
def log() -> tuple[Engine, Prepared]:
    where = engine()
    return where, prepare(where.adopt(simulate(WORLD).lines), where)


def campaign(**settings: float) -> Campaign:
    about = {"reach": 0.25, "worth": 10.0, "cost": 2.0, **settings}
    return Campaign(
        name="spring",
        policy="retain",
        as_of=WORLD.last_day,
        ends=WORLD.last_day + 60,
        made_at="2024-01-01T00:00:00+00:00",
        model_version="m/1",
        value_basis="revenue",
        currency="EUR",
        offer="5",
        contact_cost=0.5,
        settings=about,
        seed=7,
        fingerprint="f",
    )


def members(seed: int = 0, share: float = 0.5) -> Members:
    random = np.random.default_rng(seed)
    ids = np.array([f"c{number:07d}" for number in range(N)])
    return Members(
        customer_id=ids,
        control=random.random(N) < share,
        stratum=np.zeros(N, dtype=np.int64),
        chance=np.full(N, share),
        segment=np.full(N, "keep"),
        p_defect=random.random(N),
        value_saved=np.ones(N),
        expected_profit=random.random(N),
        expected_value=random.random(N),
    )


def often() -> np.ndarray:
    """Who comes more often than most: what a model can see."""
    _, prepared = log()
    ids = np.array([f"c{number:07d}" for number in range(N)])
    found = features_of(prepared, WORLD.last_day, ("purchases_90d",), ids)[:, 0]
    return np.asarray(found > np.median(found))


def kept_of(who: Members, moved: np.ndarray, seed: int = 1) -> np.ndarray:
    """Three in ten stay by themselves; of the contacted, those who are moved stay."""
    return np.asarray((np.random.default_rng(seed).random(N) < 0.3) | (~who.control & moved))


def test_the_chance_to_keep_is_the_rise_over_who_was_there_to_be_kept() -> None:
    rise = Figure(0.05, -0.02, 0.3, 0.1, 0.6, 0.95)
    assert kept_by(campaign(), rise) == Kept(pytest.approx(0.2), 0.0, 1.0)
    assert kept_by(campaign(), None) is None
    assert kept_by(campaign(reach=0.0), rise) is None


def test_features_come_in_the_order_of_the_customers() -> None:
    _, prepared = log()
    names = ("frequency", "T_days")
    ids = np.array([f"c{number:07d}" for number in (5, 3, 900)])
    one = features_of(prepared, WORLD.last_day, names, ids)
    other = features_of(prepared, WORLD.last_day, names, ids[::-1])
    assert one.shape == (3, 2)
    assert np.array_equal(one[::-1], other)
    first = simulate(WORLD).truth["first_day"].to_numpy()
    assert one[:, 1].tolist() == [WORLD.last_day - first[number] for number in (5, 3, 900)]


def test_who_is_moved_is_found_and_used_only_where_it_proves_better(tmp_path: Path) -> None:
    _, prepared = log()
    who, moved = members(), often()
    found = learn_from(campaign(), who, kept_of(who, moved), prepared, seed=7)
    assert found is not None
    assert found.better
    ledger = CampaignLedger(tmp_path / "campaigns.db", "small")
    ledger.add(campaign(), who)
    assert proven(ledger, "retain", tmp_path) is None  # not read back yet
    found.save(model_folder(tmp_path, "spring"))
    ledger.add_readback("spring", WORLD.last_day + 60, {"uplift": found.as_dict()})
    assert proven(ledger, "win_back", tmp_path) is None
    taught = proven(ledger, "retain", tmp_path)
    assert taught == ("spring", model_folder(tmp_path, "spring"))
    ones = np.ones(N)
    ids = who.customer_id.astype(object)
    usual = (0.5 * ones, 0.5 * ones, 0.9 * ones, ones, ones, ones, 0.6 * ones, 0.1 * ones, ones, ones)
    stakes = Stakes(ids, ids, ids, *usual)
    assert taught is not None
    chances = keep_chances(taught[1], prepared, WORLD.last_day, stakes, Offer())
    assert chances.shape == (N,)
    assert np.all((chances >= 0) & (chances <= 1))
    assert chances[moved].mean() > chances[~moved].mean() + 0.2
    effect = chances * reach(stakes, Offer())
    assert effect[moved].mean() == pytest.approx(0.7, abs=0.3)


def test_where_contact_moves_nobody_nothing_is_proved() -> None:
    _, prepared = log()
    who = members(seed=3)
    found = learn_from(campaign(), who, kept_of(who, np.zeros(N, dtype=bool)), prepared, seed=7)
    assert found is not None
    assert not found.better


def test_a_small_arm_teaches_nothing() -> None:
    _, prepared = log()
    who = members(share=0.1)
    assert who.control.sum() < 200
    assert learn_from(campaign(), who, np.ones(N, dtype=bool), prepared, seed=7) is None


def test_nothing_after_the_day_reaches_what_is_learnt_from() -> None:
    where, prepared = log()
    day, ids = WORLD.last_day - 60, np.array([f"c{number:07d}" for number in range(0, N, 40)])
    lines = simulate(WORLD).lines
    known = lines.filter(pa.compute.less_equal(lines["day"], day))
    names = ("frequency", "spend_total", "days_since_last")
    cut = prepare(where.adopt(known), where)
    assert np.array_equal(features_of(prepared, day, names, ids), features_of(cut, day, names, ids), equal_nan=True)
