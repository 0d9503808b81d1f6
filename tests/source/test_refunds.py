"""A cancellation finds the line that it takes back, and only ever looks backwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setia.engine import Engine
from setia.timeline import date_of, day_of

from .conftest import lines_of, read_rows, write_csv

BASE = day_of("2020-01-01")
LINE = st.tuples(st.sampled_from("ab"), st.integers(0, 9), st.sampled_from([-20, -10, 10, 20]), st.sampled_from("pq"))


def log_of(
    path: Path, engine: Engine, lines: list[tuple[str, int, int, str]], as_of: int | None = None
) -> list[tuple[object, ...]]:
    rows = [("customer_id", "date", "amount", "sku"), *[(c, date_of(BASE + d), a, p) for c, d, a, p in lines]]
    log = read_rows(write_csv(path / "log.csv", rows), engine, as_of=as_of)
    return lines_of(log, engine, "customer_id", "day", "amount", "product_id", "refund_of_day")


def by_hand(lines: list[tuple[str, int, int, str]]) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for customer, day, amount, product in sorted(lines, key=lambda line: line[1]):
        match = None
        if amount < 0:
            sales = sorted(d for c, d, a, p in lines if (c, a, p) == (customer, -amount, product))
            rank = sum(1 for f in found if (f[0], f[2], f[3]) == (customer, float(amount), product))
            if rank < len(sales) and sales[rank] <= day:
                match = sales[rank] + BASE
        found.append((customer, day + BASE, float(amount), product, match))
    return sorted(found, key=repr)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINE, min_size=1, max_size=25), st.integers(0, 9))
def test_matches_are_those_by_hand_and_known_at_the_time(
    tmp_path: Path, engine: Engine, lines: list[tuple[str, int, int, str]], cut: int
) -> None:
    whole = log_of(tmp_path, engine, lines)
    assert whole == by_hand(lines)
    earlier = [line for line in lines if line[1] <= cut]
    if earlier:
        assert log_of(tmp_path, engine, earlier) == [line for line in whole if int(str(line[1])) <= BASE + cut]
        if max(line[1] for line in lines) >= cut:
            assert log_of(tmp_path, engine, lines, as_of=BASE + cut) == log_of(tmp_path, engine, earlier)


def test_without_products_the_money_alone_decides(tmp_path: Path, engine: Engine) -> None:
    rows = [
        ("customer_id", "date", "amount"),
        ("a", "2020-01-01", "5"),
        ("a", "2020-01-03", "-5"),
        ("b", "2020-01-03", "-5"),
    ]
    log = read_rows(write_csv(tmp_path / "log.csv", rows), engine)
    assert lines_of(log, engine, "customer_id", "amount", "refund_of_day") == [
        ("a", -5.0, BASE), ("a", 5.0, None), ("b", -5.0, None),
    ]  # fmt: skip


def test_without_amounts_there_are_no_refunds(tmp_path: Path, engine: Engine) -> None:
    log = read_rows(write_csv(tmp_path / "log.csv", [("customer_id", "date"), ("a", "2020-01-01")]), engine)
    assert "refund_of_day" not in log.lines.collect_schema().names()


@pytest.mark.parametrize("order", [1, -1])
def test_order_of_lines_does_not_matter(tmp_path: Path, engine: Engine, order: int) -> None:
    lines = [("a", 1, 10, "p"), ("a", 2, 10, "p"), ("a", 3, -10, "p")][::order]
    assert [line[4] for line in log_of(tmp_path, engine, lines) if line[4] is not None] == [BASE + 1]
