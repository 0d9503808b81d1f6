"""Purchases as arrays: none later than a day, only of whom was chosen, and the same however they are cut and joined."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_logs import Row, frame, random_log
from small_visits import Visit, as_visits, people

from setia.engine import EngineSettings, open_duckdb
from setia.history import Visits, joined, prepare, visits_of

COLUMNS = ("customer_id", "day", "amount", "category")


def as_lists(visits: Visits) -> dict[str, list[tuple[float, ...]]]:
    assert len(visits) == visits.starts[-1] == len(visits.customer)
    found: dict[str, list[tuple[float, ...]]] = {str(who): [] for who in visits.ids.to_pylist()}
    assert len(found) == visits.customers == len(visits.ids)
    for place, who in enumerate(visits.ids.to_pylist()):
        for row in range(visits.starts[place], visits.starts[place + 1]):
            assert visits.customer[row] == place
            columns = [one for one in (visits.value, visits.categories) if one is not None]
            found[str(who)].append((float(visits.day[row]), *(float(column[row]) for column in columns)))
    assert all(found.values())
    return found


def plain_visits(rows: list[Row], as_of: int) -> dict[str, list[tuple[float, ...]]]:
    """Days with a positive amount, their net money, and how many kinds were bought on them."""
    found: dict[str, list[tuple[float, ...]]] = {}
    for who in sorted({row["customer_id"] for row in rows}):
        mine = [row for row in rows if row["customer_id"] == who and row["day"] <= as_of]
        for day in sorted({row["day"] for row in mine if row["amount"] > 0}):
            here = [row for row in mine if row["day"] == day]
            kinds = {row["category"] for row in here if row["amount"] > 0 and row["category"] is not None}
            money = round(sum(row["amount"] for row in here), 6)
            found.setdefault(who, []).append((float(day), money, float(len(kinds))))
    return found


def read(rows: list[Row], as_of: int, columns: tuple[str, ...] = COLUMNS, every: int = 1) -> Visits:
    prepared = prepare(frame(open_duckdb(EngineSettings(threads=1)), "polars", rows, columns), None)
    chosen = None if every == 1 else lambda ids: np.asarray(ids.to_numpy() % every == 0)
    visits = joined([visits_of(piece, as_of, chosen) for piece in prepared.chunks.map(lambda piece: piece)])
    assert prepared.names is not None
    names = prepared.names.take(visits.ids)
    return Visits(names, visits.customer, visits.day, visits.value, visits.categories, visits.starts)


@settings(max_examples=15)
@given(seed=st.integers(0, 999), age=st.integers(0, 125))
def test_they_are_what_plain_loops_say(seed: int, age: int) -> None:
    rows = random_log(seed)
    as_of = 17_000 + age
    found = {who: [(d, round(v, 6), c) for d, v, c in mine] for who, mine in as_lists(read(rows, as_of)).items()}
    assert found == plain_visits(rows, as_of)


@settings(max_examples=10)
@given(seed=st.integers(0, 999))
def test_the_day_itself_is_known_and_no_later_one(seed: int) -> None:
    rows = random_log(seed)
    as_of = sorted(row["day"] for row in rows if row["amount"] > 0)[len(rows) // 3]
    found = read(rows, as_of)
    assert found.day.max() == as_of
    assert as_lists(found) == as_lists(read([row for row in rows if row["day"] <= as_of], as_of))


def test_some_can_be_chosen_and_columns_may_be_missing() -> None:
    rows = random_log(5)
    whole = as_lists(read(rows, 99_999))
    some = as_lists(read(rows, 99_999, every=3))
    names = sorted({row["customer_id"] for row in rows})
    assert some == {who: whole[who] for who in names[::3] if who in whole}
    bare = read(rows, 99_999, ("customer_id", "day"))
    # a purchase counts as one where there is no money
    assert bare.value is None or set(bare.value.tolist()) == {1.0}
    assert bare.categories is None


@settings(max_examples=30)
@given(seed=st.integers(0, 999), cut=st.integers(0, 7), amounts=st.booleans(), categories=st.booleans())
def test_parts_put_behind_each_other_are_the_whole(seed: int, cut: int, amounts: bool, categories: bool) -> None:
    whole = as_visits(people(seed), amounts, categories)
    cut = min(cut, whole.customers)
    parts = [whole.part(0, cut), whole.part(cut, cut), whole.part(cut, whole.customers)]
    assert as_lists(joined(parts)) == as_lists(whole)
    assert as_lists(parts[0]) == dict(list(as_lists(whole).items())[:cut])


@settings(max_examples=30)
@given(seed=st.integers(0, 999), some=st.lists(st.booleans(), min_size=7, max_size=7))
def test_some_customers_are_as_if_there_were_no_others(seed: int, some: list[bool]) -> None:
    whole = as_visits(people(seed))
    mask = np.array(some[: whole.customers])
    expected = {who: mine for (who, mine), here in zip(as_lists(whole).items(), mask, strict=True) if here}
    assert as_lists(whole.of(mask)) == expected


def test_nobody_is_no_fault() -> None:
    whole = as_visits({"c": [(5, 1.0, 1.0)]})
    nobody = whole.of(np.array([False]))
    assert (len(nobody), nobody.customers) == (0, 0)
    assert as_lists(joined([nobody, nobody])) == {}
    assert as_lists(joined([nobody, whole])) == as_lists(whole)
    only_refunds = [{"customer_id": "c", "day": 5, "amount": -1.0, "category": "k"}]
    assert read([*only_refunds, {**only_refunds[0], "amount": 1.0, "day": 9}], 7).customers == 0


def test_a_column_that_one_part_lacks_is_not_there() -> None:
    mine: list[Visit] = [(5, 1.0, 1.0)]
    both = joined([as_visits({"a": mine}), as_visits({"b": mine}, categories=False)])
    assert both.categories is None
    assert both.value == pytest.approx([1.0, 1.0])
    assert pa.types.is_string(both.ids.type)
