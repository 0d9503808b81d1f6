"""The timeline of a customer in letters: how likely they were to be one still, what they bought, and the months."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from setia.card import Card
from setia.card.parts import Array
from setia.report.card_facts import Say
from setia.timeline import date_of

#: Rows of the picture of chances.
ROWS: Final = 4
#: Signs by how much of a cell they fill: nothing, an eighth, ... all of it; and where only ASCII can be shown.
BLOCKS: Final = " ▁▂▃▄▅▆▇█"
ASCII: Final = " .:|#"
#: Before the picture stands its scale.
MARGIN: Final = 7
#: Months between labels, the least that keep them apart.
STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
#: From so many on, years alone are named.
YEARLY: Final = 12
_SHORT_DAYS: Final = 62


@dataclass(frozen=True)
class Picture:
    """Lines of equal width: `alive` (the top one first), `bought`, and `axis` beneath them."""

    alive: tuple[str, ...]
    bought: str
    axis: str


def picture(card: Card, width: int, ascii: bool) -> Picture:  # noqa: A002 - the word for it
    """Draw the timeline from the first purchase to the last known day, a column for each few days.

    A column shows the chance at the end of its days, and the value (or, without money, the number) of its purchases,
    on a scale of square roots, the tallest the most; the smallest purchase still shows.
    """
    signs = ASCII if ascii else BLOCKS
    columns = min(width - MARGIN, card.tenure_days + 1)
    edges = card.first_day + np.ceil((card.tenure_days + 1) * np.arange(1, columns + 1) / columns).astype(np.int64) - 1
    alive = _levels(card.alive.p[np.searchsorted(card.alive.day, edges, side="right") - 1], signs)
    return Picture(alive, _bought(card, edges, signs), _axis(card, edges, max(columns, width - MARGIN)))


def _levels(p: Array, signs: str) -> tuple[str, ...]:
    fine = len(signs) - 1
    filled = np.rint(np.clip(p, 0.0, 1.0) * ROWS * fine).astype(int)
    filled = np.where((p > 0) & (filled == 0), 1, filled)  # a faint chance is a line, not nothing
    rows = range(ROWS - 1, -1, -1)
    return tuple("".join(signs[int(np.clip(each - row * fine, 0, fine))] for each in filled) for row in rows)


def _bought(card: Card, edges: np.ndarray, signs: str) -> str:
    days = card.days
    worth = np.ones(len(days.day)) if days.value is None else np.maximum(days.value, 0.0)
    place = np.searchsorted(edges, days.bought)
    total = np.bincount(place, worth[days.is_purchase], minlength=len(edges))
    some = np.bincount(place, minlength=len(edges)) > 0
    share = np.sqrt(total / max(float(total.max()), 1e-300))  # so that one large purchase does not flatten all others
    level = np.rint(share * (len(signs) - 1)).astype(int)
    return "".join(signs[max(each, 1)] if here else " " for each, here in zip(level, some, strict=True))


def _axis(card: Card, edges: np.ndarray, width: int) -> str:
    """Return the names of months, and of years where they begin, each above its first day."""
    say = Say(card)
    if card.tenure_days < _SHORT_DAYS:
        first, last = say.day(card.first_day), say.day(card.as_of)
        gap = len(edges) - len(first) - len(last)
        return f"{first}{' ' * gap}{last}" if gap > 1 else first
    starts = _months(card.first_day, card.as_of)
    labels: list[tuple[int, str]] = []
    for step in STEPS:
        chosen = [start for start in starts if (start.year * 12 + start.month - 1) % step == 0]
        texts = [_label(start, say, first=start == chosen[0], named=step < YEARLY) for start in chosen]
        places = [int(np.searchsorted(edges, (start - date_of(0)).days)) for start in chosen]
        labels = list(zip(places, texts, strict=True))
        if all(before[0] + len(before[1]) < after[0] for before, after in pairwise(labels)):
            break
    line = [" "] * width
    for place, text in labels:
        if place + len(text) <= width:
            line[place : place + len(text)] = text
    return "".join(line).rstrip()


def _months(first_day: int, last_day: int) -> list[dt.date]:
    """Return the first days of the months that begin between two days, both inclusive."""
    first, last = date_of(first_day), date_of(last_day)
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    starts = [dt.date(month // 12, month % 12 + 1, 1) for month in months]
    return [start for start in starts if first <= start <= last]


def _label(start: dt.date, say: Say, *, first: bool, named: bool) -> str:
    if start.month == 1 or not named:
        return str(start.year)
    return f"{say.month(start)} {start.year}" if first else say.month(start)
