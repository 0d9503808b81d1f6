"""Reads a page back: numbers out of words, blocks out of sections, stories with made-up scores."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from small_reports import story

from setia.learn.themes import THEMES
from setia.report.page import ReportSettings, Story
from setia.report.page.making import told, words_of
from setia.report.page.section import Chart, Section
from setia.segment import SEGMENTS

STATUSES = ("new", "active", "overdue", "lapsed")


def sections(of: Story, **settings: Any) -> dict[str, Section]:
    """Make the sections of a story in English, by name."""
    chosen = ReportSettings(**settings)
    return {one.name: one for one in told(of, chosen, words_of(of, chosen.language))}


def number(text: str) -> float:
    """Return the first number of an English text: thousands, minus sign, per cent (as a share), K and M."""
    found = re.search(
        r"(\N{MINUS SIGN}?)(?:<b>\N{NO-BREAK SPACE})?(\d[\d,]*\.?\d*)([KMB]?)(\N{NO-BREAK SPACE}%)?", text
    )
    assert found, text
    sign, digits, size, share = found.groups()
    value = float(digits.replace(",", "")) * {"": 1, "K": 1e3, "M": 1e6, "B": 1e9}[size]
    return (-value if sign else value) / (100 if share else 1)


def block(section: Section, kind: str, name: str = "") -> Any:
    """Return the block of a kind; of several charts or tables the one with that name or title."""
    found = [one for one in section.blocks if one.kind == kind]
    if name:
        found = [one for one in found if name in (getattr(one, "name", ""), getattr(one, "title", ""))]
    assert len(found) == 1, (kind, name, found)
    return found[0]


def charts(of: dict[str, Section]) -> dict[str, Chart]:
    """Return every chart of some sections, by name."""
    return {one.name: one for section in of.values() for one in section.blocks if isinstance(one, Chart)}


def made_up(seed: int, customers: int, ids: int = 4, reason: str = "Because of {k}.") -> Story:
    """The usual story with random scores: some are not covered, some cost more than they bring."""
    random, usual = np.random.default_rng(seed), story()
    covered = random.random(customers) > 0.2
    columns: dict[str, Any] = {
        "customer_id": [f"{k:0{ids}d}" for k in random.permutation(customers)],
        "status": random.choice(STATUSES, customers).tolist(),
        "segment": random.choice(SEGMENTS, customers).tolist(),
        "theme_1": [
            theme if known else None for theme, known in zip(random.choice(THEMES, customers), covered, strict=True)
        ],
        **{f"reason_{k}": [reason.format(k=k) if known else None for known in covered] for k in (1, 2, 3)},
    }
    for name in usual.scores.column_names:
        if name not in columns:
            whole = name in ("frequency", "days_since_last")
            columns[name] = random.integers(0, 90, customers) if whole else random.normal(40, 60, customers).round(3)
    for name in ("p_defect", "p_alive"):
        columns[name] = random.random(customers)
    for name in ("p_defect", "value_at_risk"):
        columns[name] = pa.array(np.asarray(columns[name], dtype=np.float64), mask=~covered)
    scores = pa.table(columns).select(usual.scores.column_names)
    return replace(usual, scores=scores, plans=(), alerting=None)
