"""The table of customers in a browser: sorted, searched, filtered, turned over, opened and taken away as a file."""

from __future__ import annotations

import csv
import io
import re
import time
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from small_reports import NASTY

from browser.people import People
from browser.screen import Screen

WORDS = ("text", "word")
DESK = 1440
SORTS = "return [...document.querySelectorAll('#customers-table thead th')].map((th) => th.getAttribute('aria-sort'))"


@pytest.fixture
def people(screen: Screen, pages: dict[str, Path]) -> People:
    """The table of the English report, all of it and in its first order."""
    ready = "return document.documentElement.dataset.ready === 'true' && innerWidth === arguments[0]"
    if screen.driver.current_url != pages["en"].as_uri() or not screen.js(ready, DESK):
        screen.open(pages["en"], DESK)
    people = People(screen)
    people.click("#reset")
    return people


def shown_value(people: People, field: str, record: dict[str, Any]) -> Any:
    """The value that a column is sorted by: the word, where one is shown for a name."""
    value = record[field]
    return people.data["words"][field][value] if people.data["kinds"][field] == "word" else value


def test_everybody_is_there_in_the_order_of_the_report(people: People) -> None:
    ids = people.ids()
    assert ids == people.columns["customer_id"]
    assert len(ids) == len(set(ids)) > 400
    assert set(NASTY) <= set(ids)  # letter by letter, however they look
    assert f"{len(ids):,}" in people.count()


def test_every_column_sorts_both_ways(people: People) -> None:
    check_columns(people)


def test_what_is_not_known_comes_last_both_ways(screen: Screen, pages: dict[str, Path]) -> None:
    screen.open(pages["profit"])
    people = People(screen)
    risks = people.columns["p_defect"]
    assert 20 < sum(value is None for value in risks) < len(risks) - 20
    assert len(set(risks)) > 20
    check_columns(people)
    people.enter("search", next(one["customer_id"] for one in people.records if one["p_defect"] is None))
    assert "\N{EN DASH}" in screen.js("return document.querySelector('#customers-table tr.row').textContent")


def check_columns(people: People) -> None:
    fields = people.screen.js(
        "return [...document.querySelectorAll('#customers-table thead button')].map((b) => b.dataset.field)"
    )
    assert fields[0] == "customer_id"
    assert {"p_defect", "value_at_risk", "clv", "segment"} <= set(fields)
    by_id = {one["customer_id"]: one for one in people.records}
    for field in fields:
        orders = []
        for _ in range(2):
            people.click(f"#customers-table thead button[data-field='{field}']")
            sorts = people.screen.js(SORTS)
            orders.append(sorts[fields.index(field)])
            assert [sort for sort in sorts if sort] == orders[-1:]
            ids = people.ids()
            assert sorted(ids) == sorted(by_id)
            check_order([shown_value(people, field, by_id[who]) for who in ids], orders[-1], field)
        assert set(orders) == {"ascending", "descending"}
        # numbers begin with the most, words with A
        assert orders[0] == ("ascending" if people.data["kinds"][field] in WORDS else "descending"), field


def check_order(values: list[Any], order: str, field: str) -> None:
    known = [value for value in values if value is not None]
    assert values[: len(known)] == known, f"{field}: what is not known must come last"
    if order == "descending":
        known.reverse()
    if all(isinstance(value, int | float) for value in known):
        assert known == sorted(known), field
    else:  # letters are compared as the language does, and numbers within as numbers
        plain = [value.lower() for value in known if re.fullmatch(r"[A-Za-z ]+\d*", value)]
        assert len(plain) >= 0.9 * len(known) > 200
        assert plain == sorted(plain, key=natural), field


def natural(text: str) -> tuple[str, int]:
    letters = text.rstrip("0123456789")
    return letters, int(text[len(letters) :] or 0)


def test_an_id_is_found_by_searching_for_it(people: People) -> None:
    for who in NASTY:
        people.enter("search", who)
        found = people.ids()
        assert who in found
        assert found == people.expected(text=who.strip())


def test_a_word_of_a_reason_is_found(people: People) -> None:
    words = {word for one in people.records for word in re.findall(r"[a-z]{4,}", one["reason_2"] or "")}
    some = [word for word in sorted(words) if 0 < len(people.expected(text=word)) < len(people.records) / 2]
    people.enter("search", f"  {some[0].upper()} ")
    assert people.ids() == people.expected(text=some[0])


@pytest.mark.parametrize("field", ["tasks", "segment", "status"])
def test_a_filter_leaves_those_whom_it_names(people: People, field: str) -> None:
    choices = people.choices(field)
    assert len(choices) >= 2
    for choice in choices:
        people.enter(field, choice)
        found = people.ids()
        assert found == people.expected(**{field: choice})
        assert found, f"{field}={choice} is offered, and leaves nobody"


def test_filters_and_the_search_go_together_and_clear_undoes_them(people: People) -> None:
    one = next(record for record in people.records if record["tasks"] and record["reason_1"])
    people.enter("tasks", one["tasks"][0])
    people.enter("segment", one["segment"])
    people.enter("status", one["status"])
    people.enter("search", one["customer_id"][:2])
    wanted = people.expected(
        tasks=one["tasks"][0], segment=one["segment"], status=one["status"], text=one["customer_id"][:2]
    )
    assert people.ids() == wanted
    assert one["customer_id"] in wanted
    people.click("#customers-table thead button[data-field='clv']")
    people.click("#reset")
    assert people.ids() == people.columns["customer_id"]
    assert people.screen.js("return document.querySelectorAll('#customers-table th[aria-sort]').length") == 0
    assert [people.screen.js(f"return document.getElementById('{name}').value") for name in ("search", "tasks")] == [
        "",
        "",
    ]


def test_where_nobody_matches_it_says_so(people: People) -> None:
    people.enter("search", "nobody is called like this")
    assert people.ids() == []
    assert "Nobody matches" in people.screen.js("return document.querySelector('#customers-table tbody').textContent")
    assert people.screen.js("return document.getElementById('download').disabled") is True
    assert people.screen.js("return document.getElementById('page').textContent") == "1 / 1"
    people.enter("search", "")
    assert people.screen.js("return document.getElementById('download').disabled") is False


def test_pages_are_turned_there_and_back(people: People) -> None:
    first = "return [...document.querySelectorAll('#customers-table .open')].map((one) => one.textContent)"
    size, ids = len(people.screen.js(first)), people.columns["customer_id"]
    assert people.screen.js("return document.getElementById('previous').disabled") is True
    people.click("#next")
    assert people.screen.js(first) == ids[size : 2 * size]
    people.enter("status", people.choices("status")[0])  # begins anew at the first page
    assert people.screen.js("return document.getElementById('page').textContent").startswith("1 /")
    people.click("#reset")
    for _ in range(-(-len(ids) // size)):
        people.click("#next")
    assert people.screen.js(first) == ids[-(len(ids) % size or size) :]
    people.click("#previous")
    assert len(people.screen.js(first)) == size


def opened(people: People) -> str:
    return str(
        people.screen.js(
            "return [...document.querySelectorAll('#customers-table tr.more')].map((o) => o.innerText).join()"
        )
    )


def test_a_row_opens_by_click_and_by_key(people: People) -> None:
    first = people.records[0]
    row = people.screen.js("return document.querySelector('#customers-table tr.row')")
    assert opened(people) == ""
    people.screen.js("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", row)
    row.find_elements("css selector", "td")[1].click()
    for reason in ("reason_1", "reason_2", "reason_3"):
        assert first[reason] in opened(people)
    assert first["expected_value_lo"] is not None
    assert "(" in opened(people)
    people.screen.js("document.querySelector('#customers-table tr.row').click()")
    assert opened(people) == ""
    for key in (Keys.ENTER, Keys.SPACE, Keys.ENTER, Keys.ENTER):
        before = opened(people)
        people.screen.js("document.querySelectorAll('#customers-table .open')[1].focus()")
        ActionChains(people.screen.driver).send_keys(key).perform()
        assert (opened(people) == "") == (before != ""), "the key must open and close"
        # whoever goes by keys stays where they are
        assert people.screen.js("return document.activeElement.textContent") == people.records[1]["customer_id"]
    assert people.screen.js("return document.querySelectorAll('#customers-table [aria-expanded=true]').length") == 0


def test_what_to_do_leads_to_its_customers(people: People) -> None:
    wanted = people.screen.js(
        "return [...document.querySelectorAll('button[data-filter]')].map((one) => one.dataset.filter)"
    )
    assert {"retain", "alert"} <= set(wanted)
    for name in wanted:
        people.enter("search", "something else")
        people.click(f"button[data-filter='{name}']")
        by_task = people.expected(tasks=name)
        assert people.ids() == (by_task or people.expected(segment=name)) != []
        people.screen.wait("return Math.abs(document.getElementById('people').getBoundingClientRect().top - 100) < 100")


def downloaded(people: People, folder: Path) -> list[dict[str, str]]:
    people.screen.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    people.click("#download")
    end = time.monotonic() + 20
    while not (files := list(folder.glob("*.csv"))):
        assert time.monotonic() < end, "nothing was downloaded"
        time.sleep(0.05)
    (path,) = files
    assert re.fullmatch(r"customers-\d{4}-\d\d-\d\d\.csv", path.name)
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")  # without it, a spreadsheet takes the letters for others
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_download_holds_what_is_shown(people: People, tmp_path: Path) -> None:
    people.enter("status", "lapsed")
    people.click("#customers-table thead button[data-field='clv']")
    ids = people.ids()
    rows = downloaded(people, tmp_path)
    by_id = {safe(one["customer_id"]): one for one in people.records}
    assert [row["customer_id"] for row in rows] == [safe(who) for who in ids]
    assert {row["status"] for row in rows} == {"lapsed"}
    for row in rows:
        for field, value in by_id[row["customer_id"]].items():
            check_cell(row[field], value)


def test_no_cell_of_the_download_is_a_formula(people: People, tmp_path: Path) -> None:
    rows = downloaded(people, tmp_path)
    assert len(rows) == len(people.records)
    assert {safe(who) for who in NASTY} <= {row["customer_id"] for row in rows}
    for row in rows:
        for field, cell in row.items():
            if people.data["kinds"].get(field, "text") in WORDS:
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), (field, cell)


def safe(text: str) -> str:
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def check_cell(cell: str, value: Any) -> None:
    if value is None:
        assert cell == ""
    elif isinstance(value, list):
        assert cell == " ".join(value)
    elif isinstance(value, str):
        assert cell == safe(value)
    else:
        assert float(cell) == value
