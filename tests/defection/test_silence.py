"""Silence: who is covered, who defects, and where the horizon ends."""

from __future__ import annotations

import makers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_logs import Row, frame, random_log

from setia.defection import DEFINITIONS, Definition, Silence, as_dict, definition_of
from setia.errors import InputError
from setia.history import prepare

START = 17_000


def labels(rows: list[Row], cutoff: int, horizon: int, engine: str = "polars") -> dict[str, int | None]:
    where = makers.engine()
    prepared = prepare(
        frame(where, engine, rows, ("customer_id", "day", "amount")), where if engine == "duckdb" else None
    )
    found = Silence().label(prepared.history(cutoff), prepared.future(cutoff, horizon))
    records = found.collect("pyarrow").to_native().to_pylist()
    assert all(set(record) == {"customer_id", "defected"} for record in records)
    assert len({record["customer_id"] for record in records}) == len(records)
    names = prepared.names.to_pylist()
    return {names[record["customer_id"]]: record["defected"] for record in records}


def plain(rows: list[Row], cutoff: int, horizon: int) -> dict[str, int | None]:
    bought = [(row["customer_id"], row["day"]) for row in rows if row["amount"] > 0]
    known = {customer for customer, day in bought if day <= cutoff}
    back = {customer for customer, day in bought if cutoff < day <= cutoff + horizon}
    over = cutoff + horizon <= max(row["day"] for row in rows)
    # before the horizon is over nobody is known to be lost, and nobody who has not come is known to be loyal
    return {customer: 0 if customer in back else 1 if over else None for customer in known}


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 500), age=st.integers(5, 110), horizon=st.integers(1, 60))
def test_it_is_what_plain_loops_say(seed: int, age: int, horizon: int) -> None:
    rows = random_log(seed, 10, 120, START)
    first = min(row["day"] for row in rows)
    assert labels(rows, first + age, horizon) == plain(rows, first + age, horizon)


def test_duckdb_says_the_same() -> None:
    rows = random_log(8, 30, 120, START)
    assert labels(rows, START + 70, 20, "duckdb") == plain(rows, START + 70, 20)
    assert set(labels(rows, START + 70, 20, "duckdb").values()) == {0, 1}


def line(customer: str, day: int, amount: float = 5.0) -> Row:
    return {"customer_id": customer, "day": START + day, "amount": amount}


def test_the_last_day_of_the_horizon_counts_and_the_cutoff_does_not() -> None:
    rows = [line("on the cutoff", 10), line("next day", 10), line("next day", 11), line("last day", 1)]
    rows += [line("last day", 17), line("too late", 2), line("too late", 18), line("new", 12)]
    expected = {"on the cutoff": 1, "next day": 0, "last day": 0, "too late": 1}
    assert labels(rows, START + 10, 7) == expected


def test_money_given_back_is_no_return() -> None:
    rows = [line("refunded", 3), line("refunded", 12, -5.0), line("free", 3), line("free", 12, 0.0)]
    rows += [line("only refunds", 2, -1.0), line("stays", 4), line("stays", 12)]
    assert labels(rows, START + 10, 7) == {"refunded": None, "free": None, "stays": 0}
    rows.append(line("later", 17))  # the horizon is over
    assert labels(rows, START + 10, 7) == {"refunded": 1, "free": 1, "stays": 0}


def test_a_definition_is_found_by_name_and_version() -> None:
    assert definition_of(as_dict(Silence())) == Silence()
    assert DEFINITIONS["silence"]().name == "silence"


def test_it_keeps_the_interface() -> None:
    definition: Definition = Silence()
    assert (definition.name, definition.version) == ("silence", 1)


@pytest.mark.parametrize(
    ("name", "version", "said"),
    [("whim", 1, "defection=whim, which this version of Setia does not know"), ("silence", 99, "version 99")],
)
def test_a_model_of_another_definition_is_refused(name: str, version: int, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        definition_of({"name": name, "version": version, "settings": {}})
    assert "Train again" in str(caught.value)
