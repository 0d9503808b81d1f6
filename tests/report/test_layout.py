"""Tables and lines fit a narrow terminal without a broken number, and are plain where colours are not wanted."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from setia.report.layout import WIDTH, console, fact, table, tell

HEADS = ("definition", "customers at risk", "share of their spend", "95 % interval", "verdict of it all")
ROW = ("partial, half of what they spent", "12,345,678", "100.0 %", "-12,345 to +12,345", "open")


def shown(width: int, *rows: tuple[str, ...]) -> list[str]:
    out = Console(file=io.StringIO(), width=width, highlight=False)
    made = table(*HEADS, heading="By definition")
    for row in rows:
        made.add_row(*row)
    tell(out, made)
    assert isinstance(out.file, io.StringIO)
    return [line.rstrip() for line in out.file.getvalue().splitlines()]


def test_a_wide_table_is_one_line_a_row() -> None:
    blank, heading, heads, row, *rest = shown(120, ROW)
    assert (blank, heading, rest) == ("", "By definition", [])
    assert all(head in heads for head in HEADS)
    assert all(cell in row for cell in ROW)


@pytest.mark.parametrize("width", [80, 60])
def test_a_narrow_table_stacks_its_heads_and_breaks_no_number(width: int) -> None:
    lines = shown(width, ROW)
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert all(cell in text for cell in ROW[1:])
    assert "95 %" in text  # a sign stays with its number
    assert "…" not in text


def test_numbers_that_cannot_fit_are_not_cut() -> None:
    text = "\n".join(shown(30, ROW))
    assert all(cell in text.replace("\n", "") for cell in ROW[1:])


def test_what_follows_a_label_stays_below_it() -> None:
    out = Console(file=io.StringIO(), width=40)
    fact(out, "horizon", "so many words that they do not fit into a line of forty")
    assert isinstance(out.file, io.StringIO)
    first, second, *rest = out.file.getvalue().splitlines()
    assert first.startswith("  horizon   so many")
    assert all(line.startswith(" " * 12) and line[12] != " " for line in [second, *rest])


def test_a_log_is_plain_and_of_a_known_width(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    out = console()
    assert (out.width, out.is_terminal, out.color_system) == (WIDTH, False, None)


def test_no_colours_means_no_codes_at_all(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    for value, plain in (("", False), ("1", True)):
        monkeypatch.setenv("NO_COLOR", value)
        console().print("[bold]heavy[/] [red]red[/]")
        assert ("\x1b" not in capsys.readouterr().out) == plain
