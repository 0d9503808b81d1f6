"""What the definitions mean, in every language, with the numbers of their settings."""

from __future__ import annotations

import pytest

from setia.defection import DEFINITIONS, AnyOf, Category, Definition, Partial, Rhythm, Silence, words_in
from setia.languages import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", DEFINITIONS.values(), ids=DEFINITIONS)
def test_every_definition_has_words_of_its_own(kind: type, language: str) -> None:
    asked = AnyOf((Silence(), Category())) if kind is AnyOf else kind()
    words = words_in(asked, language)
    assert words
    assert (words == asked.words) == (language == "en")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Silence(), "tidak ada pembelian selama horizon"),
        (Partial(share=0.4), "kunjungan selama horizon di bawah 40 % dari perkiraan bagi pelanggan itu"),
        (Partial(measure="spend"), "nilai belanja selama horizon di bawah 50 % dari perkiraan bagi pelanggan itu"),
        (
            Rhythm(surprise=0.005),
            "tidak berbelanja lebih lama daripada 99,5 % jeda dalam ritme belanja pelanggan itu sendiri",
        ),
    ],
)
def test_by_example(asked: Definition, words: str) -> None:
    assert words_in(asked, "id") == words
    assert words_in(AnyOf((asked, Category())), "id") == f"{words}; atau {words_in(Category(), 'id')}"


def test_a_definition_from_elsewhere_speaks_for_itself() -> None:
    class Elsewhere:
        words = "moved to another town"

    assert words_in(Elsewhere(), "id") == "moved to another town"  # type: ignore[arg-type]
