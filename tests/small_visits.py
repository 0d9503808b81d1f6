"""Visits of a few customers as lists of plain Python, and what is believed of them, for the tests of alerts."""

from __future__ import annotations

import random
from typing import Any

import makers
import numpy as np
import pyarrow as pa
from small_logs import Row

from setia.alert import Alerting, AlertSettings, alert
from setia.alert.beliefs import Beliefs, Marks
from setia.alert.clock import Clock, clock_of
from setia.alert.odds import Watching
from setia.engine import EngineSettings, connect
from setia.history import Visits

START, SPAN = 17_000, 130
#: Day, money and breadth of each visit of each customer.
Visit = tuple[int, float, float]
People = dict[str, list[Visit]]
WATCHING = Watching(follow_up_days=30, min_expected=1.0, min_visits=2, recent_days=15.0)
SHAPE, SCALE, ALIVE = 1.3, 11.0, 25.0
MONEY, BREADTH = Marks(2.5, 0.8, 2.0), Marks(0.9, 0.5, 3.0)
MONEY_COLUMNS = ("customer_id", "day", "amount", "category")


def people(seed: int, customers: int = 7, span: int = SPAN, start: int = START) -> People:
    """Customers who come often or seldom, some of whom become slower or spend less."""
    chance = random.Random(seed)
    found: People = {}
    for number in range(customers):
        day, usual = start + chance.randrange(span // 2), chance.choice([1, 2, 4, 9, 30])
        turn, left = start + chance.randrange(span), chance.choice([1.0, 1.0, 0.3, 0.0])
        mine: list[Visit] = []
        while day < start + span:
            money = 0.0 if chance.random() < 0.05 else round(chance.lognormvariate(2.5, 0.8), 2)
            mine.append((day, money * (left or 1.0 if day > turn else 1.0), float(chance.randrange(1, 6))))
            slow = 1.0 if day < turn else left
            day += span if not slow else max(1, round(chance.expovariate(slow / usual)))
        found[f"c{number:02d}"] = mine
    return found


def later_changed(now: People, day: int, seed: int) -> People:
    """The same people up to a day; after it visits are left out, added and altered, and strangers come."""
    chance = random.Random(seed)
    found: People = {}
    for who, visits in now.items():
        later = {one[0]: one for one in visits if one[0] > day and chance.random() < 0.5}
        for _ in range(chance.randrange(6)):
            when = day + chance.randrange(1, 40)
            later[when] = (when, chance.uniform(0, 99), float(chance.randrange(1, 9)))
        found[who] = [one for one in visits if one[0] <= day] + sorted(later.values())
    found["stranger"] = [(day + 1, 5.0, 1.0), (day + 3, 5.0, 1.0)]
    return found


def known_by(now: People, day: int) -> list[str]:
    """Return who had come by a day."""
    return sorted(who for who, visits in now.items() if visits and visits[0][0] <= day)


def as_visits(now: People, amounts: bool = True, categories: bool = True) -> Visits:
    """Return people as arrays; who never came is left out."""
    some = {who: visits for who, visits in sorted(now.items()) if visits}
    flat = [one for visits in some.values() for one in visits]
    sizes = [len(visits) for visits in some.values()]
    return Visits(
        pa.array(list(some), pa.string()),
        np.repeat(np.arange(len(some)), sizes),
        np.array([one[0] for one in flat], dtype=np.int64),
        np.array([one[1] for one in flat], dtype=np.float64) if amounts else None,
        np.array([one[2] for one in flat], dtype=np.float64) if categories else None,
        np.r_[0, np.cumsum(sizes)].astype(np.int64),
    )


def clock(visits: Visits, last: int = START + SPAN) -> Clock:
    """Return the clock of visits over the usual span."""
    return clock_of(visits, START, last, SHAPE, SCALE, ALIVE)


def steady_clock(last: int = START + SPAN) -> Clock:
    """Return a clock on which every day is like any other."""
    return Clock(START, np.arange(1.0, last - START + 2))


def beliefs(ticking: Clock, money: Marks | None = MONEY, breadth: Marks | None = BREADTH) -> Beliefs:
    """Return what is believed beforehand, the same whatever was bought."""
    return Beliefs(ticking, SHAPE, SCALE, money, breadth)


def as_rows(now: People) -> list[Row]:
    """Return people as lines of a log: as many lines a visit as it holds kinds of things."""
    return [
        {"customer_id": who, "day": day, "amount": money / breadth + 0.01, "category": f"k{kind}"}
        for who, visits in now.items()
        for day, money, breadth in visits
        for kind in range(int(breadth))
    ]


def steady(customers: int = 30, span: int = 240, seed: int = 1, usual: float = 4.0) -> People:
    """Customers of whom none changes; the first and the last day of the log are among their visits."""
    chance = random.Random(seed)
    found: People = {}
    for number in range(customers):
        day, mine = START + chance.randrange(1, 10), []
        while day < START + span - 1:
            mine.append((day, round(chance.uniform(5, 30), 2), float(chance.randrange(2, 5))))
            day += max(1, round(chance.gammavariate(3, usual / 3)))
        found[f"s{number:03d}"] = mine
    found["edge"] = [(START, 1.0, 1.0), (START + span - 1, 1.0, 1.0)]
    return found


def told(
    rows: list[Row], path: Any, columns: tuple[str, ...] = MONEY_COLUMNS, seed: int = 0, **changes: Any
) -> tuple[Alerting, AlertSettings]:
    """Run `alert` on rows with a ledger at a path; return the settings as well."""
    usual: dict[str, Any] = {"ledger": str(path), "min_expected_visits": 2.0, "follow_up_days": 40}
    asked = AlertSettings(**(usual | changes))
    engine, basis = connect(EngineSettings(threads=1)), "amount" if "amount" in columns else "purchases"
    try:
        return alert(asked, makers.small_log(engine, rows, columns), engine, basis, seed), asked
    finally:
        engine.close()
