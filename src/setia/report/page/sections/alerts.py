"""Whose pattern has just changed for the worse, and what such alerts have been worth."""

from __future__ import annotations

from math import isnan

from setia.alert import OURS, Alerting
from setia.report.page import charts
from setia.report.page.section import Block, Chart, Section, Table, table
from setia.report.page.story import Story
from setia.report.page.words import Words

SHOWN = 25
METHODS = (OURS, "overdue", "dropped")


def alerts(story: Story, w: Words) -> Section | None:
    """Return the section, null where it is left out."""
    result = story.alerting
    if result is None:
        why = story.missing.get("alerts")
        return Section("alerts", w("alerts.short"), w("alerts.none"), (why,), ()) if why else None
    found = result.alerts
    stake = w.money(sum(one.stake for one in found))
    said = {"n": w.many("alerts.many", len(found)), "stake": stake, "basis": w(f"basis.{result.basis}")}
    title = w("alerts.title", **said) if found else w("alerts.quiet")
    watched = w.number(result.customers)
    lead = w("alerts.lead", watched=watched, of=w.number(result.of), since=w.day(result.since + 1))
    blocks: list[Block] = [_list(result, w)] if found else []
    worth = [lead]
    if result.watched.replay is not None:
        quality = result.watched.replay.qualities[0]
        if quality.alarms and not isnan(quality.caught_loss):
            worth.append(
                w(
                    "alerts.worth",
                    caught=w.per_cent(quality.caught_loss),
                    precision=w.per_cent(quality.precision),
                    n=w.number(quality.alarms_per_month, 1),
                )
            )
            drawn = _replay(result, w)
            blocks += [drawn] if drawn is not None else []
    else:
        worth.append(w("alerts.short_log"))
    return Section("alerts", w("alerts.short"), title, tuple(worth), tuple(blocks))


def _list(result: Alerting, w: Words) -> Table:
    rows = [(w.day(one.day), one.customer_id, one.sentence, w.money(one.stake)) for one in result.alerts[:SHOWN]]
    more = len(result.alerts) - len(rows)
    about = w("alerts.more", n=w.number(more)) if more > 0 else ""
    head = [w(f"alerts.head_{name}") for name in ("day", "customer", "what", "stake")]
    return table(w("alerts.table"), head, rows, about, texts=(0, 1, 2))


def _replay(result: Alerting, w: Words) -> Chart | None:
    """Draw what alerts would have told of at each number of alarms; null where there would never have been one."""
    replay = result.watched.replay
    assert replay is not None
    names = {method: w(f"alerts.method_{method}") for method in METHODS}
    rows = [
        {"n": q.alarms_per_month, "caught": q.caught_loss, "of": names[q.method], "right": q.precision}
        for row in replay.curve
        for q in row
        if q.method in names and not (isnan(q.caught_loss) or isnan(q.precision))
    ]
    if not rows:
        return None
    x = charts.Axis("n", w("alerts.per_month"), charts.PLAIN)
    y = charts.Axis("caught", w("alerts.caught"), charts.PER_CENT)
    tips = (
        charts.Tip("of", w("head.what"), kind="nominal"),
        charts.Tip("n", w("alerts.per_month"), ",.1f"),
        charts.Tip("caught", w("alerts.caught"), ".1%"),
        charts.Tip("right", w("alerts.right"), ".0%"),
    )
    layer = charts.lines(x, y, "of", list(names.values()), tips)
    numbers = [
        (names[q.method], w.number(q.alarms_per_month, 1), w.per_cent(q.caught_loss, 1), w.per_cent(q.precision))
        for q in replay.qualities
        if q.method in names
    ]
    head = (w("alerts.method"), w("alerts.per_month"), w("alerts.caught"), w("alerts.right"))
    about = w("alerts.replay_about", first=w.day(replay.first), last=w.day(replay.last), n=w.number(replay.episodes))
    return Chart("replay", w("alerts.replay"), about, charts.chart(rows, layer), table("", head, numbers))
