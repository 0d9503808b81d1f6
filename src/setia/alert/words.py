"""The sentence that goes with an alert."""

from __future__ import annotations

from typing import Final

from setia.languages import day_of_month, money, number
from setia.timeline import date_of

#: Sentences by language and what has changed; their gaps are the same in every language.
SENTENCES: Final = {
    "en": {
        "silent": "No visit for {silence}; usually one every {usual}.",
        "fewer": "{visits} since {since}, where {expected} were to be expected.",
        "spend": "Since {since} a visit brings about {after}; before, {before} ({visits}).",
        "breadth": "Since {since} a visit holds about {after} categories; before, {before} ({visits}).",
    },
    "id": {
        "silent": "Belum ada kunjungan selama {silence}; biasanya setiap {usual}.",
        "fewer": "{visits} sejak {since}, padahal {expected} yang diperkirakan.",
        "spend": "Sejak {since} nilai satu kunjungan sekitar {after}; sebelumnya {before} ({visits}).",
        "breadth": "Sejak {since} satu kunjungan berisi sekitar {after} kategori; sebelumnya {before} ({visits}).",
    },
}
#: One and several, and a day in "every day".
_DAYS: Final = {"en": ("1 day", "{n} days", "day"), "id": ("1 hari", "{n} hari", "hari")}
_VISITS: Final = {"en": ("1 visit", "{n} visits"), "id": ("1 kunjungan", "{n} kunjungan")}


def sentence(
    kind: str,
    day: int,
    since: int,
    last: int,
    seen: int,
    expected: float,
    usual_days: float,
    before: float,
    after: float,
    currency: str,
    language: str = "en",
) -> str:
    """Say in words what has changed. Days count from 1970-01-01; `last` is the day of the last visit."""
    key = "silent" if kind == "visits" and not seen else "fewer" if kind == "visits" else kind
    one, several = _VISITS[language]

    def typical(worth: float) -> str:
        return money(worth, currency, language) if kind == "spend" else number(worth, 1, language)

    return SENTENCES[language][key].format(
        silence=_days(day - last, language),
        usual=_DAYS[language][2] if round(usual_days) <= 1 else _days(usual_days, language),
        visits=one if seen == 1 else several.format(n=number(seen, 0, language)),
        since=day_of_month(date_of(since), language),
        expected=number(max(expected, 1.0), 0, language),
        before=typical(before),
        after=typical(after),
    )


def _days(days: float, language: str) -> str:
    one, several, _ = _DAYS[language]
    return one if round(days) == 1 else several.format(n=number(round(days), 0, language))
