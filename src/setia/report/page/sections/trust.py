"""How far to trust it: what was forecast of days that have come since, beside simple rules."""

from __future__ import annotations

from setia.proof import Figure, Gain, Proof, Tenth
from setia.report.page import charts
from setia.report.page.section import Block, Chart, Section, Table, table
from setia.report.page.story import Story
from setia.report.page.words import Words
from setia.training import OURS

#: Figures of the table, with their decimals; of all but the bias it is said whether more is better.
FIGURES = (
    ("auc", 3, True),
    ("log_loss", 3, False),
    ("lift_top_decile", 2, True),
    ("gini", 3, True),
    ("rmse", 1, False),
    ("bias", 3, None),
)
DEPTH = 0.2


def trust(story: Story, w: Words) -> Section | None:
    """Return the section; it says so where the model brings no proof along."""
    proof = story.proof
    if proof is None:
        return Section("trust", w("trust.short"), w("trust.none"), (w("trust.none_lead"),), ())
    said = w.many("unit.day", proof.horizon_days)
    lead = [
        w(
            "trust.lead",
            day=w.day(proof.cutoff),
            days=said,
            expected=w.money(proof.expected_total),
            came=w.money(proof.value_total),
            customers=w.number(proof.customers),
        )
    ]
    coverage = proof.figure("coverage", OURS)
    if coverage is not None and coverage.value == coverage.value:
        lead.append(w("trust.coverage", share=w.per_cent(coverage.value)))
    blocks: list[Block] = []
    if len(proof.defection) > 1:
        blocks.append(_calibration(proof, w))
    if proof.gains_defection:
        blocks.append(_gains(proof, w))
    blocks.append(_figures(proof, w))
    if len(proof.levels) > 1:
        blocks.append(_levels(proof, w))
    return Section("trust", w("trust.short"), _title(proof, w), tuple(lead), tuple(blocks))


def _title(proof: Proof, w: Words) -> str:
    ours = next((gain for gain in proof.gains_defection if gain.method == OURS), None)
    held = _held(ours)
    if held is None:
        return w("trust.title_plain")
    rules = [found for gain in proof.gains_defection if gain.method != OURS if (found := _held(gain)) is not None]
    best = w.per_cent(max(rules)) if rules else w.number(None)
    return w("trust.title", depth=w.per_cent(DEPTH), held=w.per_cent(held), best=best)


def _held(gain: Gain | None) -> float | None:
    if gain is None:
        return None
    found = gain.held[round(DEPTH * (len(gain.held) - 1))]
    return None if found != found else found


def _name(method: str, w: Words) -> str:
    key = "method." + method.replace(" ", "_")
    return w(key) if w.has(key) else method


def _calibration(proof: Proof, w: Words) -> Chart:
    rows = [vars(tenth) for tenth in proof.defection]
    top = max(max(one.predicted, one.hi) for one in proof.defection)
    x = charts.Axis("predicted", w("trust.said"), charts.PER_CENT, domain=(0.0, top))
    y = charts.Axis("actual", w("trust.came"), charts.PER_CENT, domain=(0.0, top))
    tips = (
        charts.Tip("rows", w("head.customers"), charts.PLAIN),
        charts.Tip("predicted", w("trust.said"), ".1%"),
        charts.Tip("actual", w("trust.came"), ".1%"),
    )
    places = {"x": x.encoding(), "y": y.encoding()}
    perfect = {
        "data": {"values": [{"predicted": 0, "actual": 0}, {"predicted": top, "actual": top}]},
        "mark": {"type": "line", "color": charts.FAINT, "strokeDash": [4, 3], "strokeWidth": 1.5},
        "encoding": places,
    }
    reach = {
        "mark": {"type": "rule", "color": charts.COLOURS[0], "strokeWidth": 1.5},
        "encoding": {"x": x.encoding(), "y": {"field": "lo", "type": "quantitative"}, "y2": {"field": "hi"}},
    }
    dots = {
        "mark": {"type": "point", "filled": True, "size": 80, "color": charts.COLOURS[0], "opacity": 1},
        "encoding": {**places, "tooltip": [tip.encoding() for tip in tips]},
    }
    head = (w("trust.tenth"), w("head.customers"), w("trust.said"), w("trust.came"), w("trust.interval"))
    return Chart(
        "calibration",
        w("trust.calibration"),
        w("trust.calibration_about"),
        charts.chart(rows, [perfect, reach, dots]),
        table("", head, [_tenth(k, one, w) for k, one in enumerate(proof.defection, start=1)]),
        half=True,
    )


def _tenth(k: int, one: Tenth, w: Words) -> tuple[str, ...]:
    reach = w.span(w.per_cent(one.lo, 1), w.per_cent(one.hi, 1))
    return (w.number(k), w.number(one.rows), w.per_cent(one.predicted, 1), w.per_cent(one.actual, 1), reach)


def _gains(proof: Proof, w: Words) -> Chart:
    shown = [gain for gain in proof.gains_defection if gain.held[0] == gain.held[0]][: len(charts.COLOURS)]
    rows = [
        {"depth": depth, "held": held, "of": _name(gain.method, w)}
        for gain in shown
        for depth, held in zip(gain.depth, gain.held, strict=True)
    ]
    x = charts.Axis("depth", w("trust.depth"), charts.PER_CENT, domain=(0.0, 1.0))
    y = charts.Axis("held", w("trust.held"), charts.PER_CENT, domain=(0.0, 1.0))
    tips = (
        charts.Tip("of", w("head.what"), kind="nominal"),
        charts.Tip("depth", w("trust.depth"), ".0%"),
        charts.Tip("held", w("trust.held"), ".0%"),
    )
    layer = charts.lines(x, y, "of", [_name(gain.method, w) for gain in shown], tips, points=False)
    numbers = [
        (w.per_cent(depth), *(w.per_cent(gain.held[round(100 * depth)]) for gain in shown))
        for depth in (0.05, 0.1, 0.2, 0.3, 0.5)
    ]
    head = (w("trust.depth"), *(_name(gain.method, w) for gain in shown))
    return Chart(
        "gains",
        w("trust.gains"),
        w("trust.gains_about"),
        charts.chart(rows, layer),
        table("", head, numbers),
        half=True,
    )


def _figures(proof: Proof, w: Words) -> Table:
    methods = list(dict.fromkeys([OURS, *(figure.method for figure in proof.figures)]))
    rows = []
    for metric, decimals, more in FIGURES:
        found = [proof.figure(metric, method) for method in methods]
        if found[0] is None:
            continue
        cells = [w.number(None if figure is None else figure.value, decimals) for figure in found]
        ours = found[0]
        reach = "" if ours.lo != ours.lo else w.span(w.number(ours.lo, decimals), w.number(ours.hi, decimals))
        rows.append((w(f"figure.{metric}"), cells[0], reach, *cells[1:], _better(found, more, w)))
    head = (w("head.what"), w("trust.ours"), w("trust.interval"), *(_name(m, w) for m in methods[1:]), w("trust.best"))
    return table(w("trust.figures"), head, rows, w("trust.figures_about"))


def _better(found: list[Figure | None], more: bool | None, w: Words) -> str:
    ours, *rules = (None if figure is None or figure.value != figure.value else figure.value for figure in found)
    others = [rule for rule in rules if rule is not None]
    if ours is None or not others:
        return w.number(None)
    if more is None:
        return w("yes" if abs(ours) < min(abs(rule) for rule in others) else "no")
    return w("yes" if (ours > max(others) if more else ours < min(others)) else "no")


def _levels(proof: Proof, w: Words) -> Chart:
    from setia.timeline import date_of

    names = (w("trust.said"), w("trust.came"))
    rows = [
        {"day": date_of(level.cutoff).isoformat(), "share": share, "of": name, "n": level.customers}
        for level in proof.levels
        for name, share in zip(names, (level.p_defect, level.defected), strict=True)
        if share == share
    ]
    x = charts.Axis("day", "", "%-d %b %Y", "temporal", ticks=4)
    y = charts.Axis("share", w("trust.share_defected"), charts.PER_CENT)
    tips = (
        charts.Tip("day", w("trust.cutoff"), "%-d %b %Y", "temporal"),
        charts.Tip("of", w("head.what"), kind="nominal"),
        charts.Tip("share", w("trust.share_defected"), ".1%"),
        charts.Tip("n", w("head.customers"), charts.PLAIN),
    )
    layer = charts.lines(x, y, "of", names, tips)
    numbers = [
        (
            w.day(one.cutoff),
            w.per_cent(one.p_defect, 1),
            w.per_cent(one.defected, 1),
            w.money(one.expected_value * one.customers),
            w.money(one.value * one.customers),
        )
        for one in proof.levels
    ]
    head = (w("trust.cutoff"), names[0], names[1], w("trust.value_said"), w("trust.value_came"))
    about = w("trust.levels_about")
    return Chart("levels", w("trust.levels"), about, charts.chart(rows, layer, 200), table("", head, numbers))
