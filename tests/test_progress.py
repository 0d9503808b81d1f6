"""How a run tells where it is: in a log, on a terminal, and not at all."""

from __future__ import annotations

import io
import re
import sys
import time

import pytest

from setia.progress import SILENT, Progress

CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    return Terminal()


def worked(progress: Progress) -> None:
    with progress.stage("fitting"):
        assert list(progress.each(["a", "b", "c"], "folds", 3)) == ["a", "b", "c"]
    progress.say("done")


def test_a_log_gets_one_plain_line_a_stage() -> None:
    stream = io.StringIO()
    worked(Progress(stream=stream))
    stage, done = stream.getvalue().splitlines()
    assert stage.split()[0] == "fitting"
    assert stage.endswith(" s")
    assert done == "done"
    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


def seen(written: str) -> list[str]:
    """Return the lines that are left on a terminal: what follows the last wipe of each, without its codes."""
    return [CODES.sub("", line.rsplit("\x1b[2K", 1)[-1]).strip() for line in written.split("\n") if line]


def test_a_terminal_gets_a_live_line_with_a_bar_that_leaves_no_trace(terminal: Terminal) -> None:
    progress = Progress(stream=terminal)
    with progress.stage("fitting"):
        for _ in progress.each("abc", "folds", 3):
            time.sleep(0.25)  # a few pictures each
        progress.say("a word [of 3]")
    with progress.stage("judging"):
        time.sleep(0.25)
    progress.say("done")
    written = terminal.getvalue()
    assert re.search(r"fitting +.*0:00:00.* \[\.{12}\] 0/3", written)
    assert re.search(r"fitting +.*0:00:00.* \[#{8}\.{4}\] 2/3", written)
    assert re.search(r"judging +.*0:00:00", written)
    assert [line.split()[0] for line in seen(written)] == ["a", "fitting", "judging", "done"]
    assert written.rfind("\x1b[?25h") > written.rfind("\x1b[?25l")  # the cursor is there


def test_a_bar_outside_of_a_stage_leaves_nothing(terminal: Terminal) -> None:
    progress = Progress(stream=terminal)
    for _ in progress.each("ab", "folds", 2):
        time.sleep(0.15)
    assert "1/2" in terminal.getvalue()
    assert seen(terminal.getvalue()) == [""]
    assert progress.seconds == {}


def test_where_nothing_can_be_counted_there_is_no_bar(terminal: Terminal) -> None:
    progress = Progress(stream=terminal)
    with progress.stage("fitting"):
        assert list(progress.each("ab", "folds", None)) == ["a", "b"]
        assert list(progress.each("a", "folds", 1)) == ["a"]
        time.sleep(0.15)
    assert "[." not in CODES.sub("", terminal.getvalue())


def test_what_breaks_off_leaves_no_live_line(terminal: Terminal) -> None:
    with pytest.raises(KeyboardInterrupt), Progress(stream=terminal).stage("fitting"):
        raise KeyboardInterrupt
    assert seen(terminal.getvalue()) == [""]
    assert type(sys.stderr).__name__ != "FileProxy"  # rich has given it back


def test_without_colours_the_live_line_is_plain(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    for set_to, coloured in (("1", False), ("", True)):
        monkeypatch.setenv("NO_COLOR", set_to)
        with Progress(stream=terminal).stage("fitting"):
            pass
        assert bool(re.search(r"\x1b\[[0-9;]*m", terminal.getvalue())) == coloured


def test_a_terminal_that_knows_no_colours_gets_plain_lines(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    worked(Progress(stream=terminal))
    assert "\x1b" not in terminal.getvalue()


def test_quiet_says_nothing_and_keeps_the_times() -> None:
    stream = Terminal()
    progress = Progress(quiet=True, stream=stream)
    worked(progress)
    assert stream.getvalue() == ""
    assert list(progress.seconds) == ["fitting"]
    assert progress.seconds["fitting"] >= 0


def test_times_of_a_stage_that_comes_again_add_up() -> None:
    progress = Progress(quiet=True, seconds={"fitting": 100.0})
    worked(progress)
    assert progress.seconds["fitting"] > 100


def test_a_stage_that_fails_lets_its_fault_through() -> None:
    stream = io.StringIO()
    with pytest.raises(ZeroDivisionError), Progress(stream=stream).stage("fitting"):
        _ = 1 / 0
    assert stream.getvalue() == ""  # nothing claims that it is done


def test_items_come_as_they_are_made() -> None:
    made = []

    def items() -> object:
        for number in range(3):
            made.append(number)
            yield number

    first = next(Progress(quiet=True).each(items(), "x", 3))  # type: ignore[arg-type]
    assert (first, made) == (0, [0])


def test_two_runs_do_not_share_their_times() -> None:
    one, other = Progress(quiet=True), Progress(quiet=True)
    worked(one)
    assert other.seconds == {}


def test_the_silent_one_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with SILENT.stage("anything"):
        SILENT.say("a word")
    assert capsys.readouterr() == ("", "")
