"""Runs one after the other: who changes is told once, and a rerun tells nothing twice."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from small_logs import Row
from small_visits import START, People, as_rows, steady, told

import setia.engine.duck as duck
from setia.alert import Alert, Alerting, keep
from setia.alert.run import fresh
from setia.errors import InputError

STOPS, SPAN = START + 180, 240
BARE = ("customer_id", "day")


@cache
def rows(last: int = START + SPAN - 1) -> tuple[Row, ...]:
    """Thirty steady customers, and one who comes every third day and then no more, up to a day."""
    leaver: People = {"leaver": [(day, 12.0, 2.0) for day in range(START + 2, STOPS, 3)]}
    found = [row for row in as_rows(steady(30, SPAN) | leaver) if row["day"] <= last]
    return (*found, {**found[0], "customer_id": "edge", "day": last})


def run(path: Path, last: int, **changes: Any) -> Alerting:
    """Run and keep, as the pipeline does."""
    found, asked = told(list(rows(last)), path, **{"cool_days": 40, **changes})
    keep(found, asked)
    return found


def days_of(found: Alerting, who: str) -> list[int]:
    return [one.day for one in found.alerts if one.customer_id == who]


def test_who_stops_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    days: list[int] = []
    for last in range(START + 173, START + 226, 13):
        found = run(path, last)
        new = days_of(found, "leaver")
        assert all(found.since < day <= last for day in new)
        days += new
    [day] = days
    assert STOPS < day < STOPS + 25


def test_a_rerun_tells_nothing_new_and_lists_the_same(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    first, again, third = (run(path, START + 200, false_alarms=90.0) for _ in range(3))
    assert first.new == len(first.alerts) > 0
    assert again.new == third.new == 0
    assert again.alerts == third.alerts == first.alerts
    assert "leaver" in {one.customer_id for one in first.alerts}


def test_what_was_not_kept_is_told_again(tmp_path: Path) -> None:
    found = [told(list(rows(START + 200)), tmp_path / "ledger.db")[0] for _ in range(2)]
    assert found[0].alerts == found[1].alerts
    assert found[0].new == found[1].new > 0


def test_no_second_alert_before_the_days_are_over(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    days: dict[str, int] = {}
    for last in range(START + 170, START + SPAN, 17):
        for one in run(path, last, cool_days=30, false_alarms=300.0).alerts:
            assert one.day - days.get(one.customer_id, 0) >= 30
            assert one.as_of == last >= one.day
            days[one.customer_id] = one.day
    assert len(days) >= 3


def alert_on(day: int, who: str = "a") -> Alert:
    return Alert(who, day, 200, "visits", 0.5, day, 0, 1.0, None, None, 1.0, "")


def test_what_was_not_told_silences_nobody() -> None:
    """Told on day 100; on day 150 it was too soon, so day 170 is not too soon after that."""
    found = [alert_on(170), alert_on(150), alert_on(150, "b")]
    assert fresh(found, {"a": 100}, 165, 60, first=False) == [alert_on(170)]
    assert fresh(found, {"a": 120}, 165, 60, first=False) == []
    # a first run goes by what it would have told
    assert fresh(found, {}, 165, 60, first=True) == []
    assert fresh([alert_on(170), alert_on(180), alert_on(230)], {}, 165, 60, first=True) == [
        alert_on(170),
        alert_on(230),
    ]


def test_an_earlier_log_is_refused(tmp_path: Path) -> None:
    run(tmp_path / "ledger.db", START + 200)
    with pytest.raises(InputError, match="bring a later log"):
        run(tmp_path / "ledger.db", START + 199)


def test_a_later_run_with_nothing_new_tells_nothing(tmp_path: Path) -> None:
    run(tmp_path / "ledger.db", START + 200)
    assert days_of(run(tmp_path / "ledger.db", START + 201), "leaver") == []


def test_an_alert_says_what_happened(tmp_path: Path) -> None:
    found = run(tmp_path / "ledger.db", START + 200)
    [one] = [one for one in found.alerts if one.customer_id == "leaver"]
    last = max(row["day"] for row in rows() if row["customer_id"] == "leaver")
    assert (one.kind, one.seen, one.since, one.before, one.after) == ("visits", 0, last, None, None)
    assert one.sentence == f"No visit for {one.day - last} days; usually one every 3 days."
    assert one.expected == pytest.approx((one.day - last) / 3, rel=0.3)
    assert one.stake == pytest.approx(365 / 3 * 12.0, rel=0.2)
    assert 0.1 < one.probability < 1
    assert found.customers == found.watched.customers >= 25
    assert found.of == 32
    [other] = [one for one in run(tmp_path / "id.db", START + 200, language="id").alerts if one.customer_id == "leaver"]
    assert other.sentence == f"Belum ada kunjungan selama {one.day - last} hari; biasanya setiap 3 hari."
    assert replace(other, sentence=one.sentence) == one


def same(one: Alerting, two: Alerting) -> None:
    assert [(a.customer_id, a.day, a.kind, a.sentence) for a in one.alerts] == [
        (a.customer_id, a.day, a.kind, a.sentence) for a in two.alerts
    ]
    assert [a.stake for a in one.alerts] == pytest.approx([a.stake for a in two.alerts])


def test_neither_order_of_lines_nor_pieces_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = list(rows(START + 200))
    mixed = random.Random(3).sample(usual, len(usual))
    one, two = (told(each, tmp_path / f"{n}", false_alarms=200.0)[0] for n, each in enumerate((usual, mixed)))
    monkeypatch.setattr(duck, "PIECE_ROWS", 200)
    pieces = told(usual, tmp_path / "pieces", false_alarms=200.0)[0]
    assert len(one.alerts) > 1
    same(one, two)
    same(one, pieces)


@pytest.mark.parametrize("columns", [BARE, (*BARE, "amount"), (*BARE, "category")])
def test_columns_may_be_missing(columns: tuple[str, ...], tmp_path: Path) -> None:
    found, asked = told(list(rows(START + 200)), tmp_path / "ledger.db", columns)
    keep(found, asked)
    tells = tuple(name in ("visits", *columns) for name in ("visits", "amount", "category"))
    assert found.watched.levels.kinds == tells
    assert all(told or height == float("inf") for told, height in zip(tells, found.watched.thresholds, strict=True))
    assert len(days_of(found, "leaver")) == 1
    assert told(list(rows(START + 200)), tmp_path / "ledger.db", columns)[0].alerts == found.alerts


def test_one_customer_alone(tmp_path: Path) -> None:
    own = [row for row in rows(START + 200) if row["customer_id"] in ("leaver", "edge")]
    found, _ = told([{**row, "customer_id": "leaver"} for row in own], tmp_path / "ledger.db", false_alarms=99.0)
    assert found.of == 1
    assert len(found.alerts) <= 1


def test_nobody_to_watch(tmp_path: Path) -> None:
    found, asked = told(list(rows(START + 200)), tmp_path / "ledger.db", min_visits=500)
    keep(found, asked)
    assert (found.alerts, found.new, found.customers, found.watched.replay) == ((), 0, 0, None)


@pytest.mark.parametrize("days", [1, 2, 20])
def test_a_log_that_is_too_short_is_told_so(days: int, tmp_path: Path) -> None:
    short = list(rows(START + days - 1))
    with pytest.raises(InputError, match="too few to know anybody's pattern"):
        told(short, tmp_path / "ledger.db")


def test_without_a_ledger_every_run_is_the_first(tmp_path: Path) -> None:
    one, two = (run(tmp_path, START + 200, ledger=None) for _ in range(2))
    assert one.alerts == two.alerts
    assert one.new == two.new > 0
    assert not list(tmp_path.iterdir())
