"""From sections to one HTML file that needs nothing else: style, script, charts and data are all in it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

from setia.report.page import charts
from setia.report.page.locales import number_locale, time_locale
from setia.report.page.section import Chart, Customers, Section
from setia.report.page.words import FILES, Words
from setia.report.strict import finite

#: The texts that the page's script needs.
SCRIPT_WORDS: Final = ("all_segments", "all_statuses", "all_tasks", "shown", "nobody", "sorted")


def paper(sections: Sequence[Section], words: Words, title: str, made: str, download: str) -> str:
    """Return the page as HTML; every text is escaped, whatever the log holds."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # every file of ours is a page or a part of one, and must escape what it is given
    rooms = Environment(loader=FileSystemLoader(FILES), autoescape=True, undefined=StrictUndefined)
    grid = rooms.get_template("grid.html").module.grid  # type: ignore[attr-defined]
    from markupsafe import Markup

    return rooms.get_template("page.html").render(
        sections=sections,
        words=words,
        title=title,
        made=made,
        grid=grid,
        setia_version=version("setia"),
        style=Markup((FILES / "page.css").read_text(encoding="utf-8")),
        script=Markup((FILES / "page.js").read_text(encoding="utf-8")),
        library=Markup(library()),
        data=Markup(_data(sections, words, download)),
    )


def library() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, safe within a page."""
    import vl_convert

    script: str = vl_convert.javascript_bundle(None, vl_version=charts.VERSION)  # type: ignore[arg-type]
    return re.sub(r"</(script)", r"<\\/\1", script, flags=re.IGNORECASE)


def _data(sections: Sequence[Section], words: Words, download: str) -> str:
    """Return all that the script needs as JSON that no text in it can break out of."""
    blocks = [block for section in sections for block in section.blocks]
    people = next((block.data for block in blocks if isinstance(block, Customers)), None)
    content: dict[str, Any] = {
        "charts": {block.name: block.spec for block in blocks if isinstance(block, Chart)},
        "customers": people,
        "words": {name: words.raw(f"customers.{name}") for name in SCRIPT_WORDS},
        "locale": words.locale.replace("_", "-"),
        "formatLocale": number_locale(words.locale),
        "timeFormatLocale": time_locale(words.locale),
        "download": download,
    }
    text = json.dumps(finite(content), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
