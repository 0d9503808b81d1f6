"""The first screen: where the business stands, and what to do first."""

from __future__ import annotations

import numpy as np

from setia.act import Acting
from setia.report.closing import PASSWORD, step, without_passwords
from setia.report.page.section import Block, Number, Numbers, Section, Step, Steps
from setia.report.page.sections.trend import retention, sales
from setia.report.page.standing import CAMPAIGNS, Standing
from setia.report.page.story import Story
from setia.report.page.words import Words

#: So many months make a trend, held against as many before them.
TREND = 3
#: What moves by less than this is unchanged.
STILL = 0.01
#: If even the lapsed are as surely alive as this, the model has seen nobody leave for good.
STILL_THERE = 0.9


def headline(story: Story, w: Words) -> Section:
    """Return the section."""
    now = Standing(story)
    blocks: list[Block] = [
        _numbers(story, now, w),
        Steps(w("headline.first"), _steps(story, now, w), _beside(story, w)),
    ]
    drawn = [chart for chart in (retention(story, w), sales(story, w)) if chart is not None]
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
        text = w("headline.alerts_text", stake=stake, names=names, basis=w(f"basis.{story.alerting.basis}"))
        found.append(Step(w.many("headline.alerts", len(alerts)), text, _command(story, "alert"), "alert"))
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
    """Say whom to contact under a policy, and what it would bring; null where it would bring nothing."""
    policy, offer = made.campaign.policy, made.campaign.settings["policy"]["offer"]
    command = _command(story, "act", f"policy={policy}")
    if policy not in CAMPAIGNS or made.chosen is None:
        return None
    chosen = made.chosen
    lo, hi = chosen.bounds(made.spread)
    title = w.many(f"headline.{policy}", int(chosen.contacted.sum()))
    text = w(
        "headline.campaign_text",
        profit=w.money(chosen.profit),
        lo=w.money(lo),
        hi=w.money(hi),
        cost=w.money(chosen.cost),
        keep=w.per_cent(float(offer["keep_chance"])),
        control=w.number(chosen.control.size),
        **_terms(made, w),
    )
    return Step(title, text, command, policy)


def _command(story: Story, target: str, *more: str) -> str:
    """Return what to run; a page is read by many, so no password of an address stands in it."""
    if story.given is None:
        return ""
    return without_passwords(step("", target, story.given, *more).command or "", PASSWORD)


def _terms(made: Acting, w: Words) -> dict[str, str]:
    offer = made.campaign.settings["policy"]["offer"]
    return {"offer": w.money(float(offer["cost"])), "contact": w.money(float(offer["contact_cost"]))}


def _beside(story: Story, w: Words) -> tuple[str, ...]:
    """Say what the steps rest on, and why there is no campaign where there is none."""
    if not story.plans:
        return (w("headline.no_money"),)
    idle = [made for made in story.plans if made.chosen is None and made.campaign.policy in CAMPAIGNS]
    said = [w(f"headline.none_{made.campaign.policy}", **_terms(made, w)) for made in idle]
    lapsed = story.texts("status") == "lapsed"
    if idle and lapsed.any() and float(story.column("p_alive")[lapsed].mean()) > STILL_THERE:
        said.append(w("headline.none_leave"))
    if story.facts.basis == "revenue":
        said.append(w("headline.margin", margin=w.per_cent(story.plans[0].margin)))
    return (*said, w("headline.assumed"))
