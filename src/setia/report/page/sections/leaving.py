"""Who is leaving, and why: the base by risk, and the reasons of those at risk in groups."""

from __future__ import annotations

import numpy as np

from setia.learn.themes import title as theme_title
from setia.report.page import charts
from setia.report.page.section import Block, Chart, Section, table
from setia.report.page.standing import LIKELY, Standing
from setia.report.page.story import Story
from setia.report.page.words import Words

TENTHS = 10


def leaving(story: Story, w: Words) -> Section:
    """Return the section."""
    now = Standing(story)
    risk = now.at_risk
    share = float(now.stake[risk].sum()) / max(now.money_at_risk, 1e-9)
    title = w("leaving.title", n=w.many("unit.customer", int(risk.sum())), share=w.per_cent(share))
    days = w.many("unit.day", story.facts.horizon_days)
    if now.threshold < LIKELY:
        lead = w("leaving.lead", threshold=w.per_cent(now.threshold, 0 if now.threshold >= 0.05 else 1), days=days)
    else:
        lead = w("leaving.lead_likely", days=days)
    blocks: list[Block] = [_spread(now, w)]
    if risk.any():
        blocks.append(_reasons(story, now, w))
    uncovered = int(np.isnan(now.p).sum())
    said = (lead, w.many("leaving.uncovered", uncovered)) if uncovered else (lead,)
    return Section("leaving", w("leaving.short"), title, said, tuple(blocks))


def _spread(now: Standing, w: Words) -> Chart:
    """Draw how many customers and how much money lie in each tenth of the probability."""
    known = now.here & ~np.isnan(now.p)
    place = np.minimum((now.p[known] * TENTHS).astype(int), TENTHS - 1)
    customers = np.bincount(place, minlength=TENTHS)
    stake = np.bincount(place, now.stake[known], minlength=TENTHS)
    bands = [f"{10 * k}–{10 * (k + 1)}\N{NO-BREAK SPACE}%" for k in range(TENTHS)]
    factor, unit = w.scale(float(stake.max()))
    rows = [
        {"band": band, "n": int(n), "stake": float(s), "shown": float(s) / factor}
        for band, n, s in zip(bands, customers, stake, strict=True)
    ]
    tips = (
        charts.Tip("band", w("leaving.p"), kind="nominal"),
        charts.Tip("n", w("head.customers"), charts.PLAIN),
        charts.Tip("stake", w("head.stake") + w.unit, charts.PLAIN),
    )
    x = charts.Axis("band", w("leaving.p"), kind="ordinal", angle=-45)
    spec = charts.chart(rows, [charts.bars(x, charts.Axis("shown", w("head.stake") + unit, charts.DECIMAL), tips)])
    numbers = [(band, w.number(n), w.money(float(s))) for band, n, s in zip(bands, customers, stake, strict=True)]
    head = (w("leaving.p"), w("head.customers"), w("head.stake"))
    return Chart("risk", w("leaving.chart"), w("leaving.about"), spec, table("", head, numbers), half=True)


def _reasons(story: Story, now: Standing, w: Words) -> Chart:
    """Draw the value at risk by what speaks most for leaving; an example of each stands in the table."""
    themes, texts = story.texts("theme_1"), story.texts("reason_1")
    found = []
    for theme in {one for one in themes[now.at_risk] if one is not None}:
        who = np.flatnonzero(now.at_risk & (themes == theme))
        most = who[int(np.argmax(now.stake[who]))]
        found.append((float(now.stake[who].sum()), len(who), theme_title(theme, w.language), str(texts[most])))
    found.sort(key=lambda one: (-one[0], one[2]))
    factor, unit = w.scale(max(stake for stake, *_ in found))
    rows = [
        {"theme": title, "stake": stake, "shown": stake / factor, "n": n, "say": say} for stake, n, title, say in found
    ]
    tips = (
        charts.Tip("theme", w("leaving.reason"), kind="nominal"),
        charts.Tip("n", w("head.customers"), charts.PLAIN),
        charts.Tip("stake", w("head.stake") + w.unit, charts.PLAIN),
        charts.Tip("say", w("leaving.example"), kind="nominal"),
    )
    bars = charts.bars(
        charts.Axis("shown", w("head.stake") + unit, charts.DECIMAL), charts.Axis("theme", "", kind="nominal"), tips
    )
    head = (w("leaving.reason"), w("head.customers"), w("head.stake"), w("leaving.example"))
    numbers = [(title, w.number(n), w.money(stake), say) for stake, n, title, say in found]
    return Chart(
        "reasons",
        w("leaving.reasons"),
        w("leaving.reasons_about"),
        charts.chart(rows, [bars], charts.rowed(len(rows))),
        table("", head, numbers, texts=(0, 3)),
        half=True,
    )
