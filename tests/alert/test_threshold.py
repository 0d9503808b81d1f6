"""Thresholds by the false alarms that are wanted; on a made-up world, of which all is known, they come out so."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_visits import SPAN, START, WATCHING, as_visits, beliefs, clock, people

from setia.alert import AlertSettings
from setia.alert.alarms import alarms, grids, loud, months
from setia.alert.threshold import HEIGHTS, SHARES, Levels, levels_of
from setia.alert.watching import learn
from setia.history import prepare
from setia.simulate import World, simulate

DAYS = np.arange(START + 30, START + SPAN + 1)
EVERY = (True, True, True)
FALLING = np.repeat(np.linspace(900, 0, len(HEIGHTS)).astype(np.int64)[None], 3, axis=0)


def small(seed: int = 0, amounts: bool = True, categories: bool = True) -> Levels:
    visits = as_visits(people(5, 60), amounts, categories)
    believed = beliefs(clock(visits))
    believed = beliefs(clock(visits), believed.money if amounts else None, believed.breadth if categories else None)
    return levels_of(visits, DAYS, believed, WATCHING, 20, seed)


def test_the_more_are_wanted_the_lower_they_are() -> None:
    levels = small()
    heights = np.array([levels.thresholds(wanted) for wanted in (1, 2, 5, 10, 20, 50, 200, 1000, 5000)])
    assert (heights[1:] <= heights[:-1]).all()
    assert (heights[-1] < heights[0]).all()


@given(wanted=st.floats(2, 800), months=st.floats(1000, 1e5))
def test_at_that_height_its_share_comes_by_chance(wanted: float, months: float) -> None:
    levels = Levels(FALLING, months, EVERY)
    rates = 1000 * np.maximum(FALLING[0], 0.5) / months
    for share, height in zip(SHARES, levels.thresholds(wanted).tolist(), strict=True):
        if rates[-1] < wanted * share < rates[0]:
            assert np.exp(np.interp(height, HEIGHTS, np.log(rates))) == pytest.approx(wanted * share)
        else:
            assert height == (HEIGHTS[0] if wanted * share >= rates[0] else np.inf)


def test_what_the_log_cannot_tell_gives_its_share_to_the_rest() -> None:
    only, all_ = (Levels(FALLING, 900.0, kinds).thresholds(100.0) for kinds in ((True, False, False), EVERY))
    assert only[0] < all_[0]
    assert np.isinf(only[1:]).all()
    assert np.isfinite(all_).all()
    assert np.isinf(Levels(FALLING, 0.0, EVERY).thresholds(10.0)).all()


def test_the_kinds_are_those_of_the_log_and_the_seed_decides() -> None:
    bare = small(amounts=False, categories=False)
    assert bare.kinds == (True, False, False)
    assert not bare.counts[1:].any()
    assert np.isinf(bare.thresholds(50.0)[1:]).all()
    one, two, other = small(1), small(1), small(2)
    assert np.array_equal(one.counts, two.counts)
    assert not np.array_equal(one.counts, other.counts)
    assert one.months > 0


def learnt(world: World, asked: AlertSettings) -> tuple[Any, list[str], dict[str, float], Any]:
    """Learn from a world; return what was learnt, who was watched, and when each of the world changed or left."""
    drawn = simulate(world)
    prepared = prepare(nw.from_native(drawn.lines.select(["customer_id", "day", "amount", "category"])))
    log = SimpleNamespace(
        n_customers=world.customers, first_day=prepared.first_day, last_day=prepared.last_day, name="world"
    )
    found = learn(asked, prepared, log, 0)  # type: ignore[arg-type]
    names = prepared.ids(pa.chunked_array([found.visits.ids])).to_pylist()
    prepared.close()
    halved = drawn.truth["halved_day"].fill_null(np.inf).to_numpy()
    changed = np.minimum(halved, drawn.truth["death_day"].to_numpy())
    return found, names, dict(zip(drawn.truth["customer_id"].to_pylist(), changed.tolist(), strict=True)), log


@pytest.mark.slow
def test_a_world_gives_as_many_false_alarms_as_are_wanted() -> None:
    """Alarms of customers who have neither halved nor left by then, per 1,000 months of such customers."""
    asked = AlertSettings(false_alarms=20.0)
    world = World(customers=4000, purchases_per_year=30, days=500, acquisition_days=250, halving_share=0.1)
    found, names, changed, log = learnt(world, asked)
    ends = np.array([changed[name] for name in names])
    watched, start = found.watched, found.watched.start
    false, time = 0, 0.0
    for first, grid in grids(found.visits, found.days, watched.beliefs, watched.watching):
        same = found.days < ends[first : first + len(grid.watched), None]
        time += months((grid.watched & same)[:, found.days >= start])
        given = alarms(loud(grid, watched.thresholds), found.days, asked.cool_days).between(start, log.last_day)
        false += int(same[given.customer, given.day - found.days[0]].sum())
    wanted = asked.false_alarms * time / 1000
    assert wanted > 200
    # chance alone: alarms are Poisson, two standard deviations
    assert abs(false - wanted) < 0.2 * wanted + 2 * np.sqrt(wanted)
