"""How a run tells where it is: in a log, on a terminal, and not at all."""

from __future__ import annotations

import io

import pytest

from setia.progress import SILENT, Progress


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


def test_a_terminal_gets_a_bar_that_leaves_no_trace(terminal: Terminal) -> None:
    worked(Progress(stream=terminal))
    written = terminal.getvalue()
    assert "0/3" in written
    assert "2/3" in written
    shown = [line.rsplit("\x1b[2K", 1)[-1] for line in written.split("\n")]
    assert [line.split()[0] for line in shown if line] == ["fitting", "done"]


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
