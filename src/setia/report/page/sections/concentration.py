"""How value and profit are spread: few customers bring most of it."""

from __future__ import annotations

import numpy as np

from setia.ledger import UNITS, Whale
from setia.ledger.whale import whale
from setia.report.page import charts
from setia.report.page.section import Block, Chart, Section, Table, table
from setia.report.page.story import Story
from setia.report.page.words import Words

#: Points of a curve that are drawn, and depths that are told in the table.
POINTS, DEPTHS = 100, (0.05, 0.1, 0.2, 0.5, 1.0)
TURNED = 10


def concentration(story: Story, w: Words) -> Section:
    """Return the section."""
    curves = _curves(story, w)
    basis = w("basis.revenue" if "amount" in story.log.columns else "basis.purchases")
    title = w("concentration.title", share=w.per_cent(story.sales.lately.best_share), basis=basis)
    lead = [w("concentration.lead", best=w.per_cent(_future(story).best_share))]
    blocks: list[Block] = [_chart(curves, w)]
    if story.book is not None:
        curve = story.book.whale
        lead.append(
            w(
                "concentration.profit",
                total=w.money(curve.total),
                losers=w.many("unit.customer", curve.losers),
                lost=w.money(curve.lost),
            )
        )
        if story.book.turned:
            blocks.append(_turned(story, w))
    return Section("concentration", w("concentration.short"), title, tuple(lead), tuple(blocks))


def _future(story: Story) -> Whale:
    return whale(np.rint(np.nan_to_num(story.column("clv")) * UNITS).astype(np.int64))


def _curves(story: Story, w: Words) -> list[tuple[str, Whale]]:
    basis = w("basis.revenue" if "amount" in story.log.columns else "basis.purchases")
    found = [
        (w("concentration.last_year", basis=basis), story.sales.lately),
        (w("concentration.future"), _future(story)),
    ]
    if story.book is not None:
        found.append((w("concentration.ledger"), story.book.whale))
    return [(name, curve) for name, curve in found if curve.total > 0]


def _chart(curves: list[tuple[str, Whale]], w: Words) -> Chart:
    depths = np.linspace(0.0, 1.0, POINTS + 1)
    rows = [
        {"depth": float(d), "share": float(s), "of": name}
        for name, curve in curves
        for d, s in zip(depths, np.interp(depths, curve.share, curve.profit / curve.total), strict=True)
    ]
    x = charts.Axis("depth", w("concentration.customers"), charts.PER_CENT, domain=(0.0, 1.0))
    y = charts.Axis("share", w("concentration.share"), charts.PER_CENT)
    tips = (
        charts.Tip("of", w("head.what"), kind="nominal"),
        charts.Tip("depth", w("concentration.customers"), charts.PER_CENT),
        charts.Tip("share", w("concentration.share"), ".1%"),
    )
    drawn = charts.lines(x, y, "of", [name for name, _ in curves], tips, points=False)
    numbers = [
        (
            w.per_cent(depth),
            *(w.per_cent(float(np.interp(depth, c.share, c.profit / c.total)), 1) for _, c in curves),
        )
        for depth in DEPTHS
    ]
    head = (w("concentration.customers"), *(name for name, _ in curves))
    return Chart(
        "concentration",
        w("concentration.chart"),
        w("concentration.about"),
        charts.chart(rows, drawn),
        table("", head, numbers),
    )


def _turned(story: Story, w: Words) -> Table:
    assert story.book is not None
    rows = []
    for one in story.book.turned[:TURNED]:
        part = w(f"part.{one.part}")
        shares = (w.per_cent(one.share_before), w.per_cent(one.share_now))
        rows.append((one.customer_id, w.money(one.profit_before), w.money(one.profit_now), part, *shares))
    head = [w(f"turned.{name}") for name in ("customer", "before", "now", "part", "share_before", "share_now")]
    many = w.many("turned.title", len(story.book.turned))
    return table(many, head, rows, w("turned.about"), texts=(0, 3))
