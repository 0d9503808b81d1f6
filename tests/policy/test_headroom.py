"""Headroom: what it claims by hand, what it must not claim, and that it looks at history alone."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pytest
from small_logs import random_log, table

from setia.history import prepare
from setia.policy.headroom import LOOK_BACK_DAYS, PEERS, habits, headroom
from setia.simulate import World, simulate


def alike(spent: np.ndarray, visits: float = 6.0) -> np.ndarray:
    """Return the headroom of customers who differ in nothing but what they spend on a visit."""
    ones = np.ones(len(spent))
    return headroom(visits * ones, visits * spent, 400 * ones, 3 * ones, 73, 0.8)


def test_peers_who_differ_in_nothing_else_are_compared_by_their_quantile() -> None:
    spent = np.arange(PEERS, dtype=float)
    found = alike(spent)
    # six visits a year are 1.2 in 73 days
    assert found == pytest.approx(np.maximum(np.quantile(spent, 0.8) - spent, 0) * 6 / LOOK_BACK_DAYS * 73)


def test_few_peers_claim_little() -> None:
    few, enough = alike(np.tile([0.0, 10.0], 5)), alike(np.tile([0.0, 10.0], 25))
    assert few[0] == pytest.approx(enough[0] * 10 / PEERS)
    assert alike(np.array([7.0])) == pytest.approx([0.0])
    assert len(alike(np.array([]))) == 0


def test_nothing_is_claimed_for_the_new_the_gone_or_those_on_top() -> None:
    rng = np.random.default_rng(0)
    n = 400
    visits, tenure = rng.integers(0, 20, n).astype(float), rng.integers(0, 500, n).astype(float)
    money = visits * rng.gamma(2.0, 20.0, n)
    found = headroom(visits, money, tenure, rng.integers(1, 9, n).astype(float), 60)
    assert (found >= 0).all()
    assert (found[(visits == 0) | (tenure < 60)] == 0).all()
    assert (found > 0).mean() > 0.3
    assert found[np.argmax(money / np.maximum(visits, 1))] == 0
    more = headroom(visits, money, tenure, np.ones(n), 60, 0.9) >= headroom(visits, money, tenure, np.ones(n), 60, 0.5)
    assert more.all()


def test_the_order_of_customers_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    n = 300
    columns = [rng.gamma(2.0, 5.0, n) + 1, rng.gamma(2.0, 50.0, n), rng.uniform(60, 900, n), rng.uniform(1, 30, n)]
    order = rng.permutation(n)
    assert headroom(*(one[order] for one in columns), 60) == pytest.approx(headroom(*columns, 60)[order])


@pytest.mark.parametrize("columns", [("customer_id", "day"), ("customer_id", "day", "amount", "category")])
def test_what_comes_after_the_cutoff_changes_nothing(columns: tuple[str, ...]) -> None:
    rows, cutoff = random_log(3, customers=40, span=200), 17_120
    known = [row for row in rows if row["day"] <= cutoff]
    found = []
    for log in (rows, known):
        prepared = prepare(nw.from_native(table(log, columns)))
        found.append(habits(prepared, cutoff))
        prepared.close()
    assert found[0].customer_id.tolist() == found[1].customer_id.tolist()
    for name in ("visits", "money", "tenure_days", "breadth"):
        assert getattr(found[0], name) == pytest.approx(getattr(found[1], name))


def test_habits_are_those_of_plain_loops() -> None:
    rows, cutoff = random_log(5, customers=30, span=500), 17_420
    prepared = prepare(nw.from_native(table(rows)))
    found = habits(prepared, cutoff)
    prepared.close()
    for at, customer in enumerate(found.customer_id):
        mine = [row for row in rows if row["customer_id"] == customer and row["day"] <= cutoff]
        bought = [row for row in mine if row["amount"] > 0]
        recent = cutoff - LOOK_BACK_DAYS
        assert found.visits[at] == len({row["day"] for row in bought if row["day"] > recent})
        assert found.money[at] == pytest.approx(sum(row["amount"] for row in mine if row["day"] > recent))
        assert found.tenure_days[at] == cutoff - min(row["day"] for row in bought)
        assert found.breadth[at] == len({row["category"] for row in bought} - {None})


def test_in_a_known_world_it_is_near_the_true_gap() -> None:
    world = World(customers=3000, seed=4)
    made = simulate(world)
    prepared = prepare(nw.from_native(made.lines))
    found = habits(prepared, world.last_day)
    prepared.close()
    room = headroom(found.visits, found.money, found.tenure_days, found.breadth, 60)
    mean = dict(zip(made.truth["customer_id"].to_pylist(), made.truth["mean_spend"].to_pylist(), strict=True))
    spent = np.array([mean[name] for name in found.customer_id])
    who = (found.visits > 0) & (found.tenure_days >= 60)
    pace = found.visits / np.minimum(found.tenure_days + 1, LOOK_BACK_DAYS) * 60
    true = np.where(who, np.maximum(np.quantile(spent[who], 0.8) - spent, 0) * pace, 0.0)
    assert room.sum() / true.sum() == pytest.approx(1.08, abs=0.1)
    assert np.corrcoef(room, true)[0, 1] > 0.9
