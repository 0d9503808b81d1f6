"""Every feature and every scalar of the base, recomputed in plain Python loops on small random logs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict

import pytest
from plain_base import plain_base
from plain_features import plain_features
from small_logs import ALL, Row, duckdb_frame, features_at, random_log

from setia.engine import DuckEngine as Engine
from setia.engine import connect
from setia.features import select
from setia.history import prepare

# (seed, customers, days, cutoff after the first day)
LOGS = [(1, 25, 120, 90), (2, 12, 900, 700), (3, 1, 60, 60), (4, 30, 500, 470), (5, 8, 20, 0)]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = connect()
    yield engine
    engine.close()


def assert_equal(ours: float | None, plain: float | None, what: str) -> None:
    assert (ours is None) == (plain is None), f"{what}: {ours} against {plain}"
    if ours is not None and plain is not None:
        assert math.isclose(ours, plain, rel_tol=1e-9, abs_tol=1e-9), f"{what}: {ours} against {plain}"


def cut(rows: list[Row], after: int) -> int:
    return min(row["day"] for row in rows) + after


@pytest.mark.parametrize(("seed", "customers", "span", "after"), LOGS)
def test_features_equal_plain_loops(engine: Engine, seed: int, customers: int, span: int, after: int) -> None:
    rows = random_log(seed, customers, span)
    cutoff = cut(rows, after)
    prepared = prepare(duckdb_frame(engine, rows), engine)
    features = select(prepared.columns)
    assert len(features) >= 60
    [ours], plain = features_at(prepared, cutoff), plain_features(rows, cutoff)
    assert set(ours) == set(plain)
    assert {feature.name for feature in features} == set().union(*plain.values())
    for customer, values in plain.items():
        for name, value in values.items():
            assert_equal(ours[customer][name], value, f"{customer} {name}")


@pytest.mark.parametrize(("seed", "customers", "span", "after"), LOGS)
def test_base_equals_plain_loops(engine: Engine, seed: int, customers: int, span: int, after: int) -> None:
    rows = random_log(seed, customers, span)
    cutoff = cut(rows, after)
    base = asdict(prepare(duckdb_frame(engine, rows), engine).bases([cutoff])[cutoff])
    plain = plain_base(rows, cutoff)
    assert set(base) == set(plain)
    assert base.pop("waves") == pytest.approx(plain["waves"], rel=1e-12)
    for name, value in base.items():
        assert_equal(value, plain[name], name)


@pytest.mark.parametrize(
    "columns",
    [
        ("customer_id", "day"),
        ("customer_id", "day", "amount"),
        ("customer_id", "day", "order_id", "product_id"),
        tuple(name for name in ALL if name not in ("refund_of_day", "unit_cost")),
    ],
)
def test_a_log_with_fewer_columns(engine: Engine, columns: tuple[str, ...]) -> None:
    rows = [{name: row[name] for name in columns} for row in random_log(6, 20, 300)]
    cutoff = cut(rows, 250)
    prepared = prepare(duckdb_frame(engine, rows, columns), engine)
    features = select(prepared.columns)
    [ours], plain = features_at(prepared, cutoff), plain_features(rows, cutoff)
    assert set(ours) == set(plain)
    assert {feature.name for feature in features} == set().union(*plain.values())
    for customer, values in plain.items():
        for name, value in values.items():
            assert_equal(ours[customer][name], value, f"{customer} {name}")
