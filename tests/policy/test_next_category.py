"""The next category: what leads to it is found where it is known, and nothing after the day is looked at."""

from __future__ import annotations

from collections.abc import Iterator

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest
from small_bakers import START, bakers
from small_logs import random_log, table

from setia.engine import DuckEngine, EngineSettings, open_duckdb
from setia.history import bought_next, category_days, shelf_of, stock_at
from setia.policy.logistic import chance, logistic
from setia.policy.next_category import OWNED_DAYS, learnt, next_category

HORIZON = 50


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    opened = open_duckdb(EngineSettings(threads=1))
    yield opened
    opened.close()


def lines(engine: DuckEngine, log: pa.Table) -> nw.LazyFrame:
    return engine.adopt(log)


def test_flour_leads_to_yeast_with_the_true_chance(engine: DuckEngine) -> None:
    log = bakers()
    as_of = START + 249
    found = next_category(lines(engine, log), engine, as_of, HORIZON)
    known = log.filter(pa.array(log["day"].to_numpy() <= as_of)).to_pandas()
    owners = {name: set(known[known.category == name].customer_id) for name in ("yeast", "flour", "soap")}
    assert found.customer_id.tolist() == sorted(set(known.customer_id))
    flour = np.array([name in owners["flour"] for name in found.customer_id])
    yeast = np.array([name in owners["yeast"] for name in found.customer_id])
    assert set(found.category[flour & ~yeast]) == {"yeast"}
    # five visits to come, each with a chance of 0.03, or of 0.002
    bakers_chance = found.chance[flour & ~yeast].mean()
    assert bakers_chance == pytest.approx(1 - 0.97**5, abs=0.07)
    assert bakers_chance > 3 * found.chance[~flour & ~yeast].mean()
    assert "yeast" not in set(found.category[yeast])
    # and about as much money: on average three visits at 2
    assert found.value[flour & ~yeast][0] == pytest.approx(6.0, abs=1.5)
    chosen = [name for name in found.category if name is not None]
    assert set(chosen) <= {"yeast", "soap", "beer", "flour"}


def test_what_comes_after_the_day_changes_nothing(engine: DuckEngine) -> None:
    log, as_of = bakers(200), START + 200
    cut = log.filter(pa.array(log["day"].to_numpy() <= as_of))
    whole, known = (next_category(lines(engine, one), engine, as_of, HORIZON) for one in (log, cut))
    assert whole.customer_id.tolist() == known.customer_id.tolist()
    assert whole.category.tolist() == known.category.tolist()
    assert whole.chance == pytest.approx(known.chance)
    assert whole.value == pytest.approx(known.value)


def test_the_order_of_lines_changes_nothing(engine: DuckEngine) -> None:
    log = bakers(100)
    shuffled = log.take(pa.array(np.random.default_rng(3).permutation(len(log))))
    one, other = (next_category(lines(engine, each), engine, START + 250, HORIZON) for each in (log, shuffled))
    assert one.category.tolist() == other.category.tolist()
    assert one.chance == pytest.approx(other.chance)


def test_a_log_that_is_too_short_teaches_nothing(engine: DuckEngine) -> None:
    found = next_category(lines(engine, bakers(50, span=90)), engine, START + 89, HORIZON)
    assert len(found.customer_id) == 50
    assert set(found.category) == {None}
    assert (found.chance == 0).all()
    assert (found.value == 0).all()


def test_shelves_are_those_of_plain_loops(engine: DuckEngine) -> None:
    rows, cutoff, horizon, back = random_log(7, customers=25, span=300), 17_180, 40, 90
    days = category_days(lines(engine, table(rows)), engine)
    stock = stock_at(days, cutoff, 3)
    (piece,) = days.chunks.map(lambda one: one)
    shelf = shelf_of(piece, cutoff, horizon, back, stock.categories)
    bought, money = bought_next(piece, shelf, cutoff, horizon, stock.categories)
    sold = [row for row in rows if row["amount"] > 0]
    known = [row for row in sold if row["day"] <= cutoff]
    owners = {
        name: {row["customer_id"] for row in known if row["category"] == name} for name in ("k0", "k1", "k2", "k3")
    }
    assert stock.customers == len({row["customer_id"] for row in known})
    assert stock.first_day == min(row["day"] for row in known)
    assert stock.categories == tuple(sorted(owners, key=lambda name: (-len(owners[name]), name))[:3])
    for at, customer in enumerate(days.ids(shelf.ids).to_pylist()):
        mine = [row for row in known if row["customer_id"] == customer]
        visits = {row["day"] for row in mine}
        assert shelf.purchases[at] == len(visits)
        assert shelf.recent[at] == len([day for day in visits if day > cutoff - horizon])
        assert shelf.since_days[at] == cutoff - max(visits)
        assert shelf.tenure_days[at] == cutoff - min(visits)
        for c, name in enumerate(stock.categories):
            held = {row["category"] for row in mine if row["day"] > cutoff - back}
            assert shelf.owned[at, c] == (name in held)
            ahead = [row for row in rows if row["customer_id"] == customer and row["category"] == name]
            ahead = [row for row in ahead if cutoff < row["day"] <= cutoff + horizon]
            assert bought[at, c] == any(row["amount"] > 0 for row in ahead)
            assert money[at, c] == pytest.approx(sum(row["amount"] for row in ahead))
    days.chunks.close()


def test_chances_are_those_of_a_model_of_all_customers_however_they_are_cut(engine: DuckEngine) -> None:
    days = category_days(lines(engine, bakers(600)), engine)
    model = learnt(days, START + 240, HORIZON)
    assert model is not None
    (piece,) = days.chunks.map(lambda one: one)
    shelf = shelf_of(piece, START + 240, HORIZON, OWNED_DAYS, model.names)
    every = model.chances(shelf)
    assert ((every >= 0) & (every < 1)).all()
    assert (every[shelf.owned] == 0).all()
    parts = np.concatenate([model.chances(shelf.rows(slice(a, a + 40))) for a in range(0, 600, 40)])
    assert parts == pytest.approx(every)


def test_logistic_regression_is_where_its_slope_is_zero() -> None:
    random = np.random.default_rng(0)
    X = np.c_[np.ones(500), random.normal(size=(500, 3))]
    offset, ridge = random.normal(size=500), np.array([0.1, 1.0, 5.0, 50.0])
    y = (random.random(500) < chance(X @ [0.5, 1.0, -2.0, 3.0] + offset)).astype(float)
    b = logistic(X, y, offset, ridge)
    assert X.T @ (chance(offset + X @ b) - y) + ridge * b == pytest.approx(np.zeros(4), abs=1e-3)
