"""The sentences that go with alerts."""

from __future__ import annotations

import string

import pytest

from setia.alert.odds import KINDS
from setia.alert.settings import AlertSettings
from setia.alert.words import SENTENCES, sentence
from setia.config import compose
from setia.errors import InputError
from setia.languages import LANGUAGES

MARCH_3 = 19_054  # 2022-03-03


def said(kind: str, seen: int, currency: str = "", language: str = "en", **changes: float) -> str:
    usual = {"expected": 6.4, "usual_days": 4.2, "before": 52.3, "after": 18.0} | changes
    return sentence(kind, MARCH_3 + 19, MARCH_3, MARCH_3, seen, **usual, currency=currency, language=language)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (said("visits", 0), "No visit for 19 days; usually one every 4 days."),
        (said("visits", 0, usual_days=1.2), "No visit for 19 days; usually one every day."),
        (said("visits", 2), "2 visits since 3 March, where 6 were to be expected."),
        (said("visits", 1, expected=1234.0), "1 visit since 3 March, where 1,234 were to be expected."),
        (said("spend", 3, "EUR"), "Since 3 March a visit brings about EUR 18.00; before, EUR 52.30 (3 visits)."),
        (said("spend", 1, before=1520.4), "Since 3 March a visit brings about 18.00; before, 1,520 (1 visit)."),
        (said("breadth", 4, after=2.24), "Since 3 March a visit holds about 2.2 categories; before, 52.3 (4 visits)."),
    ],
)
def test_they_say_what_has_changed(found: str, words: str) -> None:
    assert found == words


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (said("visits", 0, "", "id"), "Belum ada kunjungan selama 19 hari; biasanya setiap 4 hari."),
        (said("visits", 0, "", "id", usual_days=1.2), "Belum ada kunjungan selama 19 hari; biasanya setiap hari."),
        (
            said("visits", 1, "", "id", expected=1234.0),
            "1 kunjungan sejak 3 Maret, padahal 1.234 yang diperkirakan.",
        ),
        (
            said("spend", 3, "EUR", "id"),
            "Sejak 3 Maret nilai satu kunjungan sekitar EUR 18,00; sebelumnya EUR 52,30 (3 kunjungan).",
        ),
        (
            said("breadth", 4, "", "id", after=2.24),
            "Sejak 3 Maret satu kunjungan berisi sekitar 2,2 kategori; sebelumnya 52,3 (4 kunjungan).",
        ),
    ],
)
def test_they_say_it_in_indonesian(found: str, words: str) -> None:
    assert found == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_one_and_none_expects_nothing(language: str) -> None:
    assert all(said(kind, 3, language=language) for kind in KINDS)
    assert " 1 " in said("visits", 2, language=language, expected=0.3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences_with_the_same_gaps(language: str) -> None:
    def gaps(text: str) -> set[str | None]:
        return {gap for _, gap, _, _ in string.Formatter().parse(text)}

    assert {key: gaps(text) for key, text in SENTENCES[language].items()} == {
        key: gaps(text) for key, text in SENTENCES["en"].items()
    }


def test_a_language_without_words_is_refused() -> None:
    with pytest.raises(InputError, match=r"alert\.language=nl is no language"):
        AlertSettings(language="nl")


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_setting_is_the_language_of_reasons_and_alerts(language: str) -> None:
    config = compose([f"language={language}"])
    assert config.alert.language == config.score.language == language
