"""What a contact does in the made-up world: what is said of it agrees with what comes of it."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pytest

from setia.simulate import Simulation, Terms, World, after_contact, alive, contact_truth, outcomes, simulate

WORLD = World(customers=12_000, days=600, acquisition_days=400, contact_uplift=0.4, wake_share=0.5, halving_share=0.0)
DAY, HORIZON = WORLD.first_day + 420, 60
TERMS = Terms(HORIZON, 730, 0.1, 0.3, 5.0, 0.5)


@pytest.fixture(scope="module")
def world() -> Simulation:
    return simulate(WORLD)


def test_only_the_contacted_change_and_nothing_before_the_day(world: Simulation) -> None:
    some = np.arange(WORLD.customers) % 3 == 0
    after = after_contact(world, DAY, HORIZON, some)
    more = after.lines.slice(world.lines.num_rows)
    assert after.lines.slice(0, world.lines.num_rows).equals(world.lines)
    assert pc.min(more["day"]).as_py() > DAY
    assert pc.max(more["day"]).as_py() <= WORLD.last_day
    assert set(more["customer_id"].to_pylist()) <= set(world.truth["customer_id"].filter(some).to_pylist())
    changed = after.truth["death_day"].to_numpy() != world.truth["death_day"].to_numpy()
    assert changed.any()
    assert not changed[~some].any()
    assert after_contact(world, DAY, HORIZON, ~some | some).truth.equals(
        after_contact(world, DAY, HORIZON, ~some | some).truth
    )
    assert after_contact(world, DAY, HORIZON, some & ~some) is world


def test_as_many_are_kept_and_woken_as_the_truth_expects(world: Simulation) -> None:
    everybody = np.ones(WORLD.customers, dtype=bool)
    told, here = contact_truth(world, DAY, TERMS), alive(world.truth, DAY)
    died = world.truth["death_day"].to_numpy()
    kept = after_contact(world, DAY, HORIZON, everybody).truth["death_day"].to_numpy() != died
    leaves = here & (died < DAY + HORIZON + 1)
    assert leaves[here].sum() == pytest.approx(told.leaves[here].sum(), rel=0.1)
    assert kept[leaves].sum() == pytest.approx(told.keeps[leaves].sum(), rel=0.12)
    gone = ~here & (world.truth["first_day"].to_numpy() <= DAY)
    assert kept[gone].sum() == pytest.approx(told.wakes[gone].sum(), rel=0.1)
    assert not kept[here & ~leaves].any()


def test_the_truth_is_a_plain_sum_and_contact_brings_customers_back(world: Simulation) -> None:
    told = contact_truth(world, DAY, TERMS)
    rows = np.flatnonzero(told.alive)[:200]
    for k in rows[::20]:
        kept = told.leaves[k] * told.keeps[k] * (told.worth[k] - 5.0)
        assert told.profit[k] == pytest.approx(kept - told.buys[k] * told.takes[k] * 5.0 - 0.5)
    born = world.truth["first_day"].to_numpy() <= DAY
    assert np.all(told.profit[~born] == 0)
    before, after = (
        outcomes(s, DAY, 120)["purchases"].to_numpy()
        for s in (world, after_contact(world, DAY, HORIZON, np.ones(WORLD.customers, dtype=bool)))
    )
    assert np.all(after >= before)
    assert (after > 0).mean() > (before > 0).mean() + 0.03
