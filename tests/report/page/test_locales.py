"""What the charts' library is told of a language: its marks, its months, its days from Sunday on."""

from __future__ import annotations

import datetime as dt

import pytest

from setia.languages import LANGUAGES, number
from setia.report.page.locales import number_locale, time_locale
from setia.report.page.words import LOCALES, Words


@pytest.mark.parametrize("language", LANGUAGES)
def test_marks_are_those_of_the_numbers_in_the_text(language: str) -> None:
    marks = number_locale(LOCALES[language])
    assert number(1234.5, 1, language) == f"1{marks['thousands']}234{marks['decimal']}5"
    assert marks["percent"] == Words(language, "").per_cent(0.07).removeprefix("7")
    assert marks["currency"] == ["", ""]
    assert marks["grouping"] == [3]


def test_days_begin_with_sunday() -> None:
    assert time_locale("en_GB")["days"][:2] == ["Sunday", "Monday"]
    names = time_locale("id_ID")
    assert names["days"] == ["Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"]
    assert names["shortDays"] == ["Min", "Sen", "Sel", "Rab", "Kam", "Jum", "Sab"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_months_are_called_as_in_the_tables(language: str) -> None:
    names, w = time_locale(LOCALES[language]), Words(language, "")
    for month in range(12):
        day = (dt.date(2018, month + 1, 1) - dt.date(1970, 1, 1)).days
        assert w.month(day) == f"{names['shortMonths'][month]} 2018"
        assert w.month(day, long=True) == f"{names['months'][month]} 2018"


def test_months_in_indonesian() -> None:
    assert time_locale("id_ID")["months"] == [
        *("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli"),
        *("Agustus", "September", "Oktober", "November", "Desember"),
    ]


@pytest.mark.parametrize("locale", LOCALES.values())
def test_the_library_gets_all_that_it_requires(locale: str) -> None:
    names = time_locale(locale)
    assert [len(names[key]) for key in ("days", "shortDays", "months", "shortMonths", "periods")] == [7, 7, 12, 12, 2]
    assert {"dateTime", "date", "time"} <= names.keys()
