"""The texts of the report: the same in both languages but for the language, all asked for; numbers, money and days."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import setia.report.page as page
from setia.act.profile import MONTHS, SOON_DAYS, WEEKDAYS
from setia.audit import candidates
from setia.defection import Silence
from setia.errors import SetiaError
from setia.languages import LANGUAGES, day_of_month, number
from setia.ledger.turned import TAKEN
from setia.report.page.paper import SCRIPT_WORDS
from setia.report.page.sections.alerts import METHODS
from setia.report.page.sections.cohorts import GROUPS
from setia.report.page.sections.customers import CAMPAIGNS, FIELDS
from setia.report.page.sections.headline import CAMPAIGNS as FIRST
from setia.report.page.sections.quality import TERMS
from setia.report.page.sections.trust import FIGURES
from setia.report.page.words import FILES, LOCALES, MINUS, NOTHING, Words, catalogue
from setia.value import BASES

HOME = Path(page.__file__).parent
BOTH = tuple(LANGUAGES)
ENGLISH, INDONESIAN = Words("en", "USD"), Words("id", "USD")
NBSP = "\N{NO-BREAK SPACE}"
#: Keys that are put together: their form in the code, and what stands in its gap.
BUILT: dict[str, tuple[str, ...]] = {
    "alerts.head_{}": ("day", "customer", "what", "stake"),
    "alerts.method_{}": METHODS,
    "basis.{}": BASES,
    "campaigns.head_{}": ("name", "days", "contacted", "control", "retention", "profit", "verdict"),
    "candidate.{}": tuple(one.label for one in candidates(Silence(), ("amount", "category"))),
    "cohorts.{}": tuple(GROUPS.values()),
    "customers.{}": SCRIPT_WORDS,
    "definition.head_{}": ("name", "covered", "rate", "lost", "still", "full", "auc"),
    "figure.{}": tuple(name for name, *_ in FIGURES),
    "head.{}": ("segment", "meaning", "customers", "clv", "stake", "p", "profit"),
    "headline.none_{}": FIRST,
    "headline.trend_{}": ("up", "down", "same"),
    "headline.{}": ("reprice", "new", *FIRST),
    "headline.{}_text": ("reprice", "new"),
    "method.{}": (
        *("setia", "days_since_last", "spend_rate", "last_horizon_again"),
        "last_30_days_beside_90_before",
    ),
    "part.{}": tuple(TAKEN),
    "quality.head_{}": ("reason", "lines", "example", "column"),
    "table.{}": tuple(name for name, _ in FIELDS),
    "task.{}": (*CAMPAIGNS, "alert"),
    "term.{}": TERMS,
    "trait.{}": tuple(
        name.replace(" ", "_")
        for name in (
            *("weekday", "month", "came again", "basket value", "discount", "first category", "first channel"),
            *("categories", f"within {SOON_DAYS} days", "later or not", "low third", "middle third", "high third"),
            *("some", "none", "1", "2 or 3", "4 or more", *WEEKDAYS, *MONTHS),
        )
    ),
    "traits.{}": ("what", "is", "valuable", "rest", "lift"),
    "turned.{}": ("customer", "before", "now", "part", "share_before", "share_now"),
}
#: What is called the same in both languages.
SAME = {
    *("alerts.method_setia", "trust.ours", "method.setia", "model.setia", "definition.head_auc", "cohorts.quarter"),
    *("table.status", "model.horizon", "quality.short", "trait.1", "traits.is", "model.what"),
    *("model.is", "trait.September", "trait.November", "trait.April"),
}


def trees() -> Iterator[ast.Module]:
    for file in sorted(HOME.rglob("*.py")):
        yield ast.parse(file.read_text(encoding="utf-8"))


def constants(node: ast.expr) -> Iterator[str]:
    """What an argument may be: a text, or one of two."""
    if isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def asks(call: ast.Call) -> bool:
    of = call.func
    if isinstance(of, ast.Attribute):
        return of.attr in ("many", "raw", "has")
    return isinstance(of, ast.Name) and of.id in ("w", "words", "self")


def asked() -> set[str]:
    """The keys that the code and the page name as they are."""
    calls = [node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Call) and asks(node)]
    found = {key for call in calls for argument in call.args[:1] for key in constants(argument)}
    return found | set(re.findall(r"words\('([\w.]+)'\)", (FILES / "page.html").read_text(encoding="utf-8")))


def built() -> set[str]:
    """The forms of the keys that the code puts together."""
    found = set()
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                form = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
                if re.fullmatch(r"[a-z]+\.[a-z_{}]+", form):
                    found.add(form)
            elif isinstance(node, ast.BinOp):
                start = node.left.value if isinstance(node.left, ast.Constant) else None
                found |= {f"{start}{{}}"} if re.fullmatch(r"[a-z]+\.", str(start)) else set()
    return found


def known() -> set[str]:
    return {form.format(value) for form, values in BUILT.items() for value in values}


def forms(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text.values())


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def pairs() -> Iterator[tuple[str, str, str]]:
    """Key and a form of it in English and in Indonesian, every one beside every other."""
    for key, text in catalogue("en").items():
        for english in forms(text):
            for indonesian in forms(catalogue("id")[key]):
                yield key, english, indonesian


def test_languages_are_those_setia_speaks() -> None:
    assert set(LOCALES) == set(LANGUAGES)
    assert {file.stem for file in FILES.glob("*.toml")} == set(LANGUAGES)


def test_both_languages_have_the_same_texts_in_the_same_order() -> None:
    assert list(catalogue("en")) == list(catalogue("id"))


def test_a_text_has_the_same_gaps_in_every_language_and_form() -> None:
    """But for the number of one, which English may spell out."""
    for key, english, indonesian in pairs():
        assert gaps(english) == gaps(indonesian), key
        assert all(re.fullmatch(r"[a-z_]+", gap) for gap in gaps(english)), key


def test_every_text_is_translated() -> None:
    same = {key for key, english, indonesian in pairs() if english == indonesian}
    assert same == SAME


def test_texts_are_set_alike() -> None:
    """A sentence is one in both, titles and labels begin alike, and no space stands where none is meant."""
    for key, english, indonesian in pairs():
        for text in (english, indonesian):
            assert text == text.strip(), (key, text)
            assert not re.search(r"  | %|['\"]", text), (key, text)
        assert english.endswith(".") == indonesian.endswith("."), key
        if english[:1].isalpha() and indonesian[:1].isalpha() and not key.startswith(("trait.", "figure.")):
            assert english[0].isupper() == indonesian[0].isupper() or english.startswith("make "), key


@pytest.mark.parametrize("language", BOTH)
def test_what_the_navigation_shows_is_short(language: str) -> None:
    for key, text in catalogue(language).items():
        if key.endswith(".short"):
            assert len(text) <= 12, text
            assert len(text.split()) <= 2, text


@pytest.mark.parametrize("language", BOTH)
def test_the_first_screen_names_the_section_that_it_sends_to(language: str) -> None:
    w = Words(language, "")
    assert f"“{w('trust.short')}”" in w("headline.lead", day="", log="")


def test_every_key_that_is_asked_for_exists() -> None:
    keys = asked()
    assert len(keys) > 150
    assert {key for key in keys if key not in catalogue("en")} == set()


def test_every_key_that_is_put_together_is_known_here_and_exists() -> None:
    assert built() == set(BUILT)
    assert {key for key in known() if key not in catalogue("en")} == set()


def test_no_text_is_left_over() -> None:
    assert set(catalogue("en")) - asked() - known() == set()


def test_the_script_has_the_texts_that_it_shows() -> None:
    script = (FILES / "page.js").read_text(encoding="utf-8")
    assert set(re.findall(r"(?<![.\w])words\.(\w+)", script)) == set(SCRIPT_WORDS)


def test_an_unknown_key_is_our_fault_and_forms_are_asked_for_with_many() -> None:
    with pytest.raises(SetiaError, match=r"no text no\.such in id"):
        INDONESIAN("no.such")
    with pytest.raises(SetiaError, match="with `many`"):
        ENGLISH("unit.day")


def test_gaps_are_filled_and_braces_of_a_log_stay() -> None:
    assert ENGLISH("title", log="a {b}", day="x") == "a {b}: customers on x"
    assert INDONESIAN("title", log="a {b}", day="x") == "a {b}: pelanggan per x"


@pytest.mark.parametrize(
    ("n", "english", "indonesian"),
    [
        (0, "0 days", "0 hari"),
        (1, "1 day", "1 hari"),
        (0.6, "1 day", "1 hari"),
        (1.4, "1 day", "1 hari"),
        (1.5, "2 days", "2 hari"),
        (1234, "1,234 days", "1.234 hari"),
        (float("nan"), "– days", "– hari"),
    ],
)
def test_counts_go_with_their_noun(n: float, english: str, indonesian: str) -> None:
    assert (ENGLISH.many("unit.day", n), INDONESIAN.many("unit.day", n)) == (english, indonesian)


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf"), -float("inf")])
def test_what_is_not_known_is_a_dash(nothing: float | None) -> None:
    for w in (ENGLISH, INDONESIAN):
        assert w.number(nothing, 2) == w.per_cent(nothing, 1) == w.money(nothing) == NOTHING


@pytest.mark.parametrize("language", BOTH)
@given(value=st.floats(-1e10, 1e10), decimals=st.integers(0, 4))
def test_numbers_are_written_as_everywhere_in_setia_but_with_a_minus_sign(
    language: str, value: float, decimals: int
) -> None:
    said = Words(language, "").number(value, decimals)
    plain = number(round(value, decimals) + 0.0, decimals, language)
    assert said == plain.replace("-", MINUS)
    assert not re.fullmatch(rf"{MINUS}[0.,]+", said)


@given(value=st.floats(-1e6, 1e6), decimals=st.integers(0, 2))
def test_a_share_is_written_in_per_cent_on_one_line(value: float, decimals: int) -> None:
    for w in (ENGLISH, INDONESIAN):
        assert w.per_cent(value, decimals) == w.number(100 * value, decimals) + f"{NBSP}%"


def test_points_carry_the_sign_that_is_left_after_rounding() -> None:
    written = [ENGLISH.points(share) for share in (0.051, -0.149, 0.0004, -0.0004, 0.0, float("nan"))]
    assert written == ["+5.1", "−14.9", "0.0", "0.0", "0.0", NOTHING]
    assert INDONESIAN.points(0.051) == "+5,1"


@pytest.mark.parametrize(
    ("value", "english", "indonesian"),
    [
        (0, "US$0", "US$0"),
        (5, "US$5", "US$5"),
        (0.5, "US$0.50", "US$0,50"),
        (-0.004, "US$0", "US$0"),
        (99.994, "US$99.99", "US$99,99"),
        (99.999, "US$100", "US$100"),
        (-1234.6, "−US$1,235", "−US$1.235"),
        (99_999.4, "US$99,999", "US$99.999"),
        (99_999.7, "US$100K", f"US$100{NBSP}rb"),
        (166_312, "US$166.3K", f"US$166,3{NBSP}rb"),
        (590_549.5, "US$590.5K", f"US$590,5{NBSP}rb"),
        (999_940, "US$999.9K", f"US$999,9{NBSP}rb"),
        (999_960, "US$1M", f"US$1{NBSP}jt"),
        (-2.54e9, "−US$2.5B", f"−US$2,5{NBSP}M"),
    ],
)
def test_money(value: float, english: str, indonesian: str) -> None:
    assert (ENGLISH.money(value), INDONESIAN.money(value)) == (english, indonesian)


SIZES = {
    "en": {"": 1, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12},
    "id": {"": 1, "rb": 1e3, "jt": 1e6, "M": 1e9, "T": 1e12},
}


@pytest.mark.parametrize("language", BOTH)
@given(value=st.floats(-9e14, 9e14) | st.floats(-3e6, 3e6) | st.floats(-200, 200))
def test_money_says_what_it_is_to_the_digits_it_shows(language: str, value: float) -> None:
    said = Words(language, "").money(value)
    found = re.fullmatch(rf"({MINUS}?)([\d.,]+){NBSP}?([A-Za-z]*)", said)
    assert found is not None, said
    sign, digits, unit = found.groups()
    plain = float(digits.translate(str.maketrans(",.", "_." if language == "en" else "._")).replace("_", ""))
    size = SIZES[language][unit]
    told = (-1 if sign else 1) * plain * size
    least = 0.05 * size if unit else 0.5 if abs(value) >= 99.995 else 0.005
    assert abs(told - value) <= least * (1 + 1e-6), (said, value)
    assert (unit == "") == (abs(value) < 99_999.5) or abs(abs(value) - 99_999.5) < 1e-6
    assert plain < 1000 or not unit


@pytest.mark.parametrize(
    ("currency", "english", "indonesian", "unit"),
    [
        ("IDR", f"IDR{NBSP}7", f"Rp{NBSP}7", " (Rp)"),
        ("EUR", "€7", "€7", " (€)"),
        ("GBP", "£7", "£7", " (£)"),
        ("KRW", "₩7", "₩7", " (₩)"),
        ("points", f"points{NBSP}7", f"points{NBSP}7", " (points)"),
        ("", "7", "7", ""),
    ],
)
def test_the_label_of_money_is_the_sign_of_a_known_code_or_the_logs_own(
    currency: str, english: str, indonesian: str, unit: str
) -> None:
    assert (Words("en", currency).money(7), Words("id", currency).money(7)) == (english, indonesian)
    assert Words("id", currency).unit == unit


def test_axes_are_in_units_of_their_size() -> None:
    rupiah = Words("id", "IDR")
    assert rupiah.scale(19_999) == (1.0, " (Rp)")
    assert rupiah.scale(20_000) == (1e3, " (Rp ribu)")
    assert rupiah.scale(2e6) == (1e6, " (Rp juta)")
    assert rupiah.scale(2e6, money=False) == (1e6, " (juta)")
    assert Words("en", "").scale(20_000) == (1e3, " (thousand)")
    assert Words("en", "").scale(5) == (1.0, "")


@pytest.mark.parametrize("language", BOTH)
@given(date=st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)))
def test_days_are_written_with_the_months_of_the_alerts(language: str, date: dt.date) -> None:
    w, day = Words(language, ""), (date - dt.date(1970, 1, 1)).days
    assert w.day(day) == f"{day_of_month(date, language)} {date.year}"
    assert w.month(day, long=True) == w.day(day).split(" ", 1)[1]
    assert w.month(day).startswith(w.month(day, long=True)[:2])


def test_a_list_reads_as_in_a_sentence() -> None:
    assert ENGLISH.listed(["a", "b", "c"]) == "a, b and c"
    assert INDONESIAN.listed(["a", "b", "c"]) == "a, b, dan c"
    assert INDONESIAN.listed(["a"]) == "a"
