"""What a customer brings in: net money, or purchases where the log tells no money."""

from __future__ import annotations

import makers
import pytest
from small_logs import Row, duckdb_frame, random_log

from setia.errors import InputError
from setia.history import Chunk, prepare
from setia.value import ValueSettings, basis_of, column_of


def test_the_basis_is_what_was_asked_for() -> None:
    assert basis_of(ValueSettings("revenue"), ("amount", "order_id")) == "revenue"
    assert basis_of(ValueSettings("purchases"), ("amount",)) == "purchases"


def test_without_amounts_value_is_counted_in_purchases() -> None:
    assert basis_of(ValueSettings("revenue"), ("order_id",)) == "purchases"
    assert basis_of(ValueSettings("purchases"), ()) == "purchases"


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
    if basis == "purchases":
        return {key: float(any(amount > 0 for amount in amounts)) for key, amounts in lines.items()}
    return {key: sum(amounts) for key, amounts in lines.items()}


@pytest.mark.parametrize("basis", ["revenue", "purchases"])
def test_a_day_is_worth_what_plain_loops_say(basis: str) -> None:
    rows = random_log(4, 20)
    engine = makers.engine()
    prepared = prepare(duckdb_frame(engine, rows), engine)
    found = {}
    for piece in prepared.chunks.map(lambda piece: piece):
        chunk = Chunk(piece)
        customers = prepared.ids(piece["customer_id"]).to_pylist()
        found |= dict(zip(zip(customers, chunk.day.tolist(), strict=True), chunk.column(column_of(basis)), strict=True))
    expected = plain(rows, basis)
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected)
    assert {0.0, 1.0} == set(found.values()) or basis == "revenue"
    assert min(expected.values()) < 0 or basis == "purchases"  # the log has days of refunds only
