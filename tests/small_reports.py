"""A small world with hostile names and what the report tells of it, for tests with and without a browser."""

from __future__ import annotations

import csv
import functools
import random
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import makers
from makers import START, quick
from small_logs import Row, random_log

from setia.act import ActSettings, ReadbackSettings, act, keep, note, readback
from setia.bundle import Bundle
from setia.config import Config, compose
from setia.engine import Engine
from setia.policy import Offer, Retain
from setia.report.page import Stages, Story, gather
from setia.scoring import ScoreSettings
from setia.source import Log, SourceSettings, read
from setia.source.door import until
from setia.timeline import date_of
from setia.training import train

DAYS, HORIZON = 330, 30
#: Ids that hurt whoever takes an id for HTML, a formula, a template, a field of CSV or a word of a few letters.
NASTY = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    '"quoted", comma',
    "@sum(1)\ttab",
    "+1-2",
    "-0042",
    "0042",
    "{{7*7}} {% x %} ${8*8}",
    "line\u2028end",
    "\N{SMILING FACE WITH SUNGLASSES}\N{SNOWMAN} Ünïçødé",
    "\N{ARABIC LETTER ALEF}\N{ARABIC LETTER BEH} 12",
    "x" * 300,
    "'; drop table customers; --",
    "&amp;&lt;b&gt;",
)
CATEGORIES = ("<i>soap</i>", "=1+1", "{{7*7}}", 'tea, "green"')
CURRENCY = "<b>"
NAME = "{{7*7}} <script>alert(2)<script> & more"
RETAIN = Retain(Offer(cost=1.0, contact_cost=0.1, keep_chance=0.3))
OVERRIDES = ("policy.offer.cost=1", "policy.offer.contact_cost=0.1", "policy.offer.keep_chance=0.3")
#: What each model is asked for.
ASKED = {
    "revenue": (),
    "purchases": ("value=purchases",),
    "profit": (
        *("value=profit", "value.costs.goods_rate=0.55", "value.costs.per_order=3"),
        *("defection=partial", "defection.min_expected_visits=0.5"),
    ),
}


def rows(customers: int = 600, seed: int = 11) -> list[Row]:
    """The log: customers over DAYS days, the regulars among them under hostile names."""
    found = [row for row in random_log(seed, customers, DAYS, START) if row["day"] < START + DAYS]
    came = {row["customer_id"]: 0 for row in found}
    for row in found:
        came[row["customer_id"]] += 1
    regulars = sorted(came, key=lambda who: (-came[who], who))
    names = dict(zip(regulars[:: len(regulars) // (2 * len(NASTY))], NASTY, strict=False))
    chance = random.Random(seed)
    for row in found:
        row["customer_id"] = names.get(row["customer_id"], row["customer_id"])
        row["category"] = chance.choice(CATEGORIES)
    for day in (START, START + DAYS - 1):
        found.append({**found[0], "customer_id": "edge", "day": day, "amount": 10.0, "refund_of_day": None})
    return found


def write_shop(path: Path, lines: Iterable[Row]) -> Path:
    """Write rows as a shop exports them, three of them such that the door refuses them."""
    names = ("customer_id", "amount", "order_id", "category", "discount", "channel")
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("customer_id", "timestamp", *names[1:]))
        for row in lines:
            out.writerow((row["customer_id"], date_of(row["day"]), *(row[name] for name in names[1:])))
        out.writerow(("c001", "<u>no day</u>", 3, "o1", "k1", 0, "web"))
        out.writerow(("c001", date_of(START + 9), "=2*3", "o1", "k1", 0, "web"))
        out.writerow(("", date_of(START + 9), 4, "o1", "k1", 0, "web"))
    return path


@functools.cache
def where() -> Engine:
    """One engine for all stories."""
    return makers.engine()


@functools.cache
def room() -> Path:
    """A folder for the process, which holds the log and the ledger of campaigns."""
    made = tempfile.TemporaryDirectory(prefix="setia-report-")
    _rooms.append(made)
    return Path(made.name)


_rooms: list[tempfile.TemporaryDirectory[str]] = []


@functools.cache
def log(*without: str) -> Log:
    """The log of the world, as the door lets it in; `without` some columns."""
    path = room() / "shop.csv"
    if not path.exists():
        write_shop(path, rows())
    columns = replace(SourceSettings().columns, **dict.fromkeys(without, ""))
    found = read(SourceSettings(kind="files", path=str(path), currency=CURRENCY, columns=columns), where())
    return replace(found, name=NAME)


@functools.cache
def bundle(basis: str = "revenue") -> Bundle:
    """A model of the log that counts value so; that of profit has a definition that does not cover everybody."""
    made = config(*ASKED[basis]).train
    asked = quick(value=made.value, definition=made.definition)
    return train(asked, log(*(("amount",) if basis == "purchases" else ())), where()).bundle


def config(*overrides: str) -> Config:
    """A configuration, as the command line makes it."""
    return compose([*overrides, "engine.threads=1"])


def stages(*overrides: str, **changes: Any) -> Stages:
    """How the stages are set for the reports of this world; `changes` replace some."""
    made = config(*OVERRIDES, *overrides)
    usual = {
        "score": replace(made.score, history=None),
        "define": replace(made.define, cutoffs=3, max_rows=1500),
        "retention": made.retention,
        "alert": replace(made.alert, max_customers=150),
        "segments": replace(made.segments, least=5),
        "policy": made.policy,
        "act": replace(made.act, folder=str(room()), ledger=str(campaigns())),
        "seed": 7,
        "given": ("source=files", "source.path=log.csv"),
    }
    return Stages(**(usual | changes))


@functools.cache
def campaigns() -> Path:
    """A ledger with a campaign that was read back, one that is over, and one under way."""
    path, last = room() / "campaigns.db", START + DAYS - 1
    settings = ActSettings(folder=str(room()), ledger=str(path), cool_days=0, control=0.3)
    for name, day in (("spring", 75), ("summer", 45), ("autumn", 10)):
        early = until(log(), last - day, where())
        of = (RETAIN, bundle(), early, where(), ScoreSettings(history=None))
        made = act(replace(settings, campaign=name, count=60), *of, model_version="small/1", live=False, seed=3)
        note(made, settings)
    reading = ReadbackSettings("spring", uplift=False, folder=str(room()), ledger=str(path))
    keep(readback(reading, log(), where(), seed=3), reading)
    return path


def told(basis: str = "revenue", *overrides: str, **changes: Any) -> Story:
    """Gather the story of this world, under settings as the command line takes them."""
    seen = log(*(("amount",) if basis == "purchases" else ()))
    asked = (config(*overrides).report, stages(*overrides, **changes), bundle(basis), seen, where())
    return gather(*asked, model_version="small/1", live=False)


@functools.cache
def story(basis: str = "revenue", language: str = "en") -> Story:
    """The usual story, once per process."""
    return told(basis, f"report.language={language}")


def rupiah(told: Story) -> Story:
    """The same story, its money said to be rupiah."""
    return replace(told, facts=replace(told.facts, currency="IDR"))
