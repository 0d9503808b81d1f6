"""What a page is made of: sections of numbers, charts, tables and steps, in words that are ready to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Number:
    """A number to be seen first: what it is, the number, and a line on it."""

    label: str
    value: str
    about: str = ""


@dataclass(frozen=True)
class Numbers:
    """Some of them side by side."""

    kind: ClassVar[str] = "numbers"
    items: tuple[Number, ...]


@dataclass(frozen=True)
class Table:
    """A table; the first column and those in `texts` hold words, the others numbers. `title` may be empty."""

    kind: ClassVar[str] = "table"
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    about: str = ""
    texts: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Chart:
    """A chart under its finding; `numbers` are the same in a table, for whoever cannot see it. Two of `half` the width
    stand side by side where there is room."""

    kind: ClassVar[str] = "chart"
    name: str
    title: str
    about: str
    spec: dict[str, Any]
    numbers: Table | None = None
    half: bool = False


@dataclass(frozen=True)
class Step:
    """One thing to do: what, why, and the command or the place on the page where its list is (either may be empty)."""

    title: str
    text: str
    command: str = ""
    filter: str = ""


@dataclass(frozen=True)
class Steps:
    """Things to do, the first first."""

    kind: ClassVar[str] = "steps"
    title: str
    items: tuple[Step, ...]
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notes:
    """Sentences, each a point of a list."""

    kind: ClassVar[str] = "notes"
    title: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Customers:
    """The table of customers: `data` as the page's script takes it, `about` what it holds."""

    kind: ClassVar[str] = "customers"
    title: str
    about: str
    data: dict[str, Any]


Block = Numbers | Table | Chart | Steps | Notes | Customers


@dataclass(frozen=True)
class Section:
    """A section: its finding as a title, a few sentences, and blocks."""

    name: str
    short: str
    title: str
    lead: tuple[str, ...]
    blocks: tuple[Block, ...]


def table(
    title: str, head: Sequence[str], rows: Sequence[Sequence[str]], about: str = "", texts: Sequence[int] = (0,)
) -> Table:
    """Return a table of any sequences."""
    return Table(title, tuple(head), tuple(tuple(row) for row in rows), about, tuple(texts))
