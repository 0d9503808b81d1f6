"""The languages that people are told things in."""

from __future__ import annotations

from typing import Final

from setia.errors import InputError

#: Code -> what its speakers call it.
LANGUAGES: Final = {"en": "English", "id": "Bahasa Indonesia"}


def check_language(code: str, setting: str) -> None:
    """Refuse a language that there are no words of.

    Raises:
        InputError: it is none of `LANGUAGES`.
    """
    if code not in LANGUAGES:
        known = " or ".join(f"{code} ({name})" for code, name in LANGUAGES.items())
        raise InputError(f"{setting}={code} is no language that Setia speaks; use {known}.")
