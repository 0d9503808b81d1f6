"""Who was profitable and is not any more, why, and how the profit lies on customers."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from makers import engine, small_log
from small_logs import Row

from setia.engine import Engine
from setia.ledger import UNITS, Book, Costs, book
from setia.ledger.months import BEFORE, LEAST_BEFORE, NOW
from setia.ledger.whale import whale

from .plain import dirty_rows, month_of, plain_ledger, row_of, some_costs, summed


@cache
def where() -> Engine:
    return engine()


def booked(rows: list[Row], costs: Costs | None = None) -> Book:
    return book(small_log(where(), rows), where(), costs or Costs(goods_rate=0.5))


def monthly(customer: str, amounts: list[float], **more: object) -> list[Row]:
    return [row_of(customer, 5 + 30 * month, amount, **more) for month, amount in enumerate(amounts)]


EARNED = "earned 300.00 in the months before, lost"


@pytest.mark.parametrize(
    ("late", "why"),
    [
        (
            [row_of("a", 260 + k, 10.0, discount=40.0) for k in range(3)],
            f"{EARNED} 45.00 in the last 3: discounts rose from 0 % to 80 % of sales.",
        ),
        (
            [row_of("a", 260, 10.0), row_of("a", 261, -100.0)],
            f"{EARNED} 45.00 in the last 3: refunds rose from 0 % to 1000 % of sales.",
        ),
        (
            [row_of("a", 260, -50.0)],
            f"{EARNED} 25.00 in the last 3: nothing was sold any more, what remained was refunds.",
        ),
    ],
)
def test_what_turned_a_customer_is_a_sentence(late: list[Row], why: str) -> None:
    assert [each.why for each in booked([*monthly("a", [100.0] * 6), *late]).turned] == [why]


def test_the_part_that_turned_is_the_one_whose_share_grew_most() -> None:
    cheap = monthly("a", [100.0] * 9, quantity=1.0, unit_cost=60.0, order_id="o")
    dear = [row | {"unit_cost": 130.0} for row in cheap[-3:]]
    (found,) = booked(cheap[:-3] + dear).turned
    assert (found.part, found.share_before, found.share_now) == ("goods", pytest.approx(0.6), pytest.approx(1.3))
    assert found.why == (
        "earned 240.00 in the months before, lost 90.00 in the last 3: the cost of goods rose from 60 % to 130 % of "
        "sales."
    )
    small = [row_of("a", 185 + 30 * month, 1.0) for month in range(3)]
    (found,) = booked([*monthly("a", [100.0] * 6), *small], Costs(goods_rate=0.5, per_order=2.0)).turned
    assert found.part == "service"
    assert found.why.endswith("the cost of service rose from 2 % to 200 % of sales.")


def test_who_is_too_new_or_never_earned_anything_has_not_turned() -> None:
    loss = {"quantity": 1.0, "unit_cost": 130.0}
    gain = {"quantity": 1.0, "unit_cost": 60.0}
    new = [*monthly("new", [100.0] * 2, **gain), *monthly("new", [0.0] * 2 + [100.0] * 2, **loss)]
    never = monthly("never", [100.0] * 10, **loss)
    better = [*monthly("better", [100.0] * 7, **loss), *monthly("better", [0.0] * 7 + [100.0] * 3, **gain)]
    found = booked([*(row for row in new if row["amount"]), *never, *(row for row in better if row["amount"])])
    assert found.turned == ()
    assert not any(found.months["turned"].to_pylist())


@pytest.mark.parametrize(("months", "turned"), [(4, False), (5, True)])
def test_less_than_three_months_before_tell_nothing(months: int, turned: bool) -> None:
    days = [(np.datetime64("2017-01-15") + 31 * k - np.datetime64("2016-07-18")).astype(int) for k in range(6)]
    found = booked([row_of("a", int(days[0]), 100.0), row_of("a", int(days[months]), -10.0)])
    assert [each.customer_id for each in found.turned] == (["a"] if turned else [])


@pytest.mark.parametrize(("month", "turned"), [(0, False), (1, True)])
def test_twelve_months_are_compared_with_the_last_three(month: int, turned: bool) -> None:
    days = [(np.datetime64("2017-01-15") + 31 * k - np.datetime64("2016-07-18")).astype(int) for k in range(16)]
    first = row_of("a", int(days[0]), -1.0)
    found = booked([first, row_of("a", int(days[month]), 100.0), row_of("a", int(days[15]), -10.0)])
    assert [row["month"] for row in found.months.to_pylist()][-1] - month_of(first["day"]) == 15
    assert [each.customer_id for each in found.turned] == (["a"] if turned else [])


@settings(max_examples=25)
@given(rows=dirty_rows(), costs=some_costs())
def test_turned_is_what_plain_loops_say(rows: list[Row], costs: Costs) -> None:
    found = booked(rows, costs)
    plain = {
        key: sum(parts.values())
        for key, parts in summed(plain_ledger(rows, costs), lambda key: (key[0], month_of(key[1]))).items()
    }

    def turned(customer: str, month: int) -> bool:
        def between(first: int, last: int) -> int:
            return sum(value for (who, when), value in plain.items() if who == customer and first <= when <= last)

        start = min(when for who, when in plain if who == customer)
        known = len([m for m in range(month - NOW - BEFORE + 1, month - NOW + 1) if m >= start]) >= LEAST_BEFORE
        return known and between(month - NOW - BEFORE + 1, month - NOW) > 0 > between(month - NOW + 1, month)

    for row in found.months.to_pylist():
        assert row["turned"] == turned(row["customer_id"], row["month"])
    last = month_of(max(row["day"] for row in rows))
    assert {each.customer_id for each in found.turned} == {who for who, _ in plain if turned(who, last)}
    losses = [each.profit_now for each in found.turned]
    assert losses == sorted(losses)


def test_the_whale_curve_is_a_sum_of_ranked_customers() -> None:
    found = whale(np.array([-1, 6, 5, -2, 0], dtype=np.int64) * UNITS)
    assert (found.customers, found.winners, found.losers) == (5, 2, 2)
    assert (found.total, found.best, found.peak, found.lost) == (8.0, 6.0, 11.0, 3.0)
    assert (found.best_share, found.peak_share) == (0.75, 11 / 8)
    assert found.share.tolist() == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert found.profit.tolist() == [0.0, 6.0, 11.0, 11.0, 10.0, 8.0]
    nothing = whale(np.array([-1, 1], dtype=np.int64))
    assert np.isnan([nothing.best_share, nothing.peak_share]).all()


@given(arrays(np.int64, st.integers(1, 2_000), elements=st.integers(-(10**6), 10**6)))
def test_no_choice_of_customers_brings_more_than_the_peak(profit: np.ndarray) -> None:
    found = whale(profit)
    assert found.peak == profit[profit > 0].sum() / UNITS
    assert found.profit.max() == found.peak
    assert found.profit[-1] == found.total == profit.sum() / UNITS
    assert len(found.share) <= 402
    assert found.lost == pytest.approx(-profit[profit < 0].sum() / UNITS)


def test_the_cumulative_profit_goes_on_over_the_years() -> None:
    rows = [row_of("a", day, 10.0) for day in (0, 400, 800)] + [row_of("b", 10, 7.0)]
    found = booked(rows, Costs(goods_rate=0.0)).months.to_pylist()
    assert [row["cumulative_profit"] for row in found] == [100_000, 200_000, 300_000, 70_000]
    assert [row["month"] for row in found][:3] == [month_of(row["day"]) for row in rows[:3]]
