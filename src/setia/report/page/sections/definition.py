"""What it means to leave on this log, and what other meanings would have said."""

from __future__ import annotations

from setia.audit import Audit, recommend
from setia.audit.audit import Finding
from setia.defection import words_in
from setia.report.page import charts
from setia.report.page.section import Block, Chart, Section, Table, table
from setia.report.page.story import Story
from setia.report.page.words import Words

#: From this share of an axis on, words beside a line stand before it.
NEAR = 0.6


def definition(story: Story, w: Words) -> Section | None:
    """Return the section, null where it is left out."""
    days = w.many("unit.day", story.facts.horizon_days)
    means = w("definition.means", words=words_in(story.definition, w.language), days=days)
    if story.audit is None:
        why = story.missing.get("definition")
        return Section("definition", w("definition.short"), means, (why,), ()) if why else None
    audit = story.audit
    best, _ = recommend(audit)
    lead = [w("definition.lead"), _advice(story, audit, best, w)]
    blocks: list[Block] = [_horizon(audit, w), _lost(audit, best, w), _table(audit, w)]
    return Section("definition", w("definition.short"), means, tuple(lead), tuple(blocks))


def _advice(story: Story, audit: Audit, best: Finding | None, w: Words) -> str:
    if best is None:
        return w("definition.none")
    used = best.candidate.definition == story.definition
    everything = max(sum(audit.everybody), 1e-9)
    lost = sum(rate.lost for rate in best.rates) / everything
    return w(
        "definition.used" if used else "definition.other",
        label=w(f"candidate.{best.candidate.label}")
        if w.has(f"candidate.{best.candidate.label}")
        else best.candidate.label,
        lost=w.per_cent(lost, 1),
        days=w.many("unit.day", audit.horizon_days),
    )


def _label(finding: Finding, w: Words) -> str:
    key = f"candidate.{finding.candidate.label}"
    return w(key) if w.has(key) else finding.candidate.label


def _horizon(audit: Audit, w: Words) -> Chart:
    curve = audit.curve
    rows = [{"days": d, "share": s} for d, s in zip(curve.days, curve.share, strict=True)]
    x = charts.Axis("days", w("definition.days"), charts.PLAIN)
    y = charts.Axis("share", w("definition.back"), charts.PER_CENT, domain=(0.0, 1.0))
    tips = (charts.Tip("days", w("definition.days"), charts.PLAIN), charts.Tip("share", w("definition.back"), ".1%"))
    line: charts.Spec = {
        "mark": {"type": "line", "color": charts.COLOURS[0], "strokeWidth": 2.5},
        "encoding": {"x": x.encoding(), "y": y.encoding(), "tooltip": [tip.encoding() for tip in tips]},
    }
    dots = {**line, "mark": charts.HIDDEN}
    words = w.many("unit.day", audit.horizon_days)
    before = audit.horizon_days > NEAR * max(curve.days)
    shown = [d for d in (7, 14, 30, 60, 90, 120, 180) if d in set(curve.days)]
    share = dict(zip(curve.days, curve.share, strict=True))
    within = share.get(audit.horizon_days, float("nan"))
    return Chart(
        "horizon",
        w("definition.horizon", days=words, share=w.per_cent(within)),
        w("definition.horizon_about"),
        charts.chart(rows, [line, dots, *charts.upright(audit.horizon_days, "x", words, before=before)]),
        table("", (w("definition.days"), w("definition.back")), [(w.number(d), w.per_cent(share[d])) for d in shown]),
        half=True,
    )


def _lost(audit: Audit, best: Finding | None, w: Words) -> Chart:
    everything = max(sum(audit.everybody), 1e-9)
    rows = [
        {
            "name": _label(finding, w),
            "lost": sum(rate.lost for rate in finding.rates) / everything,
            "rate": finding.rate if finding.rate == finding.rate else None,
            "best": finding is best,
        }
        for finding in audit.findings
    ]
    x = charts.Axis("lost", w("definition.lost"), charts.PER_CENT)
    y = charts.Axis("name", "", kind="nominal")
    tips = (
        charts.Tip("name", w("head.what"), kind="nominal"),
        charts.Tip("lost", w("definition.lost"), ".1%"),
        charts.Tip("rate", w("definition.rate"), ".1%"),
    )
    layer = charts.bars(x, y, tips, charts.SOFT)
    layer["encoding"]["color"] = {
        "condition": {"test": "datum.best", "value": charts.COLOURS[0]},
        "value": charts.SOFT,
    }
    title = w("definition.chart", basis=w(f"basis.{audit.basis}"))
    return Chart(
        "definitions",
        title,
        w("definition.chart_none" if best is None else "definition.chart_about", basis=w(f"basis.{audit.basis}")),
        charts.chart(rows, [layer], charts.rowed(len(rows))),
        half=True,
    )


def _table(audit: Audit, w: Words) -> Table:
    everything = max(sum(audit.everybody), 1e-9)
    rows = []
    for one in audit.findings:
        foreseen = one.predictability
        rows.append(
            (
                _label(one, w),
                w.number(one.covered),
                w.per_cent(one.rate, 1),
                w.per_cent(sum(rate.lost for rate in one.rates) / everything, 1),
                w.per_cent(one.still_buying),
                w.per_cent(one.came_back_in_full),
                w.number(foreseen.model if foreseen else None, 2),
            )
        )
    head = [w(f"definition.head_{name}") for name in ("name", "covered", "rate", "lost", "still", "full", "auc")]
    return table(w("definition.table"), head, rows, w("definition.table_about"))
