"""The card of a customer for people: a screen in the terminal, a figure, a page for notebooks, tables."""

from __future__ import annotations

import base64
import html as markup
import io
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from setia.card import Card
from setia.output import locked, written
from setia.report import card_facts as facts
from setia.report.card_figure import figure
from setia.report.card_picture import BLOCKS, MARGIN, picture
from setia.report.closing import close, step
from setia.report.layout import console

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from setia.progress import Progress

__all__ = ["figure", "html", "show", "table", "text", "timeline", "write"]

WIDTH: Final = 80


def show(card: Card, path: Path | None, progress: Progress, given: Sequence[str] = ()) -> None:
    """Print the card; `path` is where its picture lies, `given` are the overrides of the run."""
    from rich.text import Text

    out, coding = console(), sys.stdout.encoding or "ascii"
    plain = not _can_show(BLOCKS, coding)
    width = min(WIDTH, out.width)
    out.print()
    for part in _parts(card, width, plain):
        # as it would come out of the file, so that a sign which the stream does not know stops nothing
        said = Text(str(part).encode(coding, "replace").decode(coding), part.style) if isinstance(part, Text) else part
        out.print(said, width=width)
    results = [("picture", path)] if path else []
    close(out, progress, results, [step("whom of all customers it pays to contact", "act", given)])


def text(card: Card, width: int = WIDTH, ascii: bool = False) -> str:  # noqa: A002 - the word for it
    """Return the card as plain lines of at most so many letters (at least 40); `ascii`: without blocks."""
    from rich.console import Console

    out = Console(file=io.StringIO(), width=max(width, 40), color_system=None, legacy_windows=False, emoji=False)
    for part in _parts(card, max(width, 40), ascii):
        out.print(part, highlight=False)
    assert isinstance(out.file, io.StringIO)
    lines = [line.rstrip() for line in out.file.getvalue().splitlines()]
    found = "\n".join(lines)
    return found.encode("ascii", "replace").decode() if ascii else found


def table(card: Card) -> pd.DataFrame:
    """Return the facts: columns fact, value (a bare number or text, null where not known) and said (as shown)."""
    import pandas as pd

    say = facts.Say(card)
    rows = [(each.label, each.value, each.said) for each in (*facts.so_far(card), *facts.to_come(card))]
    rows.append((say("next"), card.ahead.even_day, facts.next_purchase(card)))
    rows.append((say("do"), card.advice.action, facts.what_to_do(card)[0]))
    return pd.DataFrame(rows, columns=["fact", "value", "said"])


def timeline(card: Card) -> pd.DataFrame:
    """Return the shown days: date, p_alive, purchase (whether one was made), value (NaN without a line in the log)."""
    import pandas as pd

    days = card.days
    value = days.is_purchase.astype(np.float64) if days.value is None else days.value
    came = pd.DataFrame({"day": days.day, "purchase": days.is_purchase, "value": value})
    found = pd.DataFrame({"day": card.alive.day, "p_alive": card.alive.p}).merge(came, on="day", how="left")
    found["purchase"] = found["purchase"].eq(True)
    found.insert(0, "date", pd.to_datetime(found.pop("day"), unit="D"))
    return found


def html(card: Card) -> str:
    """Return the card as one self-contained element: the figure, the facts, the reasons, what to do."""
    say = facts.Say(card)
    drawn = io.BytesIO()
    _save(card, drawn, "svg")
    name, means = facts.segment(card)
    why, without = facts.reasons(card)
    todo, behind = facts.what_to_do(card)
    picture = base64.b64encode(drawn.getvalue()).decode()
    alt = markup.escape(facts.next_purchase(card), quote=True)
    cells = [f"<tr>{''.join(map(_cells, pair))}</tr>" for pair in _pairs(card)]
    reasons = "".join(f"<li>{markup.escape(each)}</li>" for each in why)
    return "\n".join(
        [
            '<div style="max-width: 900px">',
            _paragraph(say("customer", who=say.who), say("as_of", log=say.log, day=say.day(card.as_of))),
            _paragraph(f"{name}:", means),
            f'<img style="width: 100%" alt="{alt}" src="data:image/svg+xml;base64,{picture}">',
            f"<table>{''.join(cells)}</table>",
            _paragraph(f"{say('next')}:", f"{facts.next_purchase(card)} {facts.doubt(card)}"),
            _paragraph(f"{say('reasons')}:", without),
            f"<ul>{reasons}</ul>",
            _paragraph(f"{say('do')}: {todo}.", " ".join(behind)),
            *(_paragraph("", note) for note in facts.notes(card)),
            "</div>",
        ]
    )


def write(card: Card, output: str) -> Path:
    """Write the figure as .png or .svg; it appears whole or not at all.

    Raises:
        InputError: the file cannot be written.
        LockedError: another run is writing it.
    """
    path = Path(output)
    with locked(path), written(path) as unfinished:
        _save(card, unfinished, path.suffix[1:])
    return path


def _save(card: Card, into: Path | io.BytesIO, kind: str) -> None:
    with warnings.catch_warnings():
        # an id in letters that the font lacks is drawn as boxes, which whoever looks at it sees
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure(card).savefig(into, format=kind)


def _can_show(signs: str, coding: str) -> bool:
    try:
        signs.encode(coding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _pairs(card: Card) -> list[tuple[facts.Fact | None, facts.Fact | None]]:
    """Return the facts in two columns, what has been beside what is to come."""
    left, right = facts.so_far(card), facts.to_come(card)
    rows = max(len(left), len(right))
    padded = ([*column, *[None] * (rows - len(column))] for column in (left, right))
    return list(zip(*padded, strict=True))


def _cells(fact: facts.Fact | None) -> str:
    label, said = ("", "") if fact is None else (markup.escape(fact.label), markup.escape(fact.said))
    look = "text-align: left; font-weight: normal; opacity: 0.7"
    return f'<th style="{look}">{label}</th><td style="text-align: left; padding-right: 2em">{said}</td>'


def _paragraph(bold: str, plain: str) -> str:
    strong = f"<b>{markup.escape(bold)}</b> " if bold else ""
    return f"<p>{strong}{markup.escape(plain)}</p>"


def _parts(card: Card, width: int, ascii: bool) -> Iterator[RenderableType]:  # noqa: A002 - the word for it
    from rich.text import Text

    say = facts.Say(card)
    name, means = facts.segment(card)
    why, without = facts.reasons(card)
    todo, behind = facts.what_to_do(card)
    yield Text.assemble(
        (say("customer", who=say.who), "bold"), "  ", (say("as_of", log=say.log, day=say.day(card.as_of)), "dim")
    )
    yield Text.assemble((name, "bold"), ": ", means)
    yield Text("")
    yield from _drawn(card, width, ascii)
    yield Text("")
    yield _facts(card)
    yield Text("")
    yield Text(say("next"), "bold")
    yield _indented(facts.next_purchase(card))
    if doubt := facts.doubt(card):
        yield _indented(doubt, "dim")
    yield Text(say("reasons"), "bold")
    yield from (_indented(f"- {each}") for each in why or (without,))
    yield Text(f"{say('do')}: {todo}", "bold")
    yield from (_indented(each) for each in behind)
    yield from (_indented(each, "dim") for each in facts.notes(card))


def _indented(said: str, look: str = "") -> Padding:
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(said, look), (0, 0, 0, 2))


def _drawn(card: Card, width: int, ascii: bool) -> Iterator[Text]:  # noqa: A002
    from rich.text import Text

    say, drawn = facts.Say(card), picture(card, width, ascii)
    scale = {0: "100 %", len(drawn.alive) - 1: "0 %"}
    yield Text(" " * MARGIN + say("alive_axis"), "dim")
    for place, line in enumerate(drawn.alive):
        yield Text.assemble((f"{scale.get(place, ''):>{MARGIN - 1}} ", "dim"), (line, "blue"), no_wrap=True)
    yield Text(" " * MARGIN + f"{say('bought_axis')}, {say('tall')}", "dim")
    yield Text(" " * MARGIN + drawn.bought, no_wrap=True)
    yield Text(" " * MARGIN + drawn.axis, "dim", no_wrap=True)


def _facts(card: Card) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    for pair in _pairs(card):
        cells = [(each.label, each.said) if each else ("", "") for each in pair]
        grid.add_row(*(Text(cell, style) for pair_ in cells for cell, style in zip(pair_, ("dim", ""), strict=True)))
    return grid
