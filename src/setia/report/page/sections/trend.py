"""How the business has gone month by month: who stayed, and what came in."""

from __future__ import annotations

from collections.abc import Sequence

from setia.report.page import charts
from setia.report.page.section import Chart, table
from setia.report.page.story import Story
from setia.report.page.words import Words
from setia.timeline import date_of


def retention(story: Story, w: Words) -> Chart | None:
    """Draw the retention rate of each month, in customers and in money; null with fewer than two months."""
    if story.retention is None or len(months := story.retention.of("all")) < 2:
        return None
    names = (w("headline.of_customers"), w("headline.of_money", basis=w(f"basis.{story.retention.basis}")))
    rows = []
    for month in months:
        for name, rate in zip(names, (month.rate, month.money_rate), strict=True):
            if month.ripe and rate == rate:
                rows.append({"month": first_of(month.end), "rate": rate, "of": name, "n": month.customers})
    unripe = [{"month": first_of(m.end), "lo": m.low, "hi": m.high, "n": m.customers} for m in months if not m.ripe]
    layers = by_month(names, w)
    if unripe:
        layers.insert(0, _range(unripe, w))
    head = (w("head.month"), w("head.at_risk"), w("headline.stay"), names[1])
    numbers = [
        (
            w.month(m.end),
            w.number(m.customers),
            w.per_cent(m.rate, 1) if m.ripe else w("headline.between", lo=w.per_cent(m.low), hi=w.per_cent(m.high)),
            w.per_cent(m.money_rate, 1),
        )
        for m in months
    ]
    about = w("headline.retention_about", days=w.many("unit.day", story.facts.horizon_days))
    about += " " + w("headline.unripe") if unripe else ""
    spec = charts.chart(rows, layers)
    return Chart("retention", w("headline.retention"), about, spec, table("", head, numbers), half=True)


def by_month(names: Sequence[str], w: Words) -> list[charts.Spec]:
    """Draw rates of retention, a line for each of `names`: rows have `month` (its first day), `rate`, `of` and `n`."""
    x = charts.Axis("month", "", charts.MONTH, "temporal", ticks=6)
    y = charts.Axis("rate", w("headline.stay"), charts.PER_CENT, zero=False)
    tips = (
        charts.Tip("month", w("head.month"), charts.MONTH, "temporal"),
        charts.Tip("of", w("head.what"), kind="nominal"),
        charts.Tip("rate", w("headline.stay"), ".1%"),
        charts.Tip("n", w("head.at_risk"), charts.PLAIN),
    )
    return charts.lines(x, y, "of", names, tips)


def _range(rows: list[dict[str, object]], w: Words) -> charts.Spec:
    """Draw what the rates of months that are not over may still become."""
    tips = (charts.Tip("month", w("head.month"), charts.MONTH, "temporal"), charts.Tip("lo", w("head.lo"), ".1%"))
    return {
        "data": {"values": rows},
        "mark": {"type": "bar", "width": 9, "color": charts.SOFT, "cornerRadius": 3},
        "encoding": {
            "x": {"field": "month", "type": "temporal"},
            "y": {"field": "lo", "type": "quantitative"},
            "y2": {"field": "hi"},
            "tooltip": [tip.encoding() for tip in (*tips, charts.Tip("hi", w("head.hi"), ".1%"))],
        },
    }


def sales(story: Story, w: Words) -> Chart | None:
    """Draw what came in each month; null with fewer than two whole months."""
    found = story.sales
    if len(found.ends) < 2:
        return None
    money = "amount" in story.log.columns
    basis = w("basis.revenue" if money else "basis.purchases")
    factor, unit = w.scale(max(found.value), money=money)
    months = list(zip(found.ends, found.value, found.new, strict=True))
    rows = [{"month": first_of(end), "value": v, "shown": v / factor, "new": new} for end, v, new in months]
    x = charts.Axis("month", "", charts.MONTH, "temporal", ticks=6)
    y = charts.Axis("shown", f"{basis}{unit}", charts.DECIMAL)
    tips = (
        charts.Tip("month", w("head.month"), charts.MONTH, "temporal"),
        charts.Tip("value", f"{basis}{w.unit if money else ''}", charts.PLAIN),
        charts.Tip("new", w("head.new"), charts.PLAIN),
    )
    bars = charts.bars(x, y, tips)
    bars["encoding"]["x"]["timeUnit"] = "yearmonth"
    numbers = [(w.month(end), w.number(value), w.number(new)) for end, value, new in months]
    head = (w("head.month"), f"{basis}{w.unit if money else ''}", w("head.new"))
    title = w("headline.sales", basis=basis[:1].upper() + basis[1:])
    spec = charts.chart(rows, [bars])
    return Chart("sales", title, w("headline.sales_about"), spec, table("", head, numbers), half=True)


def first_of(day: int) -> str:
    """Return the first day of a month, by which the charts know it."""
    return date_of(day).replace(day=1).isoformat()
