"""The words of the reasons: the same in every language, and numbers rounded the same way however they were added up."""

from __future__ import annotations

import itertools
import string

import numpy as np
import pytest

from setia.languages import LANGUAGES
from setia.learn.phrases import PHRASES
from setia.learn.wording import WORDS, worded
from setia.learn.wording.say import in_words


def gaps(text: str) -> set[str]:
    return {gap for _, gap, _, _ in string.Formatter().parse(text) if gap is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys_and_the_same_gaps(language: str) -> None:
    english, other = WORDS["en"], WORDS[language]
    assert list(other.phrases) == list(english.phrases)
    for key, text in other.phrases.items():
        assert gaps(text) == gaps(english.phrases[key]), key
        # the same windows of time are named
        assert {n for n in ("30", "90") if n in text} == {n for n in ("30", "90") if n in english.phrases[key]}, key
    assert gaps(other.typical) == {"typical"}
    assert list(other.numbers) == list(english.numbers)
    for unit, forms in other.numbers.items():
        assert [gaps(form) for form in forms] == [gaps(form) for form in english.numbers[unit]], unit
    assert [gaps(form) for form in (*other.lines, *other.shares)] == [{"n"}, set(), set(), {"n"}, {"n"}]


def test_no_language_borrows_a_sentence_of_another() -> None:
    english, indonesian = (WORDS[language].phrases for language in ("en", "id"))
    assert {key for key in english if english[key] == indonesian[key]} == set()
    units = {unit for phrase in PHRASES for _, unit, _ in phrase.fields}
    assert units == set(WORDS["id"].numbers) | {"money", "share", "times", "lines"}


@pytest.mark.parametrize("unit", ["money", "share", "times", "lines", "days"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_order_of_a_sum_does_not_decide_the_last_digit(unit: str, language: str) -> None:
    parts = [0.1, 0.2, 0.3, 1e3, -1e3]
    halves = {"money": 53.315, "share": 0.125, "times": 3.25, "lines": 3.25, "days": 17.5}
    said = set()
    for order in itertools.permutations(parts):
        total = halves[unit] - 0.6
        for part in order:
            total += part
        said.update(in_words(unit, np.array([total]), "", language))
    assert len(said) == 1


@pytest.mark.parametrize(
    ("key", "numbers", "english", "indonesian"),
    [
        (
            "late",
            {"silence days": 1, "usual every": 1},
            "no purchase for 1 day; usually every day",
            "belum berbelanja selama 1 hari; biasanya setiap hari",
        ),
        (
            "late",
            {"silence days": 25, "usual every": 5},
            "no purchase for 25 days; usually every 5 days",
            "belum berbelanja selama 25 hari; biasanya setiap 5 hari",
        ),
        (
            "in_time",
            {"ago ago": 0, "usual every": 6.6},
            "last purchase on the last day; usually every 7 days",
            "pembelian terakhir pada hari terakhir data; biasanya setiap 7 hari",
        ),
        (
            "visits_30d",
            {"now purchases": 0, "before count": 7},
            "no purchase in the last 30 days, 7 in the 30 before",
            "tidak ada pembelian dalam 30 hari terakhir, 7 dalam 30 hari sebelumnya",
        ),
        (
            "spend_less_30d",
            {"change share": 0.352},
            "spent 35 % less in the last 30 days than in the 30 before",
            "belanja dalam 30 hari terakhir 35 % lebih sedikit daripada dalam 30 hari sebelumnya",
        ),
        (
            "spend_times_90d",
            {"change times": 3},
            "spent 3 times as much in the last 90 days as in the 90 before",
            "belanja dalam 90 hari terakhir 3 kali lipat dibandingkan 90 hari sebelumnya",
        ),
        (
            "refunded",
            {"level share": 0.004},
            "under 1 % of the money was given back",
            "kurang dari 1 % dari nilai belanja dikembalikan",
        ),
        (
            "mean_value_typical",
            {"level money": 12.5, "typical money": 1234.4},
            "EUR 12.50 per purchase; typical: EUR 1,234",
            "EUR 12,50 per pembelian; umumnya: EUR 1.234",
        ),
        ("lines", {"level lines": 1.04}, "1 line per purchase", "1 baris struk per pembelian"),
        ("lines", {"level lines": 4.25}, "4.2 lines per purchase", "4,2 baris struk per pembelian"),
        ("lines", {"level lines": 1010}, "1,010 lines per purchase", "1.010 baris struk per pembelian"),
        ("one_purchase", {}, "only one purchase so far", "baru satu kali berbelanja"),
    ],
)
def test_words(key: str, numbers: dict[str, float], english: str, indonesian: str) -> None:
    fields = tuple((name.split()[0], name.split()[1]) for name in numbers)
    figures = tuple(np.array([float(number)]) for number in numbers.values())
    assert worded(key, fields, figures, 1, "EUR", "en") == [english]
    assert worded(key, fields, figures, 1, "EUR", "id") == [indonesian]
