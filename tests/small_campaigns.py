"""A real campaign on a small log, in a fraction of a second, for the tests of what comes before and after it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from makers import HORIZON, SPAN, START, engine, rows_of, small_log, trained_on
from small_logs import Row

from setia.act import Acting, ActSettings, act
from setia.bundle import Bundle
from setia.campaign import CampaignLedger
from setia.engine import Engine
from setia.policy import Offer, Policy, Retain
from setia.scoring import ScoreSettings
from setia.source import Log

#: The day of the first campaign; the log goes on for a horizon and more, to be read back.
AS_OF = START + SPAN - 1 - HORIZON
COLUMNS = ("customer_id", "day", "amount")
#: So cheap that it pays for many of a small log, and not for others.
CHEAP = Offer(cost=3.0, contact_cost=0.2, keep_chance=0.2)
RETAIN = Retain(CHEAP)


@functools.cache
def rows() -> tuple[Row, ...]:
    """The log: 500 customers over 200 days."""
    return tuple(rows_of(500))


@functools.cache
def bundle() -> Bundle:
    """A model of what was known on AS_OF; one per process."""
    return trained_on([row for row in rows() if row["day"] <= AS_OF], COLUMNS).bundle


def counting(basis: str) -> Bundle:
    """The same, said to count value otherwise."""
    return replace(bundle(), facts=replace(bundle().facts, basis=basis))


@contextmanager
def known_by(day: int = AS_OF) -> Iterator[tuple[Engine, Log]]:
    """Open the log as it was on a day."""
    where = engine()
    try:
        yield where, replace(small_log(where, (row for row in rows() if row["day"] <= day), COLUMNS), last_day=day)
    finally:
        where.close()


def settings_in(folder: Path, **settings: Any) -> ActSettings:
    """Return settings whose lists and ledger lie in a folder."""
    return ActSettings(folder=str(folder), ledger=str(ledger_in(folder).path), **settings)


def ledger_in(folder: Path) -> CampaignLedger:
    """Return the ledger of that folder."""
    return CampaignLedger(folder / "campaigns.db", "small")


def acted(
    settings: ActSettings,
    policy: Policy = RETAIN,
    day: int = AS_OF,
    seed: int = 4,
) -> Acting:
    """Make a campaign on the small log as it was on a day; nothing is written or noted."""
    with known_by(day) as (where, log):
        return act(
            settings,
            policy,
            bundle(),
            log,
            where,
            ScoreSettings(),
            model_version="small/1",
            live=False,
            seed=seed,
        )
