"""From a story to the report's file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from setia.output import locked, written
from setia.report.page import sections
from setia.report.page.paper import paper
from setia.report.page.section import Section
from setia.report.page.settings import ReportSettings
from setia.report.page.story import Story
from setia.report.page.words import Words
from setia.scoring.asking import currency_of
from setia.timeline import date_of


@dataclass(frozen=True)
class Report:
    """A report that has been written. `findings`: the title of each section, in their order."""

    path: Path
    size: int
    findings: tuple[str, ...]


def told(story: Story, settings: ReportSettings, words: Words) -> tuple[Section, ...]:
    """Return the sections of a story, without those that are left out."""
    makers: dict[str, Callable[[Story, Words], Section | None]] = {
        "headline": sections.headline,
        "concentration": sections.concentration,
        "cohorts": sections.cohorts,
        "definition": sections.definition,
        "leaving": sections.leaving,
        "customers": partial(sections.customers, rows=settings.customers),
        "alerts": sections.alerts,
        "trust": sections.trust,
        "campaigns": sections.campaigns,
        "quality": sections.quality,
    }
    found = (make(story, words) for name, make in makers.items() if name not in settings.leave_out)
    return tuple(section for section in found if section is not None)


def page(story: Story, settings: ReportSettings, today: dt.date | None = None) -> tuple[str, tuple[Section, ...]]:
    """Return the report as HTML, and its sections; `today` is the day on which it is made."""
    words = words_of(story, settings.language)
    found = told(story, settings, words)
    day = words.day(((today or dt.datetime.now(dt.UTC).date()) - dt.date(1970, 1, 1)).days)
    as_of = words.day(story.log.last_day)
    title = words("title", log=story.log.name, day=as_of)
    made = words("made", version=story.facts.setia_version, day=day, as_of=as_of)
    download = f"customers-{date_of(story.log.last_day)}.csv"
    return paper(found, words, title, made, download), found


def words_of(story: Story, language: str) -> Words:
    """Return the words of a story in a language, with its currency."""
    return Words(language, currency_of(story.facts, story.log))


def write(story: Story, settings: ReportSettings) -> Report:
    """Write the report; it appears whole or not at all.

    Raises:
        InputError: the file cannot be written.
        LockedError: another run is writing it.
    """
    path = Path(settings.output)
    html, found = page(story, settings)
    with locked(path), written(path) as unfinished:
        unfinished.write_text(html, encoding="utf-8")
    return Report(path, len(html.encode()), tuple(section.title for section in found))
