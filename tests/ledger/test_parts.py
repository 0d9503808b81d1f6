"""What a line brings in and costs, case by case."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from small_logs import Row, table

from setia.history.runs import Ints
from setia.ledger import PARTS, Costs, Profit
from setia.ledger.cells import cells_of, months
from setia.ledger.parts import parts_of, read, whole

from .plain import row_of


def lines_of(rows: list[Row], goods: float | None = None, commission: float = 0.0) -> pa.Table:
    """Rows as kernels get them: sorted, with their shares."""
    lines = table([row | {name: row[name] or "" for name in ("category", "channel")} for row in rows])
    shares = {"setia_goods": goods, "setia_commission": commission, "setia_contact": None}
    for name, share in shares.items():
        lines = lines.append_column(name, pa.array([share] * len(rows), pa.float64()))
    return lines


def booked(lines: pa.Table, costs: Costs) -> dict[str, Ints]:
    return parts_of(lines, read(lines), costs)


def parts(rows: list[Row], costs: Costs | None = None, **shares: float) -> dict[str, list[float]]:
    found = booked(lines_of(rows, **shares), costs or Costs())
    assert tuple(found) == PARTS
    return {name: (numbers / 10_000).tolist() for name, numbers in found.items()}


def test_money_becomes_ten_thousandths_with_halves_away_from_zero() -> None:
    money = np.array([1.0, 0.00005, -0.00005, 0.1 + 0.2, 0.085 * 0.0001 / 0.17, 1e10 + 0.01])
    assert whole(money).tolist() == [10_000, 1, -1, 3_000, 1, 100_000_000_000_100]


def test_a_discount_is_part_of_the_list_price_and_given_away_again() -> None:
    for discount in (2.0, -2.0):  # logs differ in its sign
        found = parts([row_of("a", 0, 8.0, discount=discount)], goods=0.6)
        assert (found["sales"], found["discounts"], found["goods"]) == ([10.0], [-2.0], [-6.0])


def test_a_unit_cost_counts_before_a_share() -> None:
    rows = [
        row_of("a", 0, 8.0, quantity=2.0, unit_cost=1.5),
        row_of("a", 0, 8.0, quantity=2.0),
        row_of("a", 0, 8.0, unit_cost=1.5),
        row_of("a", 0, 8.0, quantity=2.0, unit_cost=-1.5),
    ]
    assert parts(rows, goods=0.5)["goods"] == [-3.0, -4.0, -4.0, -4.0]
    assert parts(rows)["goods"] == [-3.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(("returned", "back"), [(1.0, 3.0), (0.25, 0.75), (0.0, 0.0)])
def test_a_refund_takes_back_what_its_sale_brought(returned: float, back: float) -> None:
    rows = [row_of("a", 0, -8.0, quantity=quantity, unit_cost=1.5, discount=-1.0) for quantity in (2.0, -2.0)]
    found = parts(rows, Costs(returned_goods=returned, per_refund=4.0, per_line=1.0), commission=0.1)
    assert found["refunds"] == [-8.0, -8.0]
    assert found["discounts"] == found["sales"] == [0.0, 0.0]
    assert found["goods"] == [back, back]
    assert found["commission"] == [0.8, 0.8]
    assert found["service"] == [-4.0, -4.0]


def test_a_gift_costs_its_goods_and_a_correction_nothing() -> None:
    rows = [row_of("a", 0, 0.0, quantity=quantity, unit_cost=1.5) for quantity in (2.0, -2.0, None)]
    found = parts(rows, Costs(per_line=1.0), goods=0.5)
    assert found["goods"] == [-3.0, 0.0, 0.0]
    assert found["service"] == [0.0, 0.0, 0.0]


def test_a_contact_costs_what_it_costs() -> None:
    lines = lines_of([row_of("a", 0, 0.0), row_of("a", 0, 5.0)], goods=0.5)
    told = lines.set_column(lines.column_names.index("setia_contact"), "setia_contact", pa.array([0.3, None]))
    found = booked(told, Costs(per_line=1.0))
    assert found["service"].tolist() == [-3_000, -10_000]
    assert Profit(Costs(per_line=1.0))(told).tolist() == [-3_000, 15_000]
    assert sum(cells_of(told, Costs())["contacts"].to_pylist()) == 1


def service(rows: list[Row], per_order: float) -> list[int]:
    return booked(lines_of(rows), Costs(per_order=per_order))["service"].tolist()


def test_the_cost_of_an_order_is_shared_to_the_last_unit() -> None:
    rows = [row_of("a", 0, amount, order_id="o") for amount in (1.0, 5.0, 9.0)]
    assert service(rows, 0.0007) == [-3, -2, -2]
    assert service(rows, 0.0001) == [-1, 0, 0]


def test_an_order_over_days_is_paid_on_its_first_day() -> None:
    rows = [
        row_of("a", 0, -5.0, order_id="o"),  # a refund is no sale
        row_of("a", 1, 5.0, order_id="o"),
        row_of("a", 1, 5.0, order_id="p"),
        row_of("a", 2, 5.0, order_id="o"),
        row_of("b", 3, 5.0, order_id="o"),  # of somebody else, so another one
    ]
    assert service(rows, 1.0) == [0, -10_000, -10_000, 0, -10_000]


def test_lines_without_an_order_were_ordered_together_if_on_one_day() -> None:
    rows = [row_of("a", 0, 5.0), row_of("a", 0, 5.0), row_of("a", 1, 5.0), row_of("b", 1, 5.0)]
    assert service(rows, 1.0) == [-5_000, -5_000, -10_000, -10_000]
    bare = lines_of(rows).drop_columns(["order_id"])
    assert booked(bare, Costs(per_order=1.0))["service"].tolist() == [-5_000, -5_000, -10_000, -10_000]


def test_no_lines_make_no_cells() -> None:
    none = cells_of(lines_of([]), Costs(per_order=1.0))
    some = cells_of(lines_of([row_of("a", 0, 1.0)]), Costs(per_order=1.0))
    assert none.num_rows == 0
    assert none.schema == some.schema


def test_lines_sold_below_cost_are_counted() -> None:
    rows = [row_of("a", 0, amount, quantity=1.0, unit_cost=5.0) for amount in (4.0, 5.0, 6.0, -4.0)]
    assert cells_of(lines_of(rows), Costs())["lines_below_cost"].to_pylist() == [1]


def test_months_are_those_of_the_calendar() -> None:
    assert months(np.array([0, 30, 31, 17_166, 17_167])).tolist() == [0, 0, 1, 563, 564]
