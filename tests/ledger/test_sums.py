"""The ledger sums exactly to what plain loops with decimals find, whichever way it is cut."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

import makers
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import START, small_log
from small_logs import ALL, Row, random_log, table

from setia.engine import Engine
from setia.history import Chunk
from setia.ledger import PARTS, UNITS, Book, Costs, book, costed
from setia.ledger.accounts import Account
from setia.ledger.cells import COUNTS, cells_of
from setia.ledger.rates import with_rates
from setia.value import ValueSettings, prepare_log

from .plain import SPAN, dirty_rows, exact, in_units, month_of, plain_ledger, some_costs, summed


@cache
def engine() -> Engine:
    return makers.engine()


def by_name(accounts: tuple[Account, ...] | None) -> dict[str, dict[str, int]]:
    return {account.name: {part: getattr(account, part) for part in PARTS} for account in accounts or ()}


def customer_months(found: Book) -> dict[tuple[str, int], dict[str, int]]:
    return {(row["customer_id"], row["month"]): {part: row[part] for part in PARTS} for row in found.months.to_pylist()}


def month_name(month: int) -> str:
    return f"{1970 + month // 12}-{month % 12 + 1:02d}"


contacts = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "zoe"]),
        st.integers(-5, SPAN + 5).map(lambda day: START + day),
        st.sampled_from([None, 0.0, 0.5, 0.0301]),
    ),
    max_size=6,
)


def contact_file(path: Path, told: list[tuple[str, int, float | None]]) -> str:
    names = ("customer_id", "date", "cost")
    days = pa.array([day for _, day, _ in told], pa.int32()).cast(pa.date32())
    columns = [pa.array([row[0] for row in told], pa.string()), days, pa.array([row[2] for row in told], pa.float64())]
    pl.DataFrame(pl.from_arrow(pa.table(columns, names))).write_parquet(path)
    return str(path)


def counting(rows: list[Row], told: list[tuple[str, int, float | None]], usual: float) -> list[tuple[str, int, float]]:
    """The contacts that count: of customers by then, within the days of the log."""
    first = {
        name: min(row["day"] for row in rows if row["customer_id"] == name) for name in {r["customer_id"] for r in rows}
    }
    last = max(row["day"] for row in rows)
    return [
        (customer, day, usual if cost is None else cost)
        for customer, day, cost in told
        if customer in first and first[customer] <= day <= last
    ]


@settings(max_examples=40)
@given(rows=dirty_rows(), told=contacts, data=st.data())
def test_every_sum_is_that_of_plain_loops(
    rows: list[Row],
    told: list[tuple[str, int, float | None]],
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = contact_file(tmp_path_factory.mktemp("contacts") / "c.parquet", told) if told else None
    costs = data.draw(some_costs(path))
    booked = counting(rows, told, 0.25)
    plain = plain_ledger(rows, costs, booked)
    found = book(small_log(engine(), rows), engine(), costs)
    assert customer_months(found) == summed(plain, lambda key: (key[0], month_of(key[1])))
    assert by_name(found.by_month) == summed(plain, lambda key: month_name(month_of(key[1])))
    assert by_name(found.by_category) == summed(plain, lambda key: key[2])
    assert by_name(found.by_channel) == summed(plain, lambda key: key[3])
    # the log's own total, without the loops in between
    net = sum((exact(row["amount"]) for row in rows), start=Decimal(0))
    assert Decimal(found.total.net) / UNITS == net
    assert found.total.profit == sum(sum(parts.values()) for parts in plain.values())
    assert found.contacts.booked == len(booked) == found.total.contacts
    assert sum([found.contacts.booked, found.contacts.strangers, found.contacts.outside]) == len(told)
    last = {row["customer_id"]: row["cumulative_profit"] for row in found.months.to_pylist()}
    assert last == {who: sum(parts.values()) for who, parts in summed(plain, lambda key: key[0]).items()}
    assert found.total.lines_sold == sum((row["amount"] or 0) > 0 for row in rows) == found.coverage.sold
    assert found.total.lines_refunded == sum((row["amount"] or 0) < 0 for row in rows)


@settings(max_examples=15)
@given(rows=dirty_rows(), told=contacts, data=st.data())
def test_the_profit_of_days_is_that_of_the_ledger_and_their_other_columns_are_as_ever(
    rows: list[Row],
    told: list[tuple[str, int, float | None]],
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = contact_file(tmp_path_factory.mktemp("contacts") / "c.parquet", told) if told else None
    costs = data.draw(some_costs(path))
    log = small_log(engine(), rows)
    prepared = prepare_log(log, engine(), ValueSettings("profit", costs))
    assert prepared.columns == (*prepare_log(log, engine(), ValueSettings("revenue")).columns, "profit")
    days = days_of(prepared)
    plain = summed(plain_ledger(rows, costs, counting(rows, told, 0.25)), lambda key: key[:2])
    assert {key: row["profit"] for key, row in days.items()} == {
        key: sum(parts.values()) / UNITS for key, parts in plain.items()
    }
    without = days_of(prepare_log(log, engine(), ValueSettings("revenue")))
    for key, row in days.items():
        del row["profit"]
        if key in without:
            assert row == without[key]
        else:  # a day of contacts alone is no purchase, and nothing else happened
            said = {name for name, value in row.items() if value and name not in ("customer_id", "day")}
            assert said <= {"category_ranks", "category_next_days"}


def days_of(prepared: object) -> dict[tuple[str, int], dict[str, object]]:
    from setia.history import Prepared

    assert isinstance(prepared, Prepared)
    found = {}
    for piece in prepared.chunks.map(lambda piece: piece):
        names = prepared.ids(piece["customer_id"]).to_pylist()
        found |= {(name, row["day"]): row for name, row in zip(names, piece.to_pylist(), strict=True)}
        if "profit" in piece.column_names:
            assert Chunk(piece).column("profit").tolist() == piece["profit"].to_pylist()
    return found


@settings(max_examples=15)
@given(rows=dirty_rows(), costs=some_costs(), order=st.randoms(use_true_random=False))
def test_the_order_of_rows_says_nothing(rows: list[Row], costs: Costs, order: object) -> None:
    mixed = list(rows)
    order.shuffle(mixed)  # type: ignore[attr-defined]
    first, second = (book(small_log(engine(), lines), engine(), costs) for lines in (rows, mixed))
    assert first.months.equals(second.months)
    for by in ("by_month", "by_category", "by_channel", "turned", "notes"):
        assert getattr(first, by) == getattr(second, by)


@settings(max_examples=12)
@given(rows=dirty_rows(), costs=some_costs(), cut=st.sampled_from([1, 30, 60, 100]))
def test_later_lines_change_no_earlier_row(rows: list[Row], costs: Costs, cut: int) -> None:
    early = [row for row in rows if row["day"] <= START + cut]
    if not early:
        return
    before, after = (book(small_log(engine(), lines), engine(), costs).months.to_pylist() for lines in (early, rows))
    over = month_of(START + cut + 1)  # a month that goes on may change
    assert [row for row in before if row["month"] < over] == [row for row in after if row["month"] < over]
    log, whole = small_log(engine(), early), small_log(engine(), rows)
    days = days_of(prepare_log(log, engine(), ValueSettings("profit", costs)))
    later = days_of(prepare_log(whole, engine(), ValueSettings("profit", costs)))
    for key, row in days.items():
        assert row["profit"] == later[key]["profit"]


@settings(max_examples=15)
@given(rows=dirty_rows(), costs=some_costs())
def test_what_duckdb_sorts_is_what_is_sorted_in_memory(rows: list[Row], costs: Costs) -> None:
    import narwhals as nw

    frame = with_rates(nw.from_native(pl.DataFrame(pl.from_arrow(table(rows)))).lazy(), costs)
    lines = pl.from_arrow(frame.collect("pyarrow").to_native())
    assert isinstance(lines, pl.DataFrame)
    lines = lines.with_columns(pl.col("category", "channel").fill_null(""))
    lines = lines.sort("customer_id", "day", "order_id", "category", "channel", "amount")
    cells = cells_of(lines.to_arrow().cast(plain_text(lines.to_arrow().schema)), costs)
    found = book(small_log(engine(), rows), engine(), costs)
    for name in (*PARTS, *COUNTS):
        assert np.sum(cells[name].to_numpy()) == getattr(found.total, name)
    months = pl.DataFrame(pl.from_arrow(cells)).group_by("customer_id", "month").agg(pl.col(*PARTS).sum())
    expected = {(row["customer_id"], row["month"]): {part: row[part] for part in PARTS} for row in months.to_dicts()}
    assert customer_months(found) == expected


def plain_text(schema: pa.Schema) -> pa.Schema:
    """Polars calls text large."""
    return pa.schema(
        [(field.name, pa.string() if pa.types.is_large_string(field.type) else field.type) for field in schema]
    )


def test_a_larger_log_sums_up_in_several_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setia.engine.duck.PIECE_ROWS", 100)
    rows = random_log(5, 80)
    costs = Costs(per_order=1.01, commission_rate=0.03, per_refund=2.0)
    plain = plain_ledger(rows, costs)
    found = book(small_log(engine(), rows), engine(), costs)
    assert customer_months(found) == summed(plain, lambda key: (key[0], month_of(key[1])))
    assert by_name(found.by_category) == summed(plain, lambda key: key[2])
    assert found.months["customer_id"].to_pylist() == sorted(found.months["customer_id"].to_pylist())
    assert found.whale.customers == len({row["customer_id"] for row in rows})


def test_a_log_of_amounts_alone_is_booked_by_rates() -> None:
    rows = [row | {"order_id": None} for row in random_log(6, 10)]
    columns = ("customer_id", "day", "amount")
    log = small_log(engine(), rows, columns)
    bare = [dict.fromkeys(ALL) | {name: row[name] for name in columns} for row in rows]
    costs = Costs(goods_rate=0.5, per_order=1.0)
    found = book(log, engine(), costs)
    plain = plain_ledger(bare, costs)
    assert customer_months(found) == summed(plain, lambda key: (key[0], month_of(key[1])))
    assert found.by_category is None
    assert found.by_channel is None


def test_nothing_that_a_log_holds_is_changed_by_its_costs() -> None:
    rows = random_log(7, 5)
    log = small_log(engine(), rows)
    found = costed(log, engine(), Costs())
    assert found.lines.collect_schema().names()[: len(ALL)] == log.lines.collect_schema().names()
    assert in_units(Decimal("0.00005")) == 1
