"""Nothing that happens after the cutoff reaches a feature, and a changed comparison would be noticed."""

from __future__ import annotations

import ast
import math
import sys
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain_features import plain_features
from small_logs import Row, frame, random_log, to_rows

import setia.history.cut as cut_module
from setia.engine import connect
from setia.features import build, select
from setia.history import prepare

START = 17_000
CUTOFF = START + 60


def log() -> list[Row]:
    """A log with a purchase on the cutoff, and one on its first day."""
    rows = random_log(21, 8, 120, START)
    return [*rows, {**rows[0], "amount": 9.0, "day": CUTOFF}, {**rows[1], "amount": 8.0, "day": START}]


def features_of(rows: list[Row], module: Any = cut_module, cutoff: int = CUTOFF) -> tuple[Any, Any]:
    past = module.history(prepare(frame(connect(), "polars", rows)), cutoff)
    return to_rows(build(past, select(past.columns))), past.base


def close(left: dict[str, float | None], right: dict[str, float | None]) -> bool:
    """Whether all values are equal but for the order in which they were summed."""
    return left.keys() == right.keys() and all(
        (left[name] is None) == (right[name] is None)
        and math.isclose(left[name] or 0, right[name] or 0, rel_tol=1e-9, abs_tol=1e-9)
        for name in left
    )


later_rows = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": st.sampled_from(["c00", "c01", "c03", "new"]),
            "day": st.integers(CUTOFF + 1, CUTOFF + 500),
            "amount": st.floats(-1e6, 1e6, allow_nan=False),
            "order_id": st.sampled_from(["c00-0-0", "x"]),
            "product_id": st.sampled_from(["p1", "p8", "unseen", None]),
            "category": st.sampled_from(["k1", "unseen", None]),
            "quantity": st.floats(-1e3, 1e3),
            "unit_cost": st.floats(0, 1e3),
            "discount": st.floats(0, 1e3),
            "channel": st.sampled_from(["web", None]),
            "refund_of_day": st.sampled_from([None, START + 1, CUTOFF, CUTOFF + 1]),
        }
    ),
    max_size=12,
)


@lru_cache(maxsize=1)
def expected_features() -> tuple[Any, Any]:
    return features_of([row for row in log() if row["day"] <= CUTOFF])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(later=later_rows, keep=st.booleans())
def test_later_rows_change_nothing(later: list[Row], keep: bool) -> None:
    rows = log()
    known = [row for row in rows if row["day"] <= CUTOFF]
    unchanged = [row for row in rows if row["day"] > CUTOFF] if keep else []
    expected, expected_base = expected_features()
    found, base = features_of([*known, *unchanged, *later])
    assert close(asdict(base), asdict(expected_base))
    assert found.keys() == expected.keys()
    assert all(close(found[customer], expected[customer]) for customer in expected)


def test_later_rows_change_nothing_on_duckdb() -> None:
    rows = log()
    tables = []
    for some in (rows, [row for row in rows if row["day"] <= CUTOFF]):
        engine = connect()
        past = cut_module.history(prepare(frame(engine, "duckdb", some), engine), CUTOFF)
        tables.append(to_rows(build(past, select(past.columns))))
        engine.close()
    assert tables[0].keys() == tables[1].keys()
    assert all(close(tables[0][customer], tables[1][customer]) for customer in tables[0])


def faithful(module: Any) -> bool:
    """Whether a version of `cut` gives the features, the future and the first day as plain loops do."""
    rows = log()
    found, _ = features_of(rows, module)
    plain = plain_features(rows, CUTOFF)
    if found.keys() != plain.keys():
        return False
    if not all(close(found[customer], plain[customer]) for customer in plain):
        return False
    prepared = prepare(frame(connect(), "polars", rows))
    for horizon in range(1, 30):
        days = module.future(prepared, CUTOFF, horizon).days.collect("pyarrow").to_native()["day"].to_pylist()
        expected = {row["day"] for row in rows if CUTOFF < row["day"] <= CUTOFF + horizon}
        if set(days) != expected:
            return False
    try:
        module.history(prepared, prepared.first_day)
    except Exception:
        return False
    return True


OTHER = {ast.LtE: ast.Lt, ast.Lt: ast.LtE, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
SOURCE = Path(cut_module.__file__).read_text(encoding="utf-8")
COMPARISONS = [node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.Compare)]
CUTOFF_COMPARISONS = [
    number for number, node in enumerate(COMPARISONS) if "cutoff" in ast.unparse(node) and type(node.ops[0]) in OTHER
]


def mutant(number: int) -> ModuleType:
    """Return `cut` with its nth comparison made strict, or no longer strict."""
    tree = ast.parse(SOURCE)
    node = [found for found in ast.walk(tree) if isinstance(found, ast.Compare)][number]
    node.ops[0] = OTHER[type(node.ops[0])]()
    module = ModuleType("setia.history.cut_mutant")
    sys.modules[module.__name__] = module  # dataclasses look their module up
    exec(compile(ast.fix_missing_locations(tree), "cut_mutant", "exec"), module.__dict__)
    return module


def test_the_source_is_faithful() -> None:
    assert faithful(cut_module)


@pytest.mark.parametrize("number", CUTOFF_COMPARISONS)
def test_every_changed_comparison_is_noticed(number: int) -> None:
    assert not faithful(mutant(number))


def test_the_comparisons_are_found() -> None:
    assert len(CUTOFF_COMPARISONS) == 5


def test_no_feature_can_reach_the_future() -> None:
    past = cut_module.history(prepare(frame(connect(), "polars", log())), CUTOFF)
    for table in (past.days, past.categories):
        assert table is not None
        names = table.collect_schema().names()
        assert not [name for name in names if name.startswith(("next", "third_next"))]
    assert past.days.collect().get_column("day").max() == CUTOFF
