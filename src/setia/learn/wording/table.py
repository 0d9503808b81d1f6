"""What a language must bring along to say reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """The words of one language.

    `phrases`: sentences by key; their gaps are filled with numbers that carry their own words. `typical`: what
    follows a phrase that is set beside the base's median. `numbers`: whole numbers by unit, as none, one, several.
    `lines`: of a basket, several or one; they are means, so they may have a decimal. `shares`: below one half of a
    percent, other shares, multiples.
    """

    phrases: Mapping[str, str]
    typical: str
    numbers: Mapping[str, tuple[str, str, str]]
    lines: tuple[str, str]
    shares: tuple[str, str, str]
