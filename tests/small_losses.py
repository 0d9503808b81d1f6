"""A log with customers who cost more than they bring, and a model of profit: for the tests of parting."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from makers import SPAN, START, engine, rows_of, small_log, trained_on
from small_logs import Row

from setia.act import ActSettings, Divesting, divest
from setia.bundle import Bundle
from setia.engine import Engine
from setia.ledger import Costs
from setia.policy import Divest
from setia.scoring import ScoreSettings
from setia.source import Log
from setia.value import ValueSettings

LAST = START + SPAN - 1
COLUMNS = ("customer_id", "day", "amount")
#: An order costs five to pack, whatever is in it.
COSTS = Costs(goods_rate=0.5, per_order=5.0)
#: Who orders a few cents' worth every week.
MINNOWS = frozenset(f"minnow{k:02d}" for k in range(30))


@functools.cache
def rows() -> tuple[Row, ...]:
    """The log: 150 customers, and those who cost more than they bring."""
    chance, found = random.Random(4), list(rows_of(150))
    for who in sorted(MINNOWS):
        day = START + chance.randrange(30)
        while day <= LAST:
            found.append({"customer_id": who, "day": day, "amount": round(chance.uniform(1, 4), 2)})
            day += 1 + chance.randrange(12)
    return tuple(found)


@functools.cache
def bundle() -> Bundle:
    """A model that counts profit; one per process."""
    return trained_on(rows(), COLUMNS, value=ValueSettings("profit", COSTS)).bundle


@contextmanager
def known_by(day: int = LAST) -> Iterator[tuple[Engine, Log]]:
    """Open the log as it was on a day on which somebody bought."""
    where = engine()
    try:
        yield where, small_log(where, (row for row in rows() if row["day"] <= day), COLUMNS)
    finally:
        where.close()


def settings_in(folder: Path) -> ActSettings:
    """Return settings whose list and ledger lie in a folder."""
    return ActSettings(folder=str(folder), ledger=str(folder / "campaigns.db"))


def divested(folder: Path, policy: Divest | None = None, day: int = LAST, model: Bundle | None = None) -> Divesting:
    """Run the policy on the log as it was on a day; nothing is written or noted."""
    with known_by(day) as (where, log):
        return divest(
            settings_in(folder),
            policy or Divest(),
            model or bundle(),
            log,
            where,
            ScoreSettings(),
            model_version="losses/1",
            live=False,
        )
