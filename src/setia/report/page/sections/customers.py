"""Segments, what sets the valuable apart, and the customers themselves in a table to search and to sort."""

from __future__ import annotations

from typing import Any

import numpy as np

from setia.report.page import charts
from setia.report.page.section import Block, Chart, Customers, Section, Table, table
from setia.report.page.standing import CAMPAIGNS, Standing
from setia.report.page.story import Floats, Story
from setia.report.page.words import Words
from setia.scoring.status import status_name
from setia.segment import SEGMENTS, meaning
from setia.segment import name as segment_name

TRAITS = 8
#: The columns of the table: field of the scores, how it is written.
FIELDS = (
    ("customer_id", "text"),
    ("segment", "word"),
    ("status", "word"),
    ("p_defect", "share"),
    ("value_at_risk", "money"),
    ("clv", "money"),
    ("expected_value", "money"),
    ("expected_value_lo", "money"),
    ("expected_value_hi", "money"),
    ("p_alive", "share"),
    ("days_since_last", "number"),
    ("frequency", "number"),
    ("contact", "money"),
    ("reason_1", "text"),
    ("reason_2", "text"),
    ("reason_3", "text"),
)
#: Digits that are kept: enough to sort by, and a file that stays small.
DIGITS = {"share": 4, "money": 2, "number": 0}


def customers(story: Story, w: Words, rows: int) -> Section:
    """Return the section, with a table of so many customers at most, those with the most at stake first."""
    sums = {one.name: one for one in story.segments.sums}
    saved = sums.get("save")
    title = (
        w("customers.title", n=w.many("unit.customer", saved.customers), clv=w.money(saved.clv))
        if saved is not None
        else w("customers.title_plain")
    )
    blocks: list[Block] = [_segments(story, w), _chart(story, w)]
    traits = _traits(story, w)
    if traits is not None:
        blocks.append(traits)
    blocks.append(_customers(story, rows, w))
    return Section("customers", w("customers.short"), title, (w("customers.lead"),), tuple(blocks))


def _segments(story: Story, w: Words) -> Table:
    profit = any(one.profit is not None for one in story.segments.sums)
    rows = []
    for one in story.segments.sums:
        figures = [w.number(one.customers), w.money(one.clv), w.money(one.value_at_risk), w.per_cent(one.p_defect)]
        figures += [w.money(one.profit)] if profit else []
        rows.append((segment_name(one.name, w.language), meaning(one.name, w.language), *figures))
    heads = ["segment", "meaning", "customers", "clv", "stake", "p", *(["profit"] if profit else [])]
    head = [w(f"head.{name}") for name in heads]
    return table(w("customers.segments"), head, rows, w("customers.segments_about"), texts=(0, 1))


def _chart(story: Story, w: Words) -> Chart:
    """Draw the customers and the future value of each segment, as shares of all."""
    sums, names = story.segments.sums, (w("customers.of_customers"), w("customers.of_clv"))
    n, clv = sum(one.customers for one in sums), sum(max(one.clv, 0.0) for one in sums)
    rows = [
        {"segment": segment_name(one.name, w.language), "share": share, "of": name}
        for one in sums
        for name, share in zip(names, (one.customers / max(n, 1), max(one.clv, 0.0) / max(clv, 1e-9)), strict=True)
    ]
    tips = (
        charts.Tip("segment", w("head.segment"), kind="nominal"),
        charts.Tip("of", w("head.what"), kind="nominal"),
        charts.Tip("share", w("head.share"), ".1%"),
    )
    layer = charts.bars(
        charts.Axis("share", w("head.share"), charts.PER_CENT), charts.Axis("segment", "", kind="nominal"), tips
    )
    layer["encoding"]["yOffset"] = {"field": "of", "type": "nominal", "sort": None}
    layer["encoding"]["color"] = {
        "field": "of",
        "type": "nominal",
        "scale": {"domain": list(names), "range": [charts.SOFT, charts.COLOURS[0]]},
    }
    del layer["mark"]["color"]
    spec = charts.chart(rows, [layer], charts.rowed(len(sums)))
    return Chart("segments", w("customers.chart"), w("customers.chart_about"), spec)


def _traits(story: Story, w: Words) -> Table | None:
    evident = [trait for trait in story.segments.traits if trait.evident][:TRAITS]
    if not evident:
        return None
    rows = [
        (
            _said(trait.what, w),
            _said(trait.is_, w),
            w.per_cent(trait.valuable),
            w.per_cent(trait.rest),
            f"{w.number(trait.lift, 2)} ({w.number(trait.lo, 2)}–{w.number(trait.hi, 2)})",
        )
        for trait in evident
    ]
    head = [w(f"traits.{name}") for name in ("what", "is", "valuable", "rest", "lift")]
    return table(w("traits.title"), head, rows, w("traits.about"), texts=(0, 1))


def _said(text: str, w: Words) -> str:
    """Return a trait in the language, where it is one of ours and not the log's own word."""
    key = "trait." + text.replace(" ", "_")
    return w(key) if w.has(key) else text


def _customers(story: Story, most: int, w: Words) -> Customers:
    now = Standing(story)
    tasks = {**{name: mask for name, mask in now.contacted.items() if name in CAMPAIGNS}, "alert": now.alarmed}
    idle = ~np.any(list(tasks.values()), axis=0)
    order = np.lexsort((story.texts("customer_id").astype(str), -now.stake, ~now.here, idle))[:most]
    contact = np.full(len(now.here), np.nan)
    for made in story.plans:
        if made.campaign.policy in CAMPAIGNS:
            contact[made.appraisal.places] = made.appraisal.expected.profit
    columns: dict[str, list[Any]] = {}
    for field, kind in FIELDS:
        if field == "contact":
            columns[field] = _rounded(contact[order], kind)
        elif kind in DIGITS:
            columns[field] = _rounded(story.column(field)[order], kind)
        else:
            columns[field] = story.texts(field)[order].tolist()
    words = {
        "segment": {name: segment_name(name, w.language) for name in SEGMENTS},
        "status": {name: status_name(name, w.language) for name in ("new", "active", "overdue", "lapsed")},
    }
    days = w.many("unit.day", story.facts.horizon_days)
    labels = {field: w(f"table.{field}", days=days) + (w.unit if kind == "money" else "") for field, kind in FIELDS}
    columns["tasks"] = [[name for name, mask in tasks.items() if mask[row]] for row in order]
    words["tasks"] = {name: w(f"task.{name}") for name, mask in tasks.items() if mask[order].any()}
    data = {"kinds": dict(FIELDS), "columns": columns, "words": words, "labels": labels}
    about = w("customers.about", shown=w.number(len(order)), of=w.number(len(now.here)))
    return Customers(w("customers.table"), about, data)


def _rounded(values: Floats, kind: str) -> list[float | None]:
    """Return plain numbers, null for NaN."""
    digits = DIGITS[kind]
    return [None if v != v else round(v, digits) if digits else int(v) for v in values.tolist()]
