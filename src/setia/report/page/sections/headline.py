"""The first screen: where the business stands, and what to do first."""

from __future__ import annotations

from math import exp

import numpy as np

from setia.act import Acting
from setia.policy.doubt import REACH
from setia.report.closing import step
from setia.report.page import charts
from setia.report.page.section import Chart, Number, Numbers, Section, Step, Steps, table
from setia.report.page.standing import Standing
from setia.report.page.story import Story
from setia.report.page.words import Words

#: So many months make a trend, held against as many before them.
TREND = 3
#: What moves by less than this is unchanged.
STILL = 0.01


def headline(story: Story, w: Words) -> Section:
    """Return the section."""
    now = Standing(story)
    blocks = [_numbers(story, now, w), Steps(w("headline.first"), _steps(story, now, w), _assumed(story, w))]
    drawn = [chart for chart in (_retention(story, w), _sales(story, w)) if chart is not None]
    days = w.many("unit.day", story.facts.horizon_days)
    leaving = w.many("unit.customer", now.leaving)
    title = w("headline.title", leaving=leaving, days=days, money=w.money(now.money_at_risk))
    return Section("headline", w("headline.short"), title, (_lead(story, w),), (*blocks, *drawn))


def _lead(story: Story, w: Words) -> str:
    missing = story.missing.get("headline")
    return missing or w("headline.lead", day=w.day(story.log.last_day), log=story.log.name)


def _numbers(story: Story, now: Standing, w: Words) -> Numbers:
    facts, here = story.facts, int(now.here.sum())
    years = w.number(facts.clv_horizon_days / 365.25, 0 if facts.clv_horizon_days % 365 == 0 else 1)
    days = w.many("unit.day", facts.horizon_days)
    expected = float(story.column("expected_value").sum())
    rate, about = _rate(story, w)
    status = story.texts("status")
    new, overdue = (int((status == name).sum()) for name in ("new", "overdue"))
    ever = w("headline.ever", ever=w.number(len(status)), new=w.number(new), overdue=w.number(overdue))
    whole = w("headline.risk_about", future=w.money(now.future), years=years)
    basis = w(f"basis.{facts.basis}")
    return Numbers(
        (
            Number(w("headline.rate"), rate, about),
            Number(w("headline.here"), w.number(here), ever),
            Number(w("headline.leaving"), w.number(now.leaving), w("headline.leaving_about", days=days)),
            Number(w("headline.risk"), w.money(now.money_at_risk), whole),
            Number(w("headline.expected", basis=basis), w.money(expected), w("headline.expected_about", days=days)),
        )
    )


def _rate(story: Story, w: Words) -> tuple[str, str]:
    """Return the retention rate of the last ripe month, and how it has moved."""
    ripe = [month for month in story.retention.of("all") if month.ripe] if story.retention else []
    if not ripe:
        return w.number(None), w("headline.rate_unknown")
    last = ripe[-1]
    rates = [month.rate for month in ripe]
    said = w("headline.rate_about", month=w.month(last.end, long=True))
    if len(rates) >= 2 * TREND:
        before, after = float(np.mean(rates[-2 * TREND : -TREND])), float(np.mean(rates[-TREND:]))
        way = "up" if after - before > STILL else "down" if before - after > STILL else "same"
        said += " " + w(f"headline.trend_{way}", before=w.per_cent(before), after=w.per_cent(after))
    return w.per_cent(last.rate, 1), said


def _steps(story: Story, now: Standing, w: Words) -> tuple[Step, ...]:
    campaigns = (_campaign(made, story, w) for made in story.plans)
    found = [one for one in campaigns if one is not None]
    if story.alerting is not None and story.alerting.alerts:
        alerts = story.alerting.alerts
        names = w.listed([alert.customer_id for alert in alerts[:3]])
        stake = w.money(sum(alert.stake for alert in alerts))
        text = w("headline.alerts_text", stake=stake, names=names)
        found.append(
            Step(w.many("headline.alerts", len(alerts)), text, step("", "alert", story.given).command or "", "alert")
        )
    by = {one.name: one for one in story.segments.sums}
    for name in ("reprice", "new"):
        if name in by:
            one = by[name]
            text = w(f"headline.{name}_text", clv=w.money(one.clv))
            found.append(Step(w.many(f"headline.{name}", one.customers), text, filter=name))
    if not found and now.at_risk.any():
        found.append(Step(w.many("headline.look", int(now.at_risk.sum())), w("headline.look_text"), filter="save"))
    return tuple(found)


def _campaign(made: Acting, story: Story, w: Words) -> Step | None:
    """Say whom to contact under a policy, and what it would bring."""
    policy, offer = made.campaign.policy, made.campaign.settings["policy"]["offer"]
    if policy not in ("retain", "win_back"):
        return None
    terms = {"offer": w.money(float(offer["cost"])), "contact": w.money(float(offer["contact_cost"]))}
    command = step("", "act", story.given, f"policy={policy}").command or ""
    if made.chosen is None:
        return Step(w(f"headline.{policy}_none"), w(f"headline.{policy}_none_text", **terms), "")
    chosen = made.chosen
    of = chosen.expected.rows(chosen.contacted)
    lo, hi = (float(of.saved.sum()) * exp(sign * REACH * made.spread) - chosen.cost for sign in (-1.0, 1.0))
    title = w.many(f"headline.{policy}", int(chosen.contacted.sum()))
    text = w(
        "headline.campaign_text",
        profit=w.money(chosen.profit),
        lo=w.money(lo),
        hi=w.money(hi),
        cost=w.money(chosen.cost),
        keep=w.per_cent(float(offer["keep_chance"])),
        control=w.number(chosen.control.size),
        **terms,
    )
    return Step(title, text, command, policy)


def _assumed(story: Story, w: Words) -> str:
    return w("headline.assumed") if story.plans else w("headline.no_money")


def _retention(story: Story, w: Words) -> Chart | None:
    months = story.retention.of("all") if story.retention else ()
    if len(months) < 2:
        return None
    names = (w("headline.of_customers"), w("headline.of_money", basis=w(f"basis.{story.facts.basis}")))
    rows = []
    for month in months:
        for name, rate in zip(names, (month.rate, month.money_rate), strict=True):
            if month.ripe and rate == rate:
                rows.append({"month": _first_of(month.end), "rate": rate, "of": name, "n": month.customers})
    unripe = [{"month": _first_of(m.end), "lo": m.low, "hi": m.high, "n": m.customers} for m in months if not m.ripe]
    x = charts.Axis("month", "", charts.MONTH, "temporal", ticks=6)
    y = charts.Axis("rate", w("headline.stay"), charts.PER_CENT, zero=False)
    tips = (
        charts.Tip("month", w("head.month"), charts.MONTH, "temporal"),
        charts.Tip("of", w("head.what"), kind="nominal"),
        charts.Tip("rate", w("headline.stay"), ".1%"),
        charts.Tip("n", w("head.at_risk"), charts.PLAIN),
    )
    layers = [charts.lines(x, y, "of", names, tips)]
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
    return Chart("retention", w("headline.retention"), about, charts.chart(rows, layers), table("", head, numbers))


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


def _first_of(day: int) -> str:
    from setia.timeline import date_of

    return date_of(day).replace(day=1).isoformat()


def _sales(story: Story, w: Words) -> Chart | None:
    sales = story.sales
    if len(sales.ends) < 2:
        return None
    basis = w("basis.revenue" if "amount" in story.log.columns else "basis.purchases")
    rows = [
        {"month": _first_of(end), "value": value, "new": new}
        for end, value, new in zip(sales.ends, sales.value, sales.new, strict=True)
    ]
    unit = w.unit if "amount" in story.log.columns else ""
    x = charts.Axis("month", "", charts.MONTH, "temporal", ticks=6)
    y = charts.Axis("value", f"{basis}{unit}", "~s")
    tips = (
        charts.Tip("month", w("head.month"), charts.MONTH, "temporal"),
        charts.Tip("value", f"{basis}{unit}", charts.PLAIN),
        charts.Tip("new", w("head.new"), charts.PLAIN),
    )
    bars = charts.bars(x, y, tips)
    bars["encoding"]["x"]["timeUnit"] = "yearmonth"
    numbers = [
        (w.month(end), w.number(value), w.number(new))
        for end, value, new in zip(sales.ends, sales.value, sales.new, strict=True)
    ]
    head = (w("head.month"), f"{basis}{unit}", w("head.new"))
    return Chart(
        "sales",
        w("headline.sales", basis=basis[:1].upper() + basis[1:]),
        w("headline.sales_about"),
        charts.chart(rows, [bars], 200),
        table("", head, numbers),
    )
