"""The made-up world keeps its promises: rates, money, seasons, truth and outcomes agree."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from setia import btyd
from setia.errors import InputError
from setia.schema import LOG_OPTIONAL
from setia.simulate import Simulation, World, alive, expected_future, outcomes, simulate

PLAIN = World(
    customers=8_000,
    weekly_amplitude=0.0,
    yearly_amplitude=0.0,
    halving_share=0.0,
    refund_share=0.0,
    discount_share=0.0,
)


@pytest.fixture(scope="module")
def lively() -> Simulation:
    return simulate(World(customers=8_000, refund_share=0.1))


def test_the_same_seed_draws_the_same_world() -> None:
    small = World(customers=300)
    first, second, other = simulate(small), simulate(small), simulate(replace(small, seed=1))
    assert first.lines.equals(second.lines)
    assert first.truth.equals(second.truth)
    assert not first.truth.equals(other.truth)


def test_tables_have_the_shape_of_a_log(lively: Simulation) -> None:
    world, lines, truth = lively.world, lively.lines, lively.truth
    assert set(lines.column_names) == {"customer_id", "day", *LOG_OPTIONAL} - {"channel"}
    assert lines.schema.field("day").type == pa.int32()
    assert lines.schema.field("customer_id").type == pa.string()
    assert sum(column.null_count for column in lines.columns) == 0
    assert truth.num_rows == world.customers == pc.count_distinct(lines["customer_id"]).as_py()
    days = lines["day"].to_numpy()
    assert days.min() >= world.first_day
    assert days.max() == world.last_day
    first = lines.group_by("customer_id").aggregate([("day", "min")]).sort_by("customer_id")
    assert np.array_equal(first["day_min"].to_numpy(), truth["first_day"].to_numpy())
    assert np.ptp(truth["first_day"].to_numpy()) > 0.9 * world.acquisition_days


def test_nobody_buys_after_death(lively: Simulation) -> None:
    bought = lively.lines.filter(pc.greater(lively.lines["amount"], 0))
    last = bought.group_by("customer_id").aggregate([("day", "max")]).sort_by("customer_id")
    assert np.all(last["day_max"].to_numpy() <= lively.truth["death_day"].to_numpy())


def test_latents_have_the_means_they_were_given() -> None:
    truth = simulate(replace(PLAIN, customers=60_000, purchases_per_year=2.0, rate_spend_correlation=0.6)).truth
    rate, spend = truth["rate_per_day"].to_numpy(), truth["mean_spend"].to_numpy()
    assert rate.mean() * 365.25 == pytest.approx(2.0, rel=0.02)
    assert rate.var() / rate.mean() ** 2 == pytest.approx(1 / PLAIN.rate_shape, rel=0.05)
    assert truth["dropout_per_day"].to_numpy().mean() * 365.25 == pytest.approx(1.0, rel=0.02)
    assert spend.mean() == pytest.approx(40.0, rel=0.02)
    assert np.log(spend).std() == pytest.approx(0.6, rel=0.02)
    ranks = [np.argsort(np.argsort(v)) for v in (rate, spend)]
    assert np.corrcoef(*ranks)[0, 1] == pytest.approx(6 / np.pi * np.arcsin(0.3), abs=0.02)
    assert truth["contact_uplift"].to_numpy().mean() == pytest.approx(0.2, abs=0.01)
    assert truth["offer_take_rate"].to_numpy().mean() == pytest.approx(0.5, abs=0.01)


def test_orders_cost_what_the_world_says(lively: Simulation) -> None:
    world, lines = lively.world, lively.lines
    amount = lines["amount"].to_numpy()
    sold, back = lines.filter(pc.greater(lines["amount"], 0)), lines.filter(pc.less(lines["amount"], 0))
    orders = sold.group_by("order_id").aggregate([("amount", "sum"), ("discount", "sum"), ("order_id", "count")])
    spent, off = orders["amount_sum"].to_numpy(), orders["discount_sum"].to_numpy()
    assert orders["order_id_count"].to_numpy().mean() == pytest.approx(world.lines_per_order, rel=0.01)
    assert spent.mean() == pytest.approx(world.spend_mean, rel=0.03)
    assert (off > 0).mean() == pytest.approx(world.discount_share, abs=0.01)
    deep = off > 1
    assert off[deep].sum() / (off + spent)[deep].sum() == pytest.approx(world.discount_depth, rel=0.01)
    assert back.num_rows / len(spent) == pytest.approx(world.refund_share, rel=0.05)
    assert np.array_equal(np.round(amount, 2), amount)
    cost = (sold["unit_cost"].to_numpy() * sold["quantity"].to_numpy()).sum()
    assert cost / (off + spent).sum() == pytest.approx(world.unit_cost_share, rel=0.05)


def test_every_refund_undoes_a_line_of_the_log(lively: Simulation) -> None:
    lines = lively.lines
    key = ["customer_id", "order_id", "product_id", "quantity", "amount", "discount", "unit_cost"]
    back = lines.filter(pc.less(lines["amount"], 0)).select([*key, "day"]).to_pylist()
    named = lines.filter(pc.is_in(lines["order_id"], value_set=pa.array([row["order_id"] for row in back])))
    sold = {tuple(row[k] for k in key): row["day"] for row in named.to_pylist()}
    for row in back:
        mirrored = tuple(-row[k] if k in ("quantity", "amount", "discount") else row[k] for k in key)
        assert 1 <= row["day"] - sold[mirrored] <= 14


def test_seasons_swing_as_told() -> None:
    world = World(customers=20_000, days=2 * 365, acquisition_days=1, dropout_per_year=0.0, halving_share=0.0)
    lines = simulate(replace(world, refund_share=0.0, lines_per_order=1.0)).lines
    days = lines["day"].to_numpy()
    days = days[days > world.first_day]
    week = np.bincount((days + 4) % 7, minlength=7)  # 1970-01-01 was a Thursday: 0 is Sunday
    assert week.argmax() == 6
    assert week.max() / week.mean() == pytest.approx(1.3, abs=0.03)
    year = np.bincount((days - world.first_day) // 73, minlength=10).reshape(2, 5).sum(axis=0)
    assert year.argmax() == 4
    assert year[4] / year.mean() > 1.2


def test_regular_buyers_have_even_gaps() -> None:
    world = replace(PLAIN, customers=2_000, dropout_per_year=0.0, rate_shape=1e4, acquisition_days=1)
    spread = {}
    for k in (1, 4):
        lines = simulate(replace(world, regularity=k, lines_per_order=1.0, purchases_per_year=12.0)).lines
        table = lines.sort_by([("customer_id", "ascending"), ("day", "ascending")])
        gaps = np.diff(table["day"].to_numpy())
        same = table["customer_id"].to_numpy()[1:] == table["customer_id"].to_numpy()[:-1]
        gaps = gaps[same]
        spread[k] = gaps.std() / gaps.mean()
        assert gaps.mean() == pytest.approx(365.25 / 12, rel=0.05)
    assert spread[1] == pytest.approx(1.0, abs=0.05)
    assert spread[4] == pytest.approx(0.5, abs=0.04)


def test_halved_customers_buy_half_as_often() -> None:
    world = replace(PLAIN, halving_share=1.0, dropout_per_year=0.0, acquisition_days=1, lines_per_order=1.0)
    simulation = simulate(world)
    halved = simulation.truth["halved_day"].to_numpy()
    who = pc.index_in(simulation.lines["customer_id"], value_set=simulation.truth["customer_id"].combine_chunks())
    day, who = simulation.lines["day"].to_numpy(), who.to_numpy()
    again = day > world.first_day
    after = again & (day >= halved[who])
    days_after = (world.last_day + 1 - halved).sum()
    days_before = (halved - world.first_day - 0.5).clip(0).sum()
    ratio = (after.sum() / days_after) / ((again & ~after).sum() / days_before)
    assert ratio == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("back", [100, 400])
def test_what_was_expected_is_what_came(lively: Simulation, back: int) -> None:
    day, horizon = lively.world.last_day - back, 90
    expected, came = expected_future(lively, day, horizon), outcomes(lively, day, horizon)
    assert expected["customer_id"].equals(came["customer_id"])
    known = alive(lively.truth, day)
    for column, outcome in (
        ("p_none", came["purchases"].to_numpy() == 0),
        ("expected_purchases", came["purchases"].to_numpy()),
        ("expected_value", came["value"].to_numpy()),
    ):
        forecast = expected[column].to_numpy()
        for part in np.array_split(np.flatnonzero(known)[np.argsort(forecast[known])], 4):
            error = outcome[part].astype(float) - forecast[part]
            # refunds of earlier orders fall into the window, so money is a little less exact
            allowed = 4 * error.std() / np.sqrt(len(part)) + 0.02 * abs(forecast[part]).mean()
            assert abs(error.mean()) < allowed, column
    born = lively.truth["first_day"].to_numpy() <= day
    assert np.all(expected["p_none"].to_numpy()[~known] == 1)
    assert came["purchases"].to_numpy()[born & ~known].sum() == 0


def test_discounting_makes_the_future_smaller(lively: Simulation) -> None:
    day = lively.world.last_day
    plain = expected_future(lively, day, 365)["expected_value"].to_numpy()
    less = expected_future(lively, day, 365, discount_rate_annual=0.1)["expected_value"].to_numpy()
    assert 0.9 * plain.sum() < less.sum() < plain.sum()


def test_a_pareto_nbd_finds_the_truth_of_a_pareto_nbd_world() -> None:
    world = replace(
        PLAIN, customers=40_000, purchases_per_year=6.0, lines_per_order=1.0, rate_shape=1.2, dropout_shape=0.8
    )
    simulation = simulate(world)
    cutoff = world.last_day - 90
    seen = simulation.lines.filter(pc.less_equal(simulation.lines["day"], cutoff))
    per_day = seen.group_by(["customer_id", "day"]).aggregate([])
    rows = per_day.group_by("customer_id").aggregate([("day", "min"), ("day", "max"), ("day", "count")])
    first, last = rows["day_min"].to_numpy(), rows["day_max"].to_numpy()
    counts, index = btyd.compress(rows["day_count"].to_numpy() - 1, last - first, cutoff - first)
    model = btyd.pareto_nbd.fit(counts)
    rate, dropout = 6.0 / 365.25, 1.0 / 365.25
    assert model.converged
    assert model.r == pytest.approx(1.2, rel=0.1)
    assert model.r / model.alpha == pytest.approx(rate, rel=0.05)
    assert model.s == pytest.approx(0.8, rel=0.25)
    assert model.s / model.beta == pytest.approx(dropout, rel=0.2)
    place = pc.index_in(rows["customer_id"], value_set=simulation.truth["customer_id"].combine_chunks()).to_numpy()
    history = counts.frequency, counts.recency, counts.T
    truth, came = alive(simulation.truth, cutoff)[place], outcomes(simulation, cutoff, 90)
    calibrated(model.p_alive(*history)[index], truth)
    calibrated(model.p_none(90, *history)[index], came["purchases"].to_numpy()[place] == 0)
    expected = model.expected_purchases(90, *history)[index]
    assert expected.sum() == pytest.approx(came["purchases"].to_numpy()[place].sum(), rel=0.03)


def calibrated(forecast: np.ndarray, truth: np.ndarray) -> None:
    errors = [
        abs(forecast[part].mean() - truth[part].mean())
        for part in np.array_split(np.argsort(forecast, kind="stable"), 10)
    ]
    assert np.mean(errors) < 0.01
    assert max(errors) < 0.02


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"customers": 0}, "customers is 0; it must be above 0"),
        ({"refund_share": 1.5}, "between 0 and 1"),
        ({"spend_spread": -1.0}, "0 or more"),
        ({"start": "1.1.2022"}, "YYYY-MM-DD"),
        ({"acquisition_days": 900}, "lasts only 730"),
        ({"rate_spend_correlation": 1.0}, "between -1 and 1"),
        ({"lines_per_order": 0.5}, "lines_per_order of 1 or more"),
    ],
)
def test_impossible_worlds_are_told_in_a_sentence(wrong: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        World(**wrong)


@pytest.mark.parametrize("extreme", [{"customers": 1}, {"dropout_per_year": 0.0}, {"contact_uplift": 0.0}])
def test_extreme_worlds_can_be_drawn(extreme: dict) -> None:
    simulation = simulate(replace(World(customers=50), **extreme))
    future = expected_future(simulation, simulation.world.last_day, 30)
    assert future.num_rows == simulation.world.customers
    assert all(np.all(np.isfinite(future[c].to_numpy())) for c in ("p_none", "expected_purchases", "expected_value"))


@pytest.mark.slow
def test_a_million_customers_take_less_than_a_minute() -> None:
    begun = time.process_time()
    assert simulate(World(customers=1_000_000)).truth.num_rows == 1_000_000
    assert time.process_time() - begun < 60
