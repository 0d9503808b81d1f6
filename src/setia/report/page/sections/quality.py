"""What the report rests on: the log, what was refused of it, the model, and what the words mean."""

from __future__ import annotations

from setia.report.page.section import Block, Notes, Number, Numbers, Section, Table, table
from setia.report.page.story import Story
from setia.report.page.words import Words
from setia.timeline import day_of

TERMS = ("horizon", "p_defect", "value_at_risk", "clv", "interval", "lapsed", "control")


def quality(story: Story, w: Words) -> Section:
    """Return the section."""
    log, stock = story.log, story.log.quarantine
    refused = sum(count for _, count in stock.counts)
    title = (
        w("quality.title", n=w.many("unit.line", refused), of=w.number(max(stock.rows, log.n_lines)))
        if refused
        else w("quality.clean")
    )
    bought = story.scores.num_rows
    buyers = w("quality.buyers", n=w.number(bought)) if bought < log.n_customers else ""
    numbers = Numbers(
        (
            Number(w("quality.lines"), w.number(log.n_lines), w("quality.lines_about")),
            Number(w("quality.customers"), w.number(log.n_customers), buyers),
            Number(w("quality.first"), w.day(log.first_day)),
            Number(w("quality.last"), w.day(log.last_day)),
        )
    )
    blocks: list[Block] = [numbers]
    if stock.counts:
        blocks.append(_refused(story, w))
    if log.notes:
        blocks.append(Notes(w("quality.notes"), log.notes))
    blocks += [_model(story, w), Notes(w("quality.words"), tuple(w(f"term.{name}") for name in TERMS))]
    return Section("quality", w("quality.short"), title, (w("quality.lead"),), tuple(blocks))


def _refused(story: Story, w: Words) -> Table:
    stock = story.log.quarantine
    shown = {one.reason: one for one in stock.examples}
    rows = []
    for reason, count in stock.counts:
        one = shown.get(reason)
        rows.append((reason, w.number(count), one.value if one else "", one.column if one else ""))
    head = [w(f"quality.head_{name}") for name in ("reason", "lines", "example", "column")]
    where = w("quality.where", path=stock.path) if stock.path else ""
    return table(w("quality.refused"), head, rows, where, texts=(0, 2, 3))


def _model(story: Story, w: Words) -> Table:
    facts = story.facts
    rows = [
        (w("model.version"), story.version),
        (w("model.trained"), w.day(day_of(facts.cutoffs[-1]))),
        (w("model.definition"), facts.definition),
        (w("model.horizon"), w.many("unit.day", facts.horizon_days)),
        (w("model.basis"), w(f"basis.{facts.basis}")),
        (w("model.clv"), w.many("unit.day", facts.clv_horizon_days)),
        (w("model.discount"), w.per_cent(facts.discount_rate_annual)),
        (w("model.setia"), facts.setia_version),
    ]
    return table(w("model.title"), (w("model.what"), w("model.is")), rows, texts=(0, 1))
