"""Who stays: by the quarter of the first purchase, and by what they bring."""

from __future__ import annotations

from setia.cohorts import Retention
from setia.report.page import charts
from setia.report.page.section import Block, Chart, Section, table
from setia.report.page.sections.trend import by_month, first_of
from setia.report.page.story import Story
from setia.report.page.words import Words

#: The groups of `setia.cohorts.rates.SEGMENTS`, as the texts of the page name them.
GROUPS = {"the best fifth": "best", "the next three tenths": "next", "the other half": "rest"}
#: A rate of fewer customers says nothing.
LEAST = 10
#: With more months than these their names would not fit on a cohort's row.
MONTHS = 24
#: So many names of months stand level beside each other.
LEVEL = 12


def cohorts(story: Story, w: Words) -> Section | None:
    """Return the section, null where it is left out."""
    if story.retention is None:
        why = story.missing.get("cohorts")
        return Section("cohorts", w("cohorts.short"), w("cohorts.none"), (why,), ()) if why else None
    result = story.retention
    ripe = [month for month in result.of("segment") if month.ripe]
    found: list[Block] = [chart for chart in (_heat(result, w), _groups(result, w)) if chart is not None]
    last = [month for month in ripe if month.end == ripe[-1].end] if ripe else []
    rates = {GROUPS[month.group]: month.rate for month in last}
    if {"best", "rest"} <= set(rates):
        said = {"best": w.per_cent(rates["best"]), "rest": w.per_cent(rates["rest"]), "month": w.month(last[0].end)}
        title = w("cohorts.title", **said)
    else:
        title = w("cohorts.title_plain")
    lead = w("cohorts.lead", days=w.many("unit.day", result.horizon_days))
    return Section("cohorts", w("cohorts.short"), title, (lead,), tuple(found))


def _heat(result: Retention, w: Words) -> Chart | None:
    months = [month for month in result.of("cohort") if month.ripe and month.customers >= LEAST]
    ends = sorted({month.end for month in months})[-MONTHS:]
    months = [month for month in months if month.end in set(ends)]
    if len(ends) < 2:
        return None
    names = sorted({month.group for month in months})
    rows = [
        {
            "cohort": w("cohorts.quarter", q=m.group[-1], year=m.group[:4]),
            "end": w.month(m.end),
            "rate": m.rate,
            "n": m.customers,
        }
        for m in sorted(months, key=lambda m: (m.group, m.end))
    ]
    tips = (
        charts.Tip("cohort", w("cohorts.first"), kind="nominal"),
        charts.Tip("end", w("head.month"), kind="nominal"),
        charts.Tip("rate", w("headline.stay"), ".1%"),
        charts.Tip("n", w("head.at_risk"), charts.PLAIN),
    )
    x = charts.Axis("end", "", kind="ordinal", angle=-45 if len(ends) > LEVEL else 0)
    y = charts.Axis("cohort", w("cohorts.first"), kind="ordinal")
    layer: charts.Spec = {
        "mark": {"type": "rect", "cornerRadius": 2, "stroke": charts.GRID},
        "encoding": {
            "x": {**x.encoding(), "sort": [w.month(end) for end in ends]},
            "y": y.encoding(),
            "color": {
                "field": "rate",
                "type": "quantitative",
                "scale": {"scheme": "cividis"},
                "legend": {
                    "format": charts.PER_CENT,
                    "title": w("headline.stay"),
                    "gradientLength": 160,
                    "gradientThickness": 10,
                },
            },
            "tooltip": [tip.encoding() for tip in tips],
        },
    }
    by = {(month.group, month.end): month.rate for month in months}
    numbers = [
        (w("cohorts.quarter", q=name[-1], year=name[:4]), *(w.per_cent(by.get((name, end))) for end in ends))
        for name in names
    ]
    head = (w("cohorts.first"), *(w.month(end) for end in ends))
    return Chart(
        "cohorts",
        w("cohorts.chart"),
        w("cohorts.about", least=w.number(LEAST)),
        charts.chart(rows, [layer], charts.rowed(len(names) + 1)),
        table("", head, numbers),
    )


def _groups(result: Retention, w: Words) -> Chart | None:
    months = [month for month in result.of("segment") if month.ripe]
    ends = sorted({month.end for month in months})
    if len(ends) < 2:
        return None
    names = [w(f"cohorts.{key}") for key in GROUPS.values()]
    rows = [
        {
            "month": first_of(m.end),
            "rate": m.rate,
            "of": w(f"cohorts.{GROUPS[m.group]}"),
            "n": m.customers,
        }
        for m in months
    ]
    by = {(month.group, month.end): month.rate for month in months}
    numbers = [(w.month(end), *(w.per_cent(by.get((group, end)), 1) for group in GROUPS)) for end in ends]
    spec = charts.chart(rows, by_month(names, w))
    about = w("cohorts.groups_about")
    return Chart("groups", w("cohorts.groups"), about, spec, table("", (w("head.month"), *names), numbers))
