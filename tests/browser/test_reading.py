"""The report for every reader: by keys, by ear, in grey, with tooltips, and on paper."""

from __future__ import annotations

import base64
import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from browser.screen import Screen

#: What must be told apart from its ground (WCAG 2.2, 1.4.3 and 1.4.11): text, and marks that carry meaning.
TEXT, MARK = 4.5, 3.0
NAMED = (
    "button",
    "combobox",
    "searchbox",
    "textbox",
    "link",
    "img",
    "image",
    "navigation",
    "table",
    "region",
    "DisclosureTriangle",
)
#: Every text that can be seen: its colour, and the colour of the nearest ground that is not clear.
GROUNDS = """
const clear = (colour) => colour === "transparent" || /, 0\\)$|\\/ 0\\)$/.test(colour), found = new Map();
for (const one of document.querySelectorAll("body *")) {
  const said = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!said || one.disabled || !one.getClientRects().length || one.closest("script, style")) continue;
  const svg = one.closest("svg"), style = getComputedStyle(one);
  let at = one;
  while (at && clear(getComputedStyle(at).backgroundColor)) at = at.parentElement;
  const pair = [svg ? style.fill : style.color, at ? getComputedStyle(at).backgroundColor : "rgb(255, 255, 255)"];
  found.set(pair.join(), [...pair, one.tagName + "." + one.getAttribute("class") + one.textContent.slice(0, 40)]);
}
return [...found.values()];
"""


def channels(colour: str) -> list[float]:
    """Return red, green and blue of a colour as a browser writes it, from 0 to 1."""
    if colour.startswith("#"):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        return [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    numbers = [float(part) for part in re.findall(r"[\d.]+", colour.removeprefix("color(srgb"))]
    return [number if colour.startswith("color(") else number / 255 for number in numbers[:3]]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2)."""

    def luminance(colour: str) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels(colour)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_of_contrast_is_right() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "rgb(255, 255, 255)") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_can_be_told_from_its_ground(screen: Screen, pages: dict[str, Path], theme: str) -> None:
    screen.open(pages["profit"], theme=theme)
    screen.js("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    screen.js("document.querySelector('#customers-table tr.row').click()")
    for ink, ground, what in screen.js(GROUNDS):
        assert contrast(ink, ground) >= TEXT, (what, ink, ground)
    style = "return getComputedStyle(document.documentElement).getPropertyValue(arguments[0]).trim()"
    card = screen.js(style, "--card")
    for name in ("--c1", "--c2", "--c3", "--c4", "--c5"):
        assert contrast(screen.js(style, name), card) >= MARK, name


def tree(screen: Screen) -> list[dict[str, Any]]:
    """What a screen reader is told."""
    screen.cdp("Accessibility.enable")
    nodes = screen.cdp("Accessibility.getFullAXTree")["nodes"]
    screen.cdp("Accessibility.disable")
    return [node for node in nodes if not node["ignored"]]


@pytest.mark.parametrize("name", ["en", "id"])
def test_everything_has_a_name(screen: Screen, pages: dict[str, Path], name: str) -> None:
    screen.open(pages[name])
    seen = set()
    for node in tree(screen):
        role = node["role"]["value"]
        if role in NAMED:
            seen.add(role)
            assert node.get("name", {}).get("value", "").strip(), (role, node)
    assert {"button", "combobox", "searchbox", "link", "table", "region"} <= seen
    assert screen.js("return document.querySelectorAll('.chart').length") >= 10
    # the library gives its own place a role, so that the words are those of the place around it
    assert screen.js("return document.querySelectorAll('[role=img][aria-label] > .chart > svg').length") >= 10
    assert screen.js("return document.querySelectorAll(':not([role=img][aria-label]) > .chart').length") == 0
    assert screen.js("return document.title") == screen.js("return document.querySelector('h1').textContent")


def test_headings_and_places_are_in_order(report: Screen) -> None:
    levels = [
        int(tag[1])
        for tag in report.js("return [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((h) => h.tagName)")
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = report.js("return [...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))
    places = report.js("return [...document.querySelectorAll('nav a')].map((one) => one.hash.slice(1))")
    assert places == report.js("return [...document.querySelectorAll('section')].map((one) => one.id)")
    assert len(places) == 10


def test_keys_reach_everything_in_the_order_of_the_page(report: Screen) -> None:
    assert (
        report.js('return document.querySelectorAll(\'[tabindex]:not([tabindex="0"], [tabindex="-1"])\').length') == 0
    )
    wanted = "a[href], button:not([disabled]), input, select, summary"
    places = report.js(
        f"return [...document.querySelectorAll('{wanted}')].filter((one) => one.getClientRects().length).length"
    )
    report.js("document.activeElement.blur(); scrollTo(0, 0)")
    seen = []
    for _ in range(places):
        report.driver.switch_to.active_element.send_keys(Keys.TAB)
        seen.append(report.js(f"return [...document.querySelectorAll('{wanted}')].indexOf(document.activeElement)"))
        if len(seen) == FIRST:
            break
    assert -1 not in seen
    assert seen == sorted(seen)
    report.js("document.getElementById('search').focus()")
    assert report.js("return getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_bar_leads_through_the_page(report: Screen) -> None:
    report.js("document.documentElement.style.scrollBehavior = 'auto'")
    report.js("document.querySelector('nav a[href=\"#trust\"]').click()")
    top = report.js("return document.getElementById('trust').getBoundingClientRect().top")
    bar = report.js("return document.querySelector('header').getBoundingClientRect().bottom")
    assert 0 <= top < 200
    assert report.js("return document.querySelector('#trust h2').getBoundingClientRect().top") >= bar
    report.wait("return document.querySelector('nav a[aria-current]')?.hash === '#trust'")


def titles(spec: dict[str, Any]) -> list[list[str]]:
    """The names of the lines of each tooltip that a chart may show."""
    return [
        [tip["title"] for tip in layer["encoding"]["tooltip"]]
        for layer in spec["layer"]
        if "tooltip" in layer.get("encoding", {})
    ]


#: What a page of A4 has room for, in CSS pixels.
A4 = 717
#: Whether anything that a selector finds can be seen.
SEEN = "return [...document.querySelectorAll(arguments[0])].some((one) => one.getClientRects().length)"
#: So many presses of a key are enough.
FIRST = 40
#: The middles of some marks of a chart on the screen.
MARKS = """
const chart = document.getElementById("chart-" + arguments[0]);
chart.scrollIntoView({ block: "center", behavior: "instant" });
const marks = [...chart.querySelectorAll("svg .role-mark:is(.mark-rect, .mark-symbol, .mark-line) path")].reverse();
return marks.filter((_, k) => k % Math.ceil(marks.length / 12) === 0).map((one) => {
  const r = one.getBoundingClientRect();
  if (!one.closest(".mark-line")) return [r.left + r.width / 2, r.top + r.height / 2];
  const on = one.getPointAtLength(one.getTotalLength() / 2).matrixTransform(one.getScreenCTM());
  return [on.x, on.y];
});
"""
TOOLTIP = """
const tip = document.querySelector("#vg-tooltip-element.visible");
return tip && [[...tip.querySelectorAll(".key")].map((one) => one.textContent.replace(/:$/, "")),
               [...tip.querySelectorAll(".value")].map((one) => one.textContent)];
"""


@pytest.mark.parametrize("name", ["en", "id"])
def test_every_chart_answers_to_the_pointer_in_words(screen: Screen, pages: dict[str, Path], name: str) -> None:
    screen.open(pages[name])
    charts = screen.js("return JSON.parse(document.getElementById('data').textContent).charts")
    for chart, spec in charts.items():
        assert titles(spec), f"{chart} has no tooltip"
        screen.cdp("Input.dispatchMouseEvent", type="mouseMoved", x=2, y=2)
        told = None
        for x, y in screen.js(MARKS, chart):
            screen.cdp("Input.dispatchMouseEvent", type="mouseMoved", x=x - 1, y=y)
            screen.cdp("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
            if told := screen.js(TOOLTIP):
                break
        assert told, f"{chart} does not answer"
        keys, values = told
        assert keys in titles(spec), (chart, keys)
        assert all(values), (chart, told)
        assert not any(re.search(r"NaN|undefined|null|Infinity", value) for value in values), (chart, told)
        width = screen.js("return document.querySelector('#vg-tooltip-element').getBoundingClientRect().right")
        assert width <= 1440


@pytest.mark.parametrize(("theme", "chosen"), [("light", False), ("dark", False), ("dark", True)])
def test_it_prints_on_white_paper(screen: Screen, pages: dict[str, Path], theme: str, chosen: bool) -> None:
    screen.open(pages["en"], theme=theme)
    if chosen:
        screen.js("document.getElementById('theme').click(); document.getElementById('theme').click()")
    try:
        screen.media(theme, kind="print")
        for gone in (".tools", ".top", "button[data-filter]", ".pages button"):
            assert not screen.js(SEEN, gone), gone
        # paper is narrower than a desk's screen, and no telephone
        screen.cdp("Emulation.setDeviceMetricsOverride", width=A4, height=1000, deviceScaleFactor=1, mobile=False)
        assert screen.js("return document.documentElement.scrollWidth") <= A4
        columns = "return [...document.querySelectorAll('#customers-table tr:first-child > *')]"
        assert all(screen.js(columns + ".map((one) => one.getClientRects().length)"))
        assert len(screen.js(columns)) == 2 * 8
        assert screen.js("return getComputedStyle(document.querySelector('.stack tr')).display") == "table-row"
        assert screen.js("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert contrast(screen.js("return getComputedStyle(document.body).color"), "#fff") > 12
    finally:
        screen.media(theme)
    made = base64.b64decode(
        screen.cdp("Page.printToPDF", printBackground=True, paperWidth=8.27, paperHeight=11.69)["data"]
    )
    assert made.startswith(b"%PDF-")
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", made)) <= 30
    if (folder := os.environ.get("SETIA_SCREENSHOTS")) and theme == "light":
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / "report-en-print.pdf").write_bytes(made)


def test_without_script_the_words_and_numbers_are_still_there(screen: Screen, pages: dict[str, Path]) -> None:
    screen.cdp("Emulation.setScriptExecutionDisabled", value=True)
    try:
        screen.open(pages["en"], wait=False)
        assert screen.js("return document.querySelectorAll('section').length") == 10
        assert screen.js("return document.querySelector('noscript .notice').getClientRects().length")
        assert screen.js("return document.querySelectorAll('figure details table').length") >= 8
    finally:
        screen.cdp("Emulation.setScriptExecutionDisabled", value=False)
