"""Errors that name settings as the command line does, said as a call in Python takes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from setia.errors import SetiaError

#: Groups whose settings are arguments of a call, without the group's name.
_GROUPS: Final = re.compile(r"\b(?:source\.columns|source|value\.costs)\.(?=[a-z_]+)")
_VALUES: Final = {"true": "True", "false": "False", "NAME": '"NAME"', "PATH": '"PATH"'}
_WRITTEN: Final = re.compile(rf"(?<==)(?:{'|'.join(_VALUES)})\b")


def python(said: str) -> str:
    """Return a sentence with its settings named and written as a call takes them."""
    return _WRITTEN.sub(lambda found: _VALUES[found[0]], _GROUPS.sub("", said))


@contextmanager
def in_python(names: Mapping[str, str] | None = None) -> Iterator[None]:
    """Say the errors of a block as Python has it; `names`: texts in them to be replaced."""
    try:
        yield
    except SetiaError as error:
        said = str(error)
        for old, new in (names or {}).items():
            said = said.replace(old, new)
        said = python(said)
        begins = any(said.startswith(new) for new in (names or {}).values())
        raise type(error)(said[:1].upper() + said[1:] if begins else said) from None
