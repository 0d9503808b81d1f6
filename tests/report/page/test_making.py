"""The file: every chart compiles, nothing of the log becomes HTML, it stays small, and appears whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from small_reports import CATEGORIES, CURRENCY, NAME, NASTY, story

from report.page.reading import charts, made_up, sections
from setia.errors import InputError, LockedError
from setia.output import locked
from setia.report.page import ReportSettings, page, write
from setia.report.page.charts import VERSION

VOID = {"meta", "input", "br", "hr", "img", "link"}


class Reader(HTMLParser):
    """Follows the elements of a page, and keeps its texts outside of scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.data = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script" and data.startswith('{"charts"'):
            self.data += data
        elif self.open and self.open[-1] not in ("script", "style"):
            self.texts.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module", params=["revenue", "profit"])
def html(request: pytest.FixtureRequest) -> str:
    return page(story(request.param), ReportSettings(), dt.date(2026, 11, 22))[0]


def test_the_page_is_well_formed_and_needs_nothing_else(html: str) -> None:
    reader = read(html)
    tags = [tag for tag, _ in reader.tags]
    assert tags.count("script") == 3
    assert {"img", "iframe", "link", "object", "form"}.isdisjoint(tags)
    assert all((attributes.get("href") or "#").startswith("#") for _, attributes in reader.tags)
    assert all("src" not in attributes for _, attributes in reader.tags)
    assert not [name for _, attributes in reader.tags for name in attributes if name.startswith("on")]
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert "://" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)


def test_what_the_log_holds_stays_text(html: str) -> None:
    reader = read(html)
    assert {"i", "b", "u", "em"}.isdisjoint(tag for tag, _ in reader.tags)
    text = "".join(reader.texts)
    assert NAME in text
    assert CURRENCY in text
    for hostile in (*(one for one in NASTY if "<" in one), NAME, *CATEGORIES[:1]):
        assert hostile not in html
    data: dict[str, Any] = json.loads(reader.data)
    assert set(NASTY) <= set(data["customers"]["columns"]["customer_id"])
    assert not re.search(r"[<\u2028\u2029]", reader.data)


def test_it_says_when_it_was_made_and_of_what_day(html: str) -> None:
    text = "".join(read(html).texts)
    assert "on 22 November 2026" in text
    assert "from what was known on 12 June 2017" in text


@pytest.mark.parametrize(("basis", "language"), [("revenue", "en"), ("revenue", "id"), ("profit", "en")])
def test_every_chart_compiles(basis: str, language: str) -> None:
    import vl_convert

    found = charts(sections(story(basis, language), language=language))
    assert len(found) >= 13
    for name, chart in found.items():
        assert all(layer for layer in chart.spec["layer"]), name
        drawn = vl_convert.vegalite_to_vega(json.loads(json.dumps(chart.spec, allow_nan=False)), vl_version=VERSION)
        assert drawn["marks"], name
        assert chart.title, name
        assert chart.about, name


def test_the_file_stays_small_and_says_how_many_it_shows(tmp_path: Path) -> None:
    long = "A reason of {k} that goes on and on, with numbers and comparisons, " + 100 * "x"
    many = made_up(1, 6000, ids=120, reason=long)
    report = write(many, ReportSettings(output=str(tmp_path / "large.html")))
    assert report.size == report.path.stat().st_size < 10_000_000
    reader = read(report.path.read_text(encoding="utf-8"))
    assert len(json.loads(reader.data)["customers"]["columns"]["customer_id"]) == 5000
    assert "5,000 of 6,000 customers" in "".join(reader.texts)


def test_the_same_story_makes_the_same_file() -> None:
    made = [page(story(), ReportSettings(), dt.date(2026, 11, 22))[0] for _ in range(2)]
    assert made[0] == made[1]


def test_it_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = tmp_path / "deep" / "report.html"
    first = write(story(), ReportSettings(output=str(output)))
    assert first.path == output
    assert len(first.findings) == 10
    before = output.read_bytes()

    def full(self: Path, *_: object, **__: object) -> int:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(InputError, match="No space left"):
        write(story("profit"), ReportSettings(output=str(output)))
    assert output.read_bytes() == before
    assert [path.name for path in output.parent.iterdir() if not path.name.startswith(".")] == ["report.html"]


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    output = tmp_path / "report.html"
    with locked(output), pytest.raises(LockedError, match=r"report\.html"):
        write(story(), ReportSettings(output=str(output)))
    assert not output.exists()


def test_a_report_is_a_page() -> None:
    with pytest.raises(InputError, match=r"must end in \.html"):
        ReportSettings(output="report.pdf")
