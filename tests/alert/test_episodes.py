"""Who truly defected: as `partial` says of complete horizons, and the day after which half of the loss stays lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_logs import Row, frame, random_log
from small_visits import START, People, Visit, as_rows, as_visits, people

from setia.alert.episodes import STEP_DAYS, Episodes, checks, episodes_of, expectation
from setia.defection import Partial
from setia.defection.expectation import expected
from setia.engine import EngineSettings, open_duckdb
from setia.history import Base, Chunk, Visits, future_of, history_of, prepare, visits_of

COLUMNS = ("customer_id", "day", "amount", "category")
BARE = ("customer_id", "day")


def cut(rows: list[Row], days: list[int], columns: tuple[str, ...]) -> tuple[Visits, dict[int, Base]]:
    prepared = prepare(frame(open_duckdb(EngineSettings(threads=1)), "polars", rows, columns), None)
    [piece] = prepared.chunks.map(lambda piece: piece)
    found = visits_of(piece, 99_999)
    assert prepared.names is not None
    names = prepared.names.take(found.ids)
    named = Visits(names, found.customer, found.day, found.value, found.categories, found.starts)
    return named, prepared.bases(days)


@pytest.mark.parametrize("columns", [COLUMNS, BARE])
@settings(max_examples=10)
@given(seed=st.integers(0, 500), age=st.integers(5, 149), horizon=st.integers(5, 60), look_back=st.integers(20, 200))
def test_what_is_expected_is_what_the_definition_expects(
    columns: tuple[str, ...], seed: int, age: int, horizon: int, look_back: int
) -> None:
    rows, asked = random_log(seed, 14, 150), Partial(min_expected_visits=1.5, look_back_days=look_back)
    day = min(row["day"] for row in rows) + age
    visits, bases = cut(rows, [day], columns)
    covered, number, value = expectation(visits, asked, bases[day], day, horizon)
    engine = open_duckdb(EngineSettings(threads=1))
    prepared = prepare(frame(engine, "duckdb", rows, columns), engine)
    table = expected(prepared.history(day), horizon, look_back).collect("pyarrow").to_native()
    engine.close()
    assert prepared.names is not None
    plain = dict(zip(prepared.names.take(table["customer_id"]).to_pylist(), table.to_pylist(), strict=True))
    for place, who in enumerate(visits.ids.to_pylist()):
        assert covered[place] == (who in plain and plain[who]["visits"] >= 1.5)
        if who in plain:
            assert number[place] == pytest.approx(plain[who]["visits"])
            assert number[place] * value[place] == pytest.approx(plain[who]["spend"], abs=1e-9)


def said_of(
    rows: list[Row], asked: Partial, days: list[int], horizon: int, columns: tuple[str, ...]
) -> dict[int, dict[str, int | None]]:
    """Return the definition's labels of each day."""
    prepared = prepare(frame(open_duckdb(EngineSettings(threads=1)), "polars", rows, columns), None)
    bases = prepared.bases(days)
    [chunk] = (Chunk(piece) for piece in prepared.chunks.map(lambda piece: piece))
    found = {}
    for day, known in zip(days, chunk.walk(days), strict=True):
        history = history_of(chunk, known, bases[day], prepared.first_day, prepared.columns)
        table = asked.label(history, future_of(chunk, known, horizon, prepared.last_day)).collect("pyarrow").to_native()
        names = prepared.ids(table["customer_id"]).to_pylist()
        found[day] = dict(zip(names, table["defected"].to_pylist(), strict=True))
    return found


@pytest.mark.parametrize("columns", [COLUMNS, BARE])
@settings(max_examples=6)
@given(seed=st.integers(0, 500), horizon=st.integers(15, 40))
def test_an_episode_begins_where_the_label_turns(columns: tuple[str, ...], seed: int, horizon: int) -> None:
    rows = as_rows(people(seed, 14) | {"edge": [(START, 1.0, 1.0)]})
    asked = Partial(min_expected_visits=1.5)
    first, last = START + 60, max(row["day"] for row in rows)
    days = [int(day) for day in checks(first, last, horizon)]
    visits, bases = cut(rows, days, columns)
    found = episodes_of(visits, asked, bases, horizon, first)
    said = said_of(rows, asked, days, horizon, columns)
    names, money = visits.ids.to_pylist(), np.ones(len(visits)) if visits.value is None else visits.value
    begun: set[tuple[str, int]] = set()
    out: set[str] = set()
    for day in days:
        gone = {who for who, label in said[day].items() if label == 1}
        _, wanted, value = expectation(visits, asked, bases[day], day, horizon)
        inside = (visits.day > day) & (visits.day <= day + horizon)
        loss = wanted * value - np.bincount(visits.customer, money * inside, visits.customers)
        # fewer visits that bring as much money are no loss
        begun |= {(who, day) for who in gone - out if day >= first and loss[names.index(who)] > 0}
        out = gone | (out - set(said[day]))
    assert {(names[who], day) for who, day in zip(found.customer, found.begun.tolist(), strict=True)} == begun
    # each horizon is over: nobody is called loyal, or lost, whom the future could still change
    assert None not in {label for one in said.values() for label in one.values()}
    assert (found.certain <= last).all()
    assert (found.certain == found.begun + horizon).all()
    assert (found.before == found.begun - STEP_DAYS).all()
    assert ((found.half >= found.begun) & (found.half <= found.certain)).all()


def test_labels_are_looked_at_only_where_the_follow_up_is_over() -> None:
    for last in range(300, 330):
        days = checks(200, last, 40)
        assert days[-1] + 40 <= last < days[-1] + 40 + STEP_DAYS
        assert 200 in days
        assert days[0] == 200 - 6 * STEP_DAYS


HORIZON = 40


def one(mine: list[Visit], asked: Partial | None = None, horizon: int = HORIZON) -> tuple[Episodes, dict[int, Base]]:
    """Return the episodes of one customer beside twenty who do not change."""
    now: People = {f"o{n}": [(START + day, 10.0, 1.0) for day in range(n, 180, 2)] for n in range(20)}
    rows = as_rows({"a": mine, **now})
    days = [int(day) for day in checks(START + 60, START + 179, horizon)]
    visits, bases = cut(rows, days, COLUMNS)
    return episodes_of(visits, asked or Partial(), bases, horizon, START + 60), bases


def plain_half(wanted: float, came: list[float]) -> int:
    """Return the first day from which on at least half of the loss is lost, and stays so."""
    days = len(came) - 1
    loss = wanted - came[-1]
    lost = [wanted * day / days - sum_ for day, sum_ in enumerate(came)]
    return min(day for day in range(days + 1) if all(later >= loss / 2 for later in lost[day:]))


@settings(max_examples=12)
@given(seed=st.integers(0, 999))
def test_half_is_the_day_after_which_half_of_the_loss_stays_lost(seed: int) -> None:
    rng = np.random.default_rng(seed)
    more = sorted(rng.choice(np.arange(101, 160), rng.integers(0, 12), replace=False).tolist())
    days = [*range(0, 101, 2), *more]
    found, bases = one([(START + day, 10.0, 1.0) for day in days])
    assert found.customer[0] == 0
    for number in np.flatnonzero(found.customer == 0):
        begun = int(found.begun[number])
        visits = as_visits({"a": [(START + day, 10.01, 1.0) for day in days if START + day <= begun]})
        _, wanted, _ = expectation(visits, Partial(), bases[begun], begun, HORIZON)
        came = [sum(begun < START + day <= begun + ahead for day in days) * 10.01 for ahead in range(HORIZON + 1)]
        assert found.half[number] - begun == plain_half(float(wanted[0]) * 10.01, came)
        assert found.loss[number] == pytest.approx(float(wanted[0]) * 10.01 - came[-1])


def test_half_of_the_loss_of_one_who_stops_is_lost_half_way() -> None:
    """The label turns on the first day of the checks after which less than half comes: some visits still do."""
    found, _ = one([(START + day, 10.0, 1.0) for day in range(0, 101, 2)])
    [begun], [half] = found.begun.tolist(), found.half.tolist()
    assert START + 80 <= begun <= START + 82 + STEP_DAYS
    assert half == pytest.approx((START + 100 + begun + HORIZON) / 2, abs=2)


def test_who_comes_back_and_leaves_again_has_two_and_who_stays_none() -> None:
    back = [*range(0, 61, 2), *range(110, 116), *range(116, 131)]
    found, _ = one([(START + day, 10.0, 1.0) for day in back], Partial(min_expected_visits=2.0), 20)
    assert set(found.customer.tolist()) == {0}
    assert len(found) == len(set(found.begun.tolist())) >= 1
    nobody, _ = one([(START + day, 10.0, 1.0) for day in range(0, 180, 2)])
    assert len(nobody) == 0
    assert nobody.loss.shape == (0,)


def test_money_can_be_what_is_lost() -> None:
    mine = [(START + day, 10.0 if day <= 100 else 1.0, 1.0) for day in range(0, 180, 2)]
    assert one(mine, asked=Partial(measure="spend"))[0].customer.tolist() == [0]
    assert len(one(mine)[0]) == 0
