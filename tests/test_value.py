"""What a customer brings in: net money, or purchases where the log tells no money."""

from __future__ import annotations

import makers
import pytest
from small_logs import Row, random_log

from setia.errors import InputError
from setia.history import Chunk
from setia.ledger import Costs
from setia.value import BASES, ValueSettings, basis_of, called, column_of, prepare_log


def test_the_basis_is_what_was_asked_for() -> None:
    assert basis_of(ValueSettings("revenue"), ("amount", "order_id")) == "revenue"
    assert basis_of(ValueSettings("purchases"), ("amount",)) == "purchases"


def test_without_amounts_value_is_counted_in_purchases() -> None:
    assert basis_of(ValueSettings("revenue"), ("order_id",)) == "purchases"
    assert basis_of(ValueSettings("purchases"), ()) == "purchases"


def test_profit_is_asked_for_and_does_not_give_way() -> None:
    assert basis_of(ValueSettings("profit"), ("amount",)) == "profit"
    with pytest.raises(
        InputError, match=r"value=profit needs amounts, .* source.columns.amount=NAME, or use value=pur"
    ):
        basis_of(ValueSettings("profit"), ("order_id",))


def test_every_basis_has_its_column_and_its_name() -> None:
    assert [column_of(basis) for basis in BASES] == ["value", "purchases", "profit"]
    assert [called(basis) for basis in BASES] == ["spend", "purchases", "profit"]


def test_an_unknown_basis_is_refused() -> None:
    with pytest.raises(
        InputError, match="value=profits is unknown; use value=revenue, value=purchases or value=profit"
    ):
        basis_of(ValueSettings("profits"), ("amount",))


def plain(rows: list[Row], basis: str) -> dict[tuple[str, int], float]:
    """Sum lines by customer and day in plain loops."""
    lines: dict[tuple[str, int], list[float]] = {}
    for row in rows:
        lines.setdefault((row["customer_id"], row["day"]), []).append(row["amount"])
    if basis == "profit":  # goods are half the price, and each line sold costs something
        return {key: 0.5 * sum(amounts) - 0.25 * sum(a > 0 for a in amounts) for key, amounts in lines.items()}
    if basis == "purchases":
        return {key: float(any(amount > 0 for amount in amounts)) for key, amounts in lines.items()}
    return {key: sum(amounts) for key, amounts in lines.items()}


@pytest.mark.parametrize("basis", BASES)
def test_a_day_is_worth_what_plain_loops_say(basis: str) -> None:
    rows = random_log(4, 20)
    engine = makers.engine()
    columns = ("customer_id", "day", "amount", "order_id", "refund_of_day")
    settings = ValueSettings(basis, Costs(goods_rate=0.5, per_line=0.25) if basis == "profit" else None)
    prepared = prepare_log(makers.small_log(engine, rows, columns), engine, settings)
    assert ("profit" in prepared.columns) == (basis == "profit")
    found = {}
    for piece in prepared.chunks.map(lambda piece: piece):
        chunk = Chunk(piece)
        customers = prepared.ids(piece["customer_id"]).to_pylist()
        found |= dict(zip(zip(customers, chunk.day.tolist(), strict=True), chunk.column(column_of(basis)), strict=True))
    expected = plain(rows, basis)
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, abs=0.001)
    assert {0.0, 1.0} == set(found.values()) or basis != "purchases"
    assert min(expected.values()) < 0 or basis == "purchases"  # the log has days of refunds only
