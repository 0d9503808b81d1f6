"""How the report looks on every screen: nothing breaks, nothing is asked of a network, nothing sticks out."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from browser.screen import Screen

LOOKS = [
    *[("en", width, theme) for width in (1440, 390) for theme in ("light", "dark")],
    *[("id", 1440, "light"), ("id", 390, "dark"), ("profit", 1440, "dark"), ("profit", 390, "light")],
    *[(name, width, "light") for name in ("en", "id") for width in (768, 320)],
]
LANGUAGES = {"en": "en", "id": "id", "profit": "en"}
#: Of every chart: its marks that can be seen, its words with their places, and the place of its card.
CHARTS = """
const place = (one) => { const r = one.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; };
return [...document.querySelectorAll(".chart")].map((chart) => {
  const marks = chart.querySelectorAll(
    "svg .role-mark:is(.mark-rect, .mark-symbol, .mark-line, .mark-rule, .mark-area) :is(path, line)");
  const words = [...chart.querySelectorAll("svg text")].filter((one) => one.textContent.trim()
    && getComputedStyle(one).opacity !== "0" && one.closest("g[opacity='0']") === null);
  return { name: chart.id, card: place(chart.closest("figure")),
    marks: [...marks].filter((one) => { const b = one.getBBox(); return b.width + b.height > 0; }).length,
    words: words.map((one) => ({ text: one.textContent, place: place(one),
      turned: /rotate\\((?!0[,)])/.test(one.getAttribute("transform") || "") })) };
});
"""
#: Of every part of the page that sticks out to the right without scrolling within: what it is.
OUT = """
return [...document.querySelectorAll("main *, header *, footer *")].filter((one) => {
  if (one.closest(".scroll, nav, svg") && !one.matches(".scroll, nav, svg")) return false;
  const r = one.getBoundingClientRect();
  return r.width && (r.right > document.documentElement.clientWidth + 1 || r.left < -1);
}).map((one) => one.tagName + "." + one.className + ": " + one.textContent.slice(0, 60));
"""


def errors(screen: Screen) -> list[str]:
    return [one["message"] for one in screen.logs("browser") if one["level"] in ("SEVERE", "WARNING")]


@pytest.mark.parametrize(("name", "width", "theme"), LOOKS)
def test_a_look(screen: Screen, pages: dict[str, Path], name: str, width: int, theme: str) -> None:
    screen.open(pages[name], width, theme)
    screen.shoot(f"report-{name}-{width}-{theme}")
    assert errors(screen) == []
    # nothing is asked of a network
    asked = screen.asked_for()
    assert {address.split(":", 1)[0] for address in asked} <= {"file", "data", "blob"}
    assert [address for address in asked if address.startswith("file")] == [pages[name].as_uri()]
    # nothing sticks out
    assert screen.js("return [document.documentElement.scrollWidth, innerWidth]") == [width, width]
    assert screen.js(OUT) == []
    charts = screen.js(CHARTS)
    assert len(charts) >= 13
    for chart in charts:
        check_chart(chart)
    # the language is the report's, the theme the system's
    assert screen.js("return document.documentElement.lang") == LANGUAGES[name]
    paper = screen.js("return getComputedStyle(document.body).backgroundColor")
    assert (sum(int(part) for part in paper.strip("rgb()").split(",")) < 3 * 128) == (theme == "dark")
    # nothing that the log holds has become a part of the page
    hostile = "main script, main img, main i, main b, main u, main em"
    assert screen.js("return document.querySelectorAll(arguments[0]).length", hostile) == 0
    assert "{{7*7}} <script>" in screen.js("return document.title")


def check_chart(chart: dict[str, Any]) -> None:
    """Every chart is drawn, its words stay within its card, and none lies upon another."""
    assert chart["marks"] > 0, chart["name"]
    assert chart["words"], chart["name"]
    left, top, right, bottom = chart["card"]
    for word in chart["words"]:
        x0, y0, x1, y1 = word["place"]
        inside = x0 >= left - 1 and y0 >= top - 1 and x1 <= right + 1 and y1 <= bottom + 1
        assert inside, (chart["name"], word, chart["card"])
        assert "NaN" not in word["text"], (chart["name"], word)
        assert "undefined" not in word["text"], (chart["name"], word)
    level = [word for word in chart["words"] if not word["turned"]]
    for one, other in combinations(level, 2):
        assert not overlap(one["place"], other["place"]), (chart["name"], one, other)


def overlap(one: list[float], other: list[float]) -> bool:
    """Return whether two lines of text lie upon each other by more than the air around their letters."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide > 1 and high > 4


def test_it_opens_without_a_network(screen: Screen, pages: dict[str, Path]) -> None:
    offline = {"latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    screen.cdp("Network.enable")
    screen.cdp("Network.emulateNetworkConditions", offline=True, **offline)
    try:
        screen.open(pages["en"])
        assert screen.js("return navigator.onLine") is False
        assert errors(screen) == []
        assert all(chart["marks"] for chart in screen.js(CHARTS))
    finally:
        online = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        screen.cdp("Network.emulateNetworkConditions", offline=False, **online)


def test_the_theme_can_be_chosen_and_is_remembered(screen: Screen, pages: dict[str, Path]) -> None:
    screen.open(pages["en"], theme="dark")
    paper = "return getComputedStyle(document.body).backgroundColor"
    dark = screen.js(paper)
    button = screen.js("return document.getElementById('theme')")
    button.click()
    light = screen.js(paper)
    assert light != dark
    assert screen.js("return getComputedStyle(document.querySelector('.chart svg text')).fill") != light
    screen.driver.refresh()
    screen.wait("return document.documentElement.dataset.ready === 'true'")
    assert screen.js(paper) == light
    screen.js("document.getElementById('theme').click()")
    assert screen.js(paper) == dark
    screen.open(pages["en"], theme="light")  # forgets
    screen.driver.refresh()
    assert screen.js(paper) == light
