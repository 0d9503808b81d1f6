"""The campaigns that were made, and what they have truly brought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from setia.report.page import charts
from setia.report.page.section import Block, Chart, Section, table
from setia.report.page.story import Story, Told
from setia.report.page.words import Words

SHOWN = 12


def campaigns(story: Story, w: Words) -> Section:
    """Return the section; without a campaign it says how one is made."""
    told = story.campaigns[:SHOWN]
    if not told:
        why = story.missing.get("campaigns", w("campaigns.none_lead"))
        return Section("campaigns", w("campaigns.short"), w("campaigns.none"), (why,), ())
    read = [one for one in told if _effect(one) is not None]
    shown = sum(1 for one in read if (one.result or {}).get("evidence"))
    title = w(
        "campaigns.title", made=w.many("unit.campaign", len(told)), read=w.number(len(read)), shown=w.number(shown)
    )
    rows = [_row(one, story, w) for one in told]
    head = [
        w(f"campaigns.head_{name}")
        for name in ("name", "days", "contacted", "control", "retention", "profit", "verdict")
    ]
    blocks: list[Block] = [table(w("campaigns.table"), head, rows, w("campaigns.about"), texts=(0, 1, 6))]
    if read:
        blocks.append(_chart(read, w))
    return Section("campaigns", w("campaigns.short"), title, (w("campaigns.lead"),), tuple(blocks))


def _effect(told: Told) -> Mapping[str, Any] | None:
    """Return the effect on all members of the last reading."""
    effects: Any = (told.result or {}).get("effects")
    return effects[0] if effects else None


def _row(told: Told, story: Story, w: Words) -> tuple[str, ...]:
    campaign, effect = told.campaign, _effect(told)
    days = f"{w.day(campaign.as_of)} – {w.day(campaign.ends)}"
    retention, profit = (None, None) if effect is None else (effect["retention"], effect["profit"])
    if effect is None:
        word = w("campaigns.running" if campaign.ends > story.log.last_day else "campaigns.unread")
    else:
        result = told.result or {}
        word = w(
            "campaigns.pays"
            if result.get("evidence")
            else "campaigns.harms"
            if result.get("harm")
            else "campaigns.unproven"
        )
    points = (
        ""
        if retention is None
        else f"{w.points(retention['estimate'])} ({w.span(w.points(retention['lo']), w.points(retention['hi']))})"
    )
    money = (
        ""
        if profit is None
        else f"{w.money(profit['estimate'])} ({w.span(w.money(profit['lo']), w.money(profit['hi']))})"
    )
    return (
        campaign.name,
        days,
        w.number(told.contacted),
        w.number(told.control),
        points or w.number(None),
        money or w.number(None),
        word,
    )


def _chart(read: list[Told], w: Words) -> Chart:
    rows = []
    for one in read:
        effect = _effect(one)
        retention = None if effect is None else effect["retention"]
        if retention is not None:
            rows.append({"name": one.campaign.name, **{key: 100 * retention[key] for key in ("estimate", "lo", "hi")}})
    y = charts.Axis("name", "", kind="nominal").encoding()
    x = charts.Axis("estimate", w("campaigns.points"), ",.0f").encoding()
    tips = (
        charts.Tip("name", w("campaigns.head_name"), kind="nominal"),
        charts.Tip("estimate", w("campaigns.points"), "+,.1f"),
        charts.Tip("lo", w("head.lo"), "+,.1f"),
        charts.Tip("hi", w("head.hi"), "+,.1f"),
    )
    reach = {
        "mark": {"type": "rule", "color": charts.COLOURS[0], "strokeWidth": 2},
        "encoding": {"y": y, "x": {"field": "lo", "type": "quantitative"}, "x2": {"field": "hi"}},
    }
    dots = {
        "mark": {"type": "point", "filled": True, "size": 90, "color": charts.COLOURS[0], "opacity": 1},
        "encoding": {"y": y, "x": x, "tooltip": [tip.encoding() for tip in tips]},
    }
    spec = charts.chart(rows, [*charts.upright(0, "x"), reach, dots], charts.rowed(len(rows), 34))
    return Chart("campaigns", w("campaigns.chart"), w("campaigns.chart_about"), spec)
