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
from plain_base import plain_base
from plain_features import plain_features
from small_logs import Row, features_at, frame, random_log

import setia.history.base as base_module
import setia.history.chunk as chunk_module
import setia.history.cut as cut_module
import setia.history.known as known_module
import setia.history.preparation as preparation_module
from setia.engine import connect
from setia.history import prepare

START = 17_000
CUTOFF = START + 60


def log() -> list[Row]:
    """A log with a purchase on the cutoff, and one on its first day."""
    rows = random_log(21, 8, 120, START)
    return [*rows, {**rows[0], "amount": 9.0, "day": CUTOFF}, {**rows[1], "amount": 8.0, "day": START}]


def features_of(rows: list[Row], cutoff: int = CUTOFF, engine: str = "polars") -> tuple[Any, Any]:
    where = connect()
    try:
        prepared = prepare(frame(where, engine, rows), where if engine == "duckdb" else None)
        return features_at(prepared, cutoff)[0], prepared.bases([cutoff])[cutoff]
    finally:
        where.close()


def close(left: dict[str, Any], right: dict[str, Any]) -> bool:
    """Whether all values are equal but for the order in which they were summed."""
    return left.keys() == right.keys() and all(alike(left[name], right[name]) for name in left)


def alike(left: float | tuple[float, ...] | None, right: float | tuple[float, ...] | None) -> bool:
    if isinstance(left, tuple) or isinstance(right, tuple):
        return left == right  # counts
    if left is None or right is None:
        return left is right
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)


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
    tables = [features_of(some, engine="duckdb")[0] for some in (rows, [row for row in rows if row["day"] <= CUTOFF])]
    assert tables[0].keys() == tables[1].keys()
    assert all(close(tables[0][customer], tables[1][customer]) for customer in tables[0])


def test_a_sweep_through_many_cutoffs_gives_what_each_alone_gives() -> None:
    prepared = prepare(frame(connect(), "polars", log()))
    cutoffs = [START, START + 1, START + 30, CUTOFF - 1, CUTOFF, CUTOFF + 13, CUTOFF + 400]
    for cutoff, together in zip(cutoffs, features_at(prepared, *cutoffs), strict=True):
        [alone] = features_at(prepared, cutoff)
        assert alone.keys() == together.keys()
        assert all(close(alone[customer], together[customer]) for customer in alone)


def faithful() -> bool:
    """Whether features, base, known days and the future are as plain loops have them, at one or several cutoffs."""
    rows = log()
    prepared = prepare(frame(connect(), "polars", rows))
    earlier = max(row["day"] for row in rows if row["day"] < CUTOFF)  # a day with something to count twice
    for cutoff, found in zip((earlier, CUTOFF), features_at(prepared, earlier, CUTOFF), strict=True):
        plain = plain_features(rows, cutoff)
        if found.keys() != plain.keys() or not all(close(found[customer], plain[customer]) for customer in plain):
            return False
        if not close(asdict(prepared.bases([cutoff])[cutoff]), plain_base(rows, cutoff)):
            return False
    for horizon in range(1, 30):
        expected = {row["day"] for row in rows if CUTOFF < row["day"] <= CUTOFF + horizon}
        days = prepared.future(CUTOFF, horizon).days.collect("pyarrow").to_native()["day"].to_pylist()
        if set(days) != expected or ahead(prepared, horizon) != expected:
            return False
        if again(prepared, horizon) != again_by_loops(rows, horizon):
            return False
    last = max(row["day"] for row in rows)
    if [prepared.future(last - 30, horizon).complete for horizon in (29, 30, 31)] != [True, True, False]:
        return False
    return known_as_loops_have_it(prepared, rows)


def ahead(prepared: Any, horizon: int) -> set[int]:
    found: set[int] = set()
    for piece in prepared.chunks.map(lambda piece: piece):
        chunk = chunk_module.Chunk(piece)
        for known in chunk.walk([CUTOFF]):
            found |= set(chunk.day[known.ahead(horizon)].tolist())
    return found


def again(prepared: Any, horizon: int) -> dict[str, tuple[int, int]]:
    """Return how many categories each customer has bought, and how many of them come again within the horizon."""
    found: dict[str, tuple[int, int]] = {}
    for piece in prepared.chunks.map(lambda piece: piece):
        chunk = chunk_module.Chunk(piece)
        for known in chunk.walk([CUTOFF]):
            customers, back = known.entries(chunk.entries()).customer, known.again(chunk.entries(), horizon)
            if len(back) != len(customers):
                return {}
            for number in set(customers.tolist()):
                mine = customers == number
                found[prepared.names[chunk.ids[number].as_py()].as_py()] = (int(mine.sum()), int(back[mine].sum()))
    return found


def again_by_loops(rows: list[Row], horizon: int) -> dict[str, tuple[int, int]]:
    days: dict[str, dict[str, list[int]]] = {}
    for row in rows:
        if row["category"] and row["amount"] > 0:
            days.setdefault(row["customer_id"], {}).setdefault(row["category"], []).append(row["day"])
    found = {}
    for customer, of in days.items():
        known = [own for own in of.values() if min(own) <= CUTOFF]
        back = [own for own in known if any(CUTOFF < day <= CUTOFF + horizon for day in own)]
        if known:
            found[customer] = (len(known), len(back))
    return found


def known_as_loops_have_it(prepared: Any, rows: list[Row]) -> bool:
    """Whether the rows that definitions see, and which purchase is the last, are those of the cutoff."""
    days = prepared.known(CUTOFF).collect("pyarrow").to_native().to_pylist()
    names = prepared.names.to_pylist()
    bought: dict[str, set[int]] = {}
    for row in rows:
        if row["day"] <= CUTOFF and row["amount"] > 0:
            bought.setdefault(row["customer_id"], set()).add(row["day"])
    last = {(who, max(of)) for who, of in bought.items()}
    recent = {(who, day) for who, of in bought.items() for day in sorted(of)[-3:]}
    return (
        {(names[row["customer_id"]], row["day"]) for row in days if row["is_last"]} == last
        and {(names[row["customer_id"]], row["day"]) for row in days if row["is_recent"]} == recent
        and {row["day"] for row in days} == {row["day"] for row in rows if row["day"] <= CUTOFF}
    )


OTHER = {ast.LtE: ast.Lt, ast.Lt: ast.LtE, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
MODULES = (known_module, cut_module, base_module)


def comparisons(module: ModuleType) -> list[int]:
    """Return the places of a module's comparisons with a cutoff."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    found = []
    for number, node in enumerate(nodes):
        text = ast.unparse(node)
        # how old a day may be (`oldest`) is a window's matter, which sums no more than asked for
        if type(node.ops[0]) in OTHER and any(word in text for word in ("cutoff", "since", "age >", "waited")):
            found.append(number)
    return found


MUTANTS = [(module, number) for module in MODULES for number in comparisons(module)]


def mutant(of: ModuleType, number: int) -> ModuleType:
    """Return a module with its nth comparison made strict, or no longer strict."""
    tree = ast.parse(Path(str(of.__file__)).read_text(encoding="utf-8"))
    node = [found for found in ast.walk(tree) if isinstance(found, ast.Compare)][number]
    node.ops[0] = OTHER[type(node.ops[0])]()
    module = ModuleType(f"{of.__name__}_mutant")
    sys.modules[module.__name__] = module  # dataclasses look their module up
    exec(compile(ast.fix_missing_locations(tree), module.__name__, "exec"), module.__dict__)
    return module


def test_the_source_is_faithful() -> None:
    assert faithful()


@pytest.mark.parametrize(("of", "number"), MUTANTS)
def test_every_changed_comparison_is_noticed(of: ModuleType, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = mutant(of, number)
    for name in ("Known", "Future", "known_days", "days_ahead", "Sums", "sums_at", "base_of"):
        for user in (chunk_module, preparation_module):
            if hasattr(changed, name) and hasattr(user, name) and getattr(of, name).__module__ == of.__name__:
                monkeypatch.setattr(user, name, getattr(changed, name))
    assert not faithful()


def test_the_comparisons_are_found() -> None:
    assert [len(comparisons(module)) for module in MODULES] == [13, 5, 1]


def test_no_feature_can_reach_the_future() -> None:
    past = prepare(frame(connect(), "polars", log())).history(CUTOFF)
    names = past.days.collect_schema().names()
    assert not [name for name in names if "next" in name or name.startswith("category_ranks")]
    assert past.days.collect("pyarrow").get_column("day").max() == CUTOFF
