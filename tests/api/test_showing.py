"""What every public object says of itself: a few lines in a console, a small safe table in a notebook."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest

import setia
from setia.report.cells import Cells, money, per_cent, some

#: Each object with what its first glance must tell.
SAID: dict[str, tuple[str, ...]] = {
    "log": ("Log shop", "lines of", "customers", "columns", "EUR", "refused: nothing"),
    "model": ("Model of small (untracked)", "30 days (silence)", "holdout of", "AUC", "the best rule (", "Gini"),
    "loaded": ("Model of small (7)", "AUC", "the best rule"),
    "segments": ("Segments of shop", "are valuable", "clv"),
    "plan": ("Plan spring", "contact", "leave alone", "expected", "80 % interval"),
    "reading": ("Campaign spring", "left alone", "no evidence"),
    "profits": ("Profits of shop", "best fifth", "cost more than they bring"),
    "customer": ("Customer c01", "purchases", "silent for"),
    "definitions": ("Definitions of defection on log", "advice"),
    "kept": ("Retention of log", "stayed"),
    "alerts": ("Alerts of log", "changed for the worse", "at stake"),
}


@pytest.fixture(scope="module")
def objects(
    shop: setia.Log,
    shop_model: setia.Model,
    early: setia.Log,
    trained: setia.Model,
    plan: setia.Plan,
    definitions: setia.Definitions,
    kept: setia.Kept,
    alerts: setia.Alerts,
) -> dict[str, Any]:
    return {
        "log": shop,
        "model": trained,
        "loaded": setia.Model(trained.bundle, "7"),
        "segments": shop_model.segments(early),
        "plan": plan,
        "reading": plan.read_back(shop),
        "profits": setia.profits(shop, goods_rate=0.6),
        "customer": shop.customer("c01"),
        "definitions": definitions,
        "kept": kept,
        "alerts": alerts,
    }


@pytest.mark.parametrize("name", SAID)
def test_an_object_says_what_it_is_in_a_few_lines(name: str, objects: dict[str, Any]) -> None:
    said = repr(objects[name])
    assert all(word in said for word in SAID[name]), said
    assert len(said) < 700
    assert max(map(len, said.splitlines())) <= 150
    assert "<" not in said.replace("<br", "")
    assert "nan" not in said


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", SAID)
def test_a_notebook_shows_a_small_table_without_colours(name: str, objects: dict[str, Any]) -> None:
    html = objects[name]._repr_html_()
    outline = _Outline()
    outline.feed(html)
    assert outline.open == []
    assert set(outline.tags) <= {"div", "p", "b", "table", "tbody", "tr", "th", "td"}
    assert "table" in outline.tags
    assert not re.search("color|background|script|#[0-9a-fA-F]{3}", html)  # readable by day and by night


def test_texts_of_the_log_cannot_write_markup() -> None:
    lines = pd.DataFrame({"customer_id": ["<b>x"] * 30, "timestamp": ["2020-01-01"] * 29 + ["<i>never"]})
    log = setia.read(lines, name="<script>alert(1)</script>")
    html = log._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "refused: 1 of 30 rows" in repr(log)


def test_long_rows_are_wrapped_and_unknown_numbers_are_dashes() -> None:
    said = Cells("head", (("row", "word " * 60),)).text().splitlines()
    assert len(said) > 2
    assert all(line.startswith("    ") for line in said[2:])
    assert (per_cent(0.123), per_cent(float("nan"))) == ("12.3 %", "-")
    assert (money(1234.5, "EUR"), money(9.5), money(float("nan"), "EUR")) == ("1,234 EUR", "9.50", "-")
    assert (some(()), some(("a", "b")), some(("a", "b", "c"), 2)) == ("none", "a, b", "a, b and 1 more")


REPRS: tuple[Callable[[Any], str], ...] = (repr, str)


@pytest.mark.parametrize("way", REPRS)
def test_asking_twice_gives_the_same(way: Callable[[Any], str], objects: dict[str, Any]) -> None:
    assert [way(one) for one in objects.values()] == [way(one) for one in objects.values()]
