"""Filling the words of the reasons with numbers, in any language that has a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from setia import languages
from setia.learn.predictor import Array
from setia.learn.wording.english import ENGLISH
from setia.learn.wording.indonesian import INDONESIAN
from setia.learn.wording.table import Table

#: By the codes of `setia.languages`.
WORDS: Final[dict[str, Table]] = {"en": ENGLISH, "id": INDONESIAN}


def worded(
    key: str, fields: tuple[tuple[str, str], ...], numbers: tuple[Array, ...], rows: int, currency: str, language: str
) -> list[str]:
    """Return one phrase per row: `fields` names each gap and its unit, `numbers` fill them, shape (rows,) each."""
    words = WORDS[language]
    text = words.phrases[key.removesuffix("_typical")] + (words.typical if key.endswith("_typical") else "")
    if not fields:
        return [text] * rows
    gaps = [name for name, _ in fields]
    filled = [in_words(unit, array, currency, language) for (_, unit), array in zip(fields, numbers, strict=True)]
    return [text.format(**dict(zip(gaps, row, strict=True))) for row in zip(*filled, strict=True)]


def in_words(unit: str, numbers: Array, currency: str, language: str) -> list[str]:
    """Return numbers, shape (rows,), with the words of their unit."""
    words = WORDS[language]
    special: dict[str, Callable[[float], str]] = {
        "money": lambda number: languages.money(number, currency, language),
        "share": lambda number: _share(number, language),
        "times": lambda number: words.shares[2].format(n=_one_decimal(number, language)),
        "lines": lambda number: _lines(number, language),
    }
    # An engine may add up in another order each time: the last bits of a sum must not decide how a half is rounded.
    # (+ 0.0: and a zero has no sign.)
    distinct, place = np.unique(np.round(numbers, 9) + 0.0, return_inverse=True)
    if unit in special:
        texts = [special[unit](number) for number in distinct.tolist()]
    else:
        none, one, several = words.numbers[unit]
        whole = np.rint(distinct).astype(np.int64).tolist()
        texts = [
            none if n == 0 else one if n == 1 else several.format(n=languages.number(n, 0, language)) for n in whole
        ]
    said: list[str] = np.array(texts, dtype=object)[place].tolist()
    return said


def _share(share: float, language: str) -> str:
    percent = round(100 * share)
    small, usual, _ = WORDS[language].shares
    return usual.format(n=languages.number(percent, 0, language)) if percent >= 1 else small


def _lines(number: float, language: str) -> str:
    figure = _one_decimal(number, language)
    return WORDS[language].lines[figure == "1"].format(n=figure)


def _one_decimal(number: float, language: str) -> str:
    figure = languages.number(number, 1, language)
    return figure[:-2] if figure.endswith("0") else figure
