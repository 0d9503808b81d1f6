"""Intervals of the value: calibrated on a simulated mixture, ordered and finite on anything."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from setia import metrics
from setia.errors import InputError
from setia.learn.interval import IntervalSettings, fit_predictive
from setia.learn.predictive import EVIDENCE, Predictive
from setia.panel import Panel

#: One column more than the evidence, in another order: columns are found by name.
NAMES = ("other", *reversed(EVIDENCE))
DEFAULT = IntervalSettings()


class World:
    """Customers with known chances of buying, typical amounts and spreads; `sigma` stands in value_log_sd."""

    def __init__(self, rows: int, seed: int, kind: str = "money", most_none: float = 1.0) -> None:
        random = np.random.default_rng(seed)
        self.p_none = random.beta(0.6, 0.6, rows) * most_none
        self.sigma = random.uniform(0.2, 1.2, rows)
        median = np.exp(random.normal(3, 1, rows))
        bought = random.random(rows) > self.p_none
        if kind == "counts":
            rate = np.exp(random.normal(0.5, 0.8, rows))
            amount = 1.0 + random.poisson(rate)
            mean = 1 + rate
        else:
            amount = median * np.exp(self.sigma * random.normal(size=rows))
            mean = median * np.exp(self.sigma**2 / 2)
        value = np.where(bought, amount, 0.0)
        if kind == "refunds":
            returned = random.random(rows) < np.where(bought, 0.03, 0.06)
            value = np.where(returned, -0.3 * median * random.random(rows), value)
        self.median, self.bought = median, bought
        self.expected = (1 - self.p_none) * mean
        columns = {name: random.gamma(2.0, 1.0, rows) for name in NAMES}
        columns |= {"value_log_sd": self.sigma, "btyd_amount": mean}
        X = np.column_stack([columns[name] for name in NAMES]).astype(np.float32)
        X[random.random(X.shape) < 0.01] = np.nan
        nothing = np.zeros(rows)
        self.panel = Panel(
            customer_id=np.array([f"c{i}" for i in range(rows)], dtype=object),
            cutoff=np.full(rows, 15_000),
            names=NAMES,
            X=X,
            defected=(~bought).astype(float),
            value=value,
            purchases=bought.astype(float),
            past_value=nothing,
            last_value=nothing,
            last_purchases=nothing,
            recent_purchases=nothing,
            former_purchases=nothing,
        )

    @property
    def asked(self) -> tuple[Any, ...]:
        return self.p_none, self.expected, self.panel.X, self.panel.names

    def learn(self, how: IntervalSettings = DEFAULT) -> Predictive:
        return fit_predictive(how, self.panel, self.p_none, self.expected, seed=3)


@pytest.mark.parametrize("kind", ["money", "refunds", "counts"])
@pytest.mark.parametrize("bands", [1, 5])
def test_outcomes_fall_evenly_over_their_distribution(kind: str, bands: int) -> None:
    found = World(8000, 1, kind).learn(IntervalSettings(bands=bands))
    new = World(8000, 2, kind)
    pit = found.pit(new.panel.value, *new.asked, seed=5)
    assert metrics.pit_ks(pit) < 0.025
    # within a quarter of the rows too, told by what is known beforehand
    for known in (new.p_none, new.expected):
        for quarter in np.array_split(np.argsort(known), 4):
            assert metrics.pit_ks(pit[quarter]) < 0.06


def test_zero_is_spread_over_its_chance_and_the_seed_decides() -> None:
    world = World(2000, 4, "refunds")
    found = world.learn()
    first, again, other = (found.pit(world.panel.value, *world.asked, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first[~world.bought] != other[~world.bought]).all()
    above = world.panel.value > 0
    np.testing.assert_array_equal(first[above], other[above])


def test_four_of_five_lie_within_in_every_band_where_nearly_all_buy() -> None:
    found = World(6000, 6, most_none=0.08).learn()
    new = World(20_000, 7, most_none=0.08)
    low, high = found.bounds(*new.asked)
    assert (low > 0).all()
    for band in np.array_split(np.argsort(new.expected), 5):
        value = new.panel.value[band]
        assert metrics.coverage(value, low[band], high[band]) == pytest.approx(0.8, abs=0.03)
        assert np.mean(value < low[band]) == pytest.approx(0.1, abs=0.025)


@pytest.mark.parametrize("rows", [100, 400])
def test_few_rows_to_learn_from_still_cover(rows: int) -> None:
    new = World(2000, 0, most_none=0.08)
    covered = []
    for seed in range(1, 21):
        low, high = World(rows, seed, most_none=0.08).learn().bounds(*new.asked)
        covered.append(metrics.coverage(new.panel.value, low, high))
    assert np.mean(covered) > 0.78


def test_it_comes_close_to_knowing_the_world() -> None:
    new = World(20_000, 9)
    missed = (1 - DEFAULT.coverage) / 2

    def truth(level: float) -> Any:
        rank = np.clip((level - new.p_none) / (1 - new.p_none), 1e-12, 1)
        return np.where(level > new.p_none, new.median * np.exp(new.sigma * ndtri(rank)), 0.0)

    best = metrics.interval_score(new.panel.value, truth(missed), truth(1 - missed))
    ours = metrics.interval_score(new.panel.value, *World(8000, 8).learn().bounds(*new.asked))
    assert ours < 1.02 * best


def test_who_buys_nothing_gets_zero_and_who_may_not_buy_starts_there() -> None:
    world = World(3000, 10)
    low, high = world.learn().bounds(*world.asked)
    assert (low[world.p_none > 0.12] == 0).all()
    assert (high[world.p_none > 0.92] == 0).all()
    assert (low[world.p_none < 0.08] > 0).all()
    assert (high[world.p_none < 0.88] > 0).all()


def test_purchases_are_told_in_whole_numbers() -> None:
    world = World(3000, 11, "counts")
    for bound in world.learn().bounds(*world.asked):
        np.testing.assert_array_equal(bound, np.round(bound))
        assert bound.max() > 1


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 1000),
    rows=st.integers(1, 60),
    kind=st.sampled_from(["money", "refunds", "counts"]),
    most_none=st.sampled_from([0.0, 0.3, 1.0]),
    bands=st.integers(1, 6),
)
def test_quantiles_rise_with_their_level_and_ends_are_in_order(
    seed: int, rows: int, kind: str, most_none: float, bands: int
) -> None:
    found = World(rows, seed, kind, most_none).learn(IntervalSettings(bands=bands))
    new = World(50, seed + 1, kind)
    told = np.array([found.quantile(level, *new.asked) for level in np.linspace(0, 1, 41)])
    assert np.isfinite(told).all()
    assert (np.diff(told, axis=0) >= 0).all()
    low, high = found.bounds(*new.asked)
    assert (low <= high).all()
    np.testing.assert_array_equal(high, found.quantile(0.9, *new.asked))
    pit = found.pit(new.panel.value, *new.asked, seed=1)
    assert ((pit >= 0) & (pit <= 1)).all()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    p_none=st.floats(0, 1),
    expected=st.floats(-1e300, 1e300),
    column=st.floats(allow_nan=True, allow_infinity=False, width=32),
    value=st.floats(-1e300, 1e300),
    kind=st.sampled_from(["refunds", "counts"]),
)
def test_whatever_is_asked_the_answer_is_a_number(
    p_none: float, expected: float, column: float, value: float, kind: str
) -> None:
    found = World(300, 12, kind).learn()
    asked = np.array([p_none]), np.array([expected]), np.full((1, len(NAMES)), column, dtype=np.float32), NAMES
    told = [*found.bounds(*asked), *(found.quantile(level, *asked) for level in (0.0, 0.001, 0.999, 1.0))]
    assert np.isfinite(told).all()
    assert told[0] <= told[1]
    assert 0 <= found.pit(np.array([value]), *asked, seed=1)[0] <= 1


@pytest.mark.parametrize("most_none", [0.0, 1.0])
def test_without_a_buyer_or_without_a_pause_it_still_answers(most_none: float) -> None:
    world = World(200, 13, most_none=most_none)
    chosen = world.bought == (most_none == 0)
    seen = world.panel.rows(chosen)
    found = fit_predictive(DEFAULT, seen, world.p_none[chosen], world.expected[chosen], seed=1)
    low, high = found.bounds(*world.asked)
    assert np.isfinite(high).all()
    assert (low <= high).all()
    assert (high[world.p_none < 0.8] > 0).all()


def test_columns_that_the_log_cannot_fill_are_done_without() -> None:
    world, new = World(4000, 14), World(4000, 15)
    bare = replace(world.panel, names=("other",), X=world.panel.X[:, :1])
    found = fit_predictive(DEFAULT, bare, world.p_none, world.expected, seed=1)
    asked = new.p_none, new.expected, new.panel.X[:, :1], ("other",)
    assert metrics.pit_ks(found.pit(new.panel.value, *asked, seed=1)) < 0.03
    whole = metrics.interval_score(new.panel.value, *world.learn().bounds(*new.asked))
    assert whole < metrics.interval_score(new.panel.value, *found.bounds(*asked))


def test_through_json_nothing_changes() -> None:
    world = World(500, 16, "refunds")
    found = world.learn()
    again = Predictive.from_dict(json.loads(json.dumps(found.as_dict())))
    assert again == found
    for one, other in zip(found.bounds(*world.asked), again.bounds(*world.asked), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_wider_coverage_makes_a_wider_interval() -> None:
    world = World(2000, 17)
    (low, high), (lower, higher) = (
        world.learn(IntervalSettings(coverage=share)).bounds(*world.asked) for share in (0.6, 0.95)
    )
    assert (lower <= low).all()
    assert (high <= higher).all()
    assert (high < higher).any()


@pytest.mark.parametrize(
    ("name", "value"), [("coverage", 0.0), ("coverage", 1.0), ("bands", 0), ("band_prior_rows", -1), ("prior_rows", 0)]
)
def test_settings_that_make_no_sense_are_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(InputError, match=f"interval.{name}"):
        IntervalSettings(**(asdict(DEFAULT) | {name: value}))
