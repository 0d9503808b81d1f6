"""The ledger once more, in plain loops over rows with decimals; and logs as dirty as they come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import strategies as st
from makers import START
from small_logs import ALL, Row

from setia.ledger import PARTS, UNITS, Costs
from setia.timeline import date_of

SPAN = 150


def exact(number: float | None) -> Decimal:
    return Decimal(0) if number is None else Decimal(str(number))


def in_units(money: Decimal) -> int:
    """Ten-thousandths, halves away from zero."""
    return int((money * UNITS).quantize(Decimal(1), ROUND_HALF_UP))


def goods_of(row: Row, costs: Costs) -> Decimal | None:
    """What the goods of a line cost."""
    if row["amount"] in (None, 0.0) and not (row["quantity"] or 0) > 0:
        return Decimal(0)
    if row["quantity"] is not None and row["unit_cost"] is not None and row["unit_cost"] >= 0:
        return abs(exact(row["quantity"])) * exact(row["unit_cost"])
    rate = costs.category_goods.get(row["category"], costs.goods_rate)
    return None if rate is None else exact(rate) * (abs(exact(row["amount"])) + abs(exact(row["discount"])))


def parts_of_line(row: Row, costs: Costs) -> dict[str, int]:
    """The parts of a line, without its order's cost."""
    amount, goods = exact(row["amount"]), goods_of(row, costs) or Decimal(0)
    off, found = abs(exact(row["discount"])), dict.fromkeys(PARTS, 0)
    if amount > 0:
        found |= {"sales": in_units(amount) + in_units(off), "discounts": -in_units(off)}
        found["service"] = -in_units(exact(costs.per_line))
    if amount < 0:
        found |= {"refunds": in_units(amount), "service": -in_units(exact(costs.per_refund))}
        goods *= -exact(costs.returned_goods)
    rate = costs.channel_commission.get(row["channel"], costs.commission_rate)
    return found | {"goods": -in_units(goods), "commission": -in_units(exact(rate) * amount)}


def plain_ledger(
    rows: Sequence[Row], costs: Costs, contacts: Iterable[tuple[str, int, float]] = ()
) -> dict[tuple[str, int, str, str], dict[str, int]]:
    """Parts by customer, day, category and channel; contacts are those that count, with what they cost."""
    found: dict[tuple[str, int, str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(PARTS, 0))
    orders: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        for name, value in parts_of_line(row, costs).items():
            found[key_of(row)][name] += value
        if exact(row["amount"]) > 0:
            name = row["order_id"]
            orders[(row["customer_id"], name, row["day"] if name is None else None)].append(row)
    for lines in orders.values():
        day = min(row["day"] for row in lines)
        lines = sorted((row for row in lines if row["day"] == day), key=lambda row: (*key_of(row), row["amount"]))
        cost = in_units(exact(costs.per_order))
        for place, row in enumerate(lines):
            found[key_of(row)]["service"] -= cost // len(lines) + (place < cost % len(lines))
    for customer, day, cost_of_one in contacts:
        found[(customer, day, "", "")]["service"] -= in_units(exact(cost_of_one))
    return dict(found)


def key_of(row: Row) -> tuple[str, int, str, str]:
    return row["customer_id"], row["day"], row["category"] or "", row["channel"] or ""


def month_of(day: int) -> int:
    date = date_of(day)
    return 12 * (date.year - 1970) + date.month - 1


def summed(
    cells: dict[tuple[str, int, str, str], dict[str, int]], by: Callable[[tuple[str, int, str, str]], Any]
) -> dict[Any, dict[str, int]]:
    """Sum the cells of `plain_ledger` under other keys."""
    found: dict[Any, dict[str, int]] = defaultdict(lambda: dict.fromkeys(PARTS, 0))
    for key, parts in cells.items():
        for name, value in parts.items():
            found[by(key)][name] += value
    return dict(found)


def row_of(customer: str, day: int, amount: float | None, **more: Any) -> Row:
    """A row of a log; what is not said is not known."""
    return dict.fromkeys(ALL) | {"customer_id": customer, "day": START + day, "amount": amount} | more


@st.composite
def dirty_rows(draw: st.DrawFn, most: int = 30) -> list[Row]:
    """Rows with nulls, refunds, gifts, prices below cost, negative discounts, and orders that go over days."""
    digits = draw(st.integers(0, 4))
    money = st.integers(-300, 3000).map(lambda n: n / 10**digits)
    row = st.fixed_dictionaries(
        {
            "customer_id": st.sampled_from(["a", "b", "c"]),
            "day": st.sampled_from([0, 1, 2, 20, 40, 41, 80, 120, SPAN - 1]).map(lambda day: START + day),
            "amount": st.one_of(money, st.sampled_from([0.0, None, -10.0])),
            "order_id": st.sampled_from([None, "o1", "o2", "o3"]),
            "product_id": st.sampled_from([None, "p"]),
            "category": st.sampled_from([None, "bread", "wine", "Ä"]),
            "quantity": st.sampled_from([None, 1.0, 3.0, -2.0, 0.0, 0.25]),
            "unit_cost": st.sampled_from([None, 0.37, 5.0, 12.5, -1.0]),
            "discount": st.sampled_from([None, 0.0, 1.5, -2.25, 0.07]),
            "channel": st.sampled_from([None, "web", "shop"]),
            "refund_of_day": st.none(),
        }
    )
    return draw(st.lists(row, min_size=1, max_size=most))


def some_costs(contacts: str | None = None) -> Any:
    """Costs as a business may set them, fit for logs that lack any."""
    return st.builds(
        Costs,
        goods_rate=st.sampled_from([0.613, 0.0, 1.2]),
        category_goods=st.sampled_from([{}, {"wine": 0.45, "none such": 0.1}]),
        returned_goods=st.sampled_from([0.0, 0.5, 1.0]),
        commission_rate=st.sampled_from([0.0, 0.029]),
        channel_commission=st.sampled_from([{}, {"web": 0.15}]),
        per_order=st.sampled_from([0.0, 1.0, 2.3457]),
        per_line=st.sampled_from([0.0, 0.05]),
        per_refund=st.sampled_from([0.0, 4.0]),
        per_contact=st.just(0.25 if contacts else 0.0),
        contacts=st.just(contacts),
    )
