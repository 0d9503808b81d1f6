"""A second life: against a plain loop over the log, by example, and that what comes later changes nothing."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import START, engine
from small_logs import Row, duckdb_frame, random_log

from setia.history import prepare
from setia.policy.second_life import GAPS_IN_P99, PRIOR_RETURNS, SecondLife, second_life

COLUMNS = ("customer_id", "day", "amount")


def found_in(
    rows: Iterable[Row], as_of: int, silence: float, follow_up: int, columns: tuple[str, ...] = COLUMNS
) -> SecondLife:
    where = engine()
    try:
        prepared = prepare(duckdb_frame(where, list(rows), columns), where)
        return second_life(prepared, as_of, silence, follow_up)
    finally:
        where.close()


def plain(rows: Iterable[Row], as_of: int, silence: float, follow_up: int) -> tuple[int, float, float]:
    """Returns, what came within the follow-up of each, and what their former pace would have brought."""
    money: dict[str, dict[int, float]] = {}
    bought: dict[str, set[int]] = {}
    for row in rows:
        if row["day"] <= as_of:
            days = money.setdefault(row["customer_id"], {})
            days[row["day"]] = days.get(row["day"], 0.0) + row["amount"]
            if row["amount"] > 0:
                bought.setdefault(row["customer_id"], set()).add(row["day"])
    returns, came, former = 0, 0.0, 0.0
    for who, days in bought.items():
        visits = sorted(days)
        for before, back in pairwise(visits):
            earlier = [day for day in visits if day <= before]
            if back - before > silence and back + follow_up <= as_of:
                returns += 1
                came += sum(money[who][day] for day in visits if back < day <= back + follow_up)
                pace = sum(money[who][day] for day in earlier) / (before - earlier[0] + 1 + silence / GAPS_IN_P99)
                former += max(pace, 0.0) * follow_up
    return returns, came, former


@given(st.integers(0, 5000), st.sampled_from([2.0, 4.5, 9.0, 20.0]), st.sampled_from([1, 7, 30]))
@settings(max_examples=20)
def test_it_is_what_a_plain_loop_says(seed: int, silence: float, follow_up: int) -> None:
    rows, as_of = random_log(seed, customers=25), START + 90
    returns, came, former = plain(rows, as_of, silence, follow_up)
    found = found_in(rows, as_of, silence, follow_up)
    assert (found.returns, found.follow_up_days) == (returns, follow_up)
    if former:
        assert found.measured == pytest.approx(came / former)
        share = (came / former * returns + PRIOR_RETURNS) / (returns + PRIOR_RETURNS)
        assert found.share == pytest.approx(min(max(share, 0.0), 1.0))


@given(st.integers(0, 5000))
@settings(max_examples=8)
def test_what_comes_later_changes_nothing(seed: int) -> None:
    chance, as_of = random.Random(seed), START + 70
    rows = random_log(seed, customers=25)
    known = [row for row in rows if row["day"] <= as_of]
    later = [{**row, "amount": 99.0, "day": as_of + chance.randrange(1, 9)} for row in rows if chance.random() < 0.5]
    one, other = (found_in(these, as_of, 4.0, 10) for these in (known, [*known, *later]))
    np.testing.assert_equal(vars(one), vars(other))


def visits(*days: int, amount: float = 10.0, who: str = "ann") -> list[Row]:
    return [{"customer_id": who, "day": START + day, "amount": amount} for day in days]


def test_what_counts_by_example() -> None:
    # 30 in the 11 days from 0 to 10 and a usual gap; silent for 40 days; back on day 50, which does not count; 10 in
    # the 20 days after
    ann = visits(0, 5, 10, 50, 70, 71)
    found = found_in(ann, START + 100, 39, 20)
    assert (found.returns, found.measured) == (1, pytest.approx(10 / (30 / (11 + 39 / GAPS_IN_P99) * 20)))
    assert found_in(ann, START + 100, 40, 20).returns == 0  # not longer than that
    assert found_in(ann, START + 70, 39, 20).returns == 1  # followed to the last day
    assert found_in(ann, START + 69, 39, 20).returns == 0
    once = found_in(visits(0, 50, 60), START + 100, 39, 20)
    assert (once.returns, once.measured) == (1, pytest.approx(10 / (10 / (1 + 39 / GAPS_IN_P99) * 20)))


def test_without_amounts_purchases_are_counted() -> None:
    found = found_in(visits(0, 5, 10, 50, 60, 65), START + 100, 39, 20, ("customer_id", "day"))
    assert found.measured == pytest.approx(2 / (3 / (11 + 39 / GAPS_IN_P99) * 20))


def test_few_returns_say_little() -> None:
    none = found_in(visits(0, 5), START + 100, 39, 20)
    assert (none.share, none.returns) == (1.0, 0)
    assert none.measured != none.measured
    silent = [row for k in range(10) for row in visits(0, 5, 10, 60, who=f"c{k}")]
    assert found_in(silent, START + 100, 39, 20).share == pytest.approx(0.5)  # ten of nothing, beside ten of the prior
    eager = [row for k in range(10) for row in visits(0, 10, *range(60, 80), who=f"c{k}")]
    assert found_in(eager, START + 100, 39, 20).measured > 1
    assert found_in(eager, START + 100, 39, 20).share == 1.0  # no second life is better than the first
