"""A small world with models of several kinds, and cards of its customers."""

from __future__ import annotations

import functools
from typing import Any

import makers
from makers import rows_of, small_log, trained_on, usual_training
from small_logs import ALL, Row

from setia.bundle import Bundle
from setia.card import Card, CardSettings, card
from setia.defection import Partial
from setia.engine import Engine
from setia.scoring import ScoreSettings
from setia.source import Log
from setia.value import ValueSettings

SETTINGS = ScoreSettings(max_age_days=None, history=None)
#: An id that hurts whoever takes ids for numbers, styles, formulas, HTML or ASCII.
ODD = "00 a=b,'c' [red]$x_1$ <b>\N{SNOWMAN}\x1b[31m"
#: Somebody of whom there are refunds alone.
RETURNER = "returner"


@functools.cache
def where() -> Engine:
    """One engine for all cards."""
    return makers.engine()


def rows() -> list[Row]:
    """The usual rows, one customer under another id, and one who brings back alone."""
    found = [{**row, "customer_id": ODD} if row["customer_id"] == "c07" else row for row in rows_of()]
    return [*found, {**found[0], "customer_id": RETURNER, "amount": -3.0, "refund_of_day": None}]


@functools.cache
def log(columns: tuple[str, ...] = ALL) -> Log:
    """The log of the world."""
    return small_log(where(), rows(), columns)


def revenue() -> Bundle:
    """A model of money."""
    return usual_training().bundle


@functools.cache
def purchases() -> Bundle:
    """A model that counts value in purchases."""
    return trained_on(rows_of(), value=ValueSettings("purchases")).bundle


@functools.cache
def partial() -> Bundle:
    """A model of a definition that does not cover everybody."""
    return trained_on(rows_of(), definition=Partial()).bundle


def customers() -> list[str]:
    """Everybody who has bought, in the order of the ids."""
    return sorted({row["customer_id"] for row in rows() if row["amount"] > 0})


@functools.cache
def usual(who: str) -> Card:
    """The card of a customer, by the model of money."""
    return made(who)


def made(who: str, bundle: Bundle | None = None, score: ScoreSettings = SETTINGS, **more: Any) -> Card:
    """Make a card; arguments replace what is usual."""
    arguments = {"margin": 0.3, "model_version": "small/1", "live": False} | more
    return card(bundle or revenue(), log(), where(), CardSettings(who), score, **arguments)
