"""How every stage writes in a terminal and in a log: the console, tables, paragraphs, and lines with a label."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

#: Columns of a log, where nobody knows how wide it will be looked at.
WIDTH: Final = 120
LABEL: Final = 9
#: Words of a table get at least so many columns.
WORD: Final = 12


def console() -> Console:
    """Return a console on stdout: plain under NO_COLOR, in a file and on a dumb terminal; WIDTH columns in a log."""
    from rich.console import Console

    plain = bool(os.environ.get("NO_COLOR"))  # then not even bold: whoever asks for no colours wants plain text
    return Console(
        width=None if sys.stdout.isatty() else WIDTH,
        color_system=None if plain else "auto",
        highlight=False,
        emoji=False,
    )


def as_is(text: object) -> str:
    """Return what a user wrote (names, paths, columns) so that its brackets are not taken for styles."""
    from rich.markup import escape

    return escape(str(text))


def table(*heads: str, text: Collection[int] = (0,), heading: str = "") -> Table:
    """Return an empty table: the columns `text` hold words, to the left; all others numbers, never broken."""
    from rich.table import Table

    made = Table(
        box=None, padding=(0, 1), header_style="bold", title=heading or None, title_justify="left", title_style="bold"
    )
    for place, head in enumerate(heads):
        made.add_column(head, justify="left" if place in text else "right", no_wrap=place not in text)
    return made


def tell(out: Console, made: Table) -> None:
    """Print a table after an empty line; in a narrow terminal heads are stacked and words broken, but no number."""
    heading, made.title = made.title, None  # a title of its own line is not squeezed into the table's width
    out.print()
    if heading:
        out.print(f"[bold]{heading}[/]")
    if _width(out, made) > out.width:
        for column in made.columns:
            if column.no_wrap:
                column.header = re.sub(r" (?!%)", "\n", str(column.header))
    if _width(out, made) > out.width:
        made.padding = (0, 0, 0, 1)
        _squeeze(out, made)
    out.print(made, crop=False)


def _squeeze(out: Console, made: Table) -> None:
    """Give the columns of words what the numbers leave, WORD columns at least, even beyond the end of the line."""
    words = [column for column in made.columns if not column.no_wrap]
    for column in words:
        column.min_width = column.max_width = WORD
    least = _width(out, made)
    for column in words:
        column.max_width = None
    made.width = least if least > out.width else None


def _width(out: Console, made: Table) -> int:
    return out.measure(made, options=out.options.update(width=10_000)).maximum


def fact(out: Console, label: str, text: str, style: str = "", width: int = LABEL) -> None:
    """Print a line with a label; what does not fit goes on below the text. Markup counts in `text`."""
    from rich.padding import Padding
    from rich.table import Table

    line = Table.grid(padding=(0, 1, 0, 0))
    line.add_column(width=width, no_wrap=True)
    line.add_column(overflow="fold")
    line.add_row(label, text, style=style)
    out.print(Padding(line, (0, 0, 0, 2), expand=False))
