"""How long work tells where it is: a live line in a terminal, plain lines in a log, nothing when quiet."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, TextIO, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress as Live
    from rich.progress import TaskID

T = TypeVar("T")
#: Signs of a bar.
BAR: Final = 12


@dataclass
class Progress:
    """Stages with their times. One object serves a whole run; `Progress(quiet=True)` says nothing.

    On a terminal each running stage has a live line (a bar where the number of its parts is known); everywhere
    a stage leaves one plain line when it ends.
    """

    quiet: bool = False
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    seconds: dict[str, float] = field(default_factory=dict)
    _started: float = field(default_factory=time.perf_counter, repr=False)
    _running: list[TaskID] = field(default_factory=list, repr=False)

    @property
    def _terminal(self) -> bool:
        return not self.quiet and self.stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    @cached_property
    def _live(self) -> Live:
        return _drawn(self.stream)

    @property
    def elapsed(self) -> float:
        """Seconds since this object was made, as a run does when it begins."""
        return time.perf_counter() - self._started

    def say(self, text: str) -> None:
        """Write one plain line, above the live ones."""
        if self.quiet:
            return
        if self._running:
            self._live.console.print(text, soft_wrap=True, markup=False)
            return
        self.stream.write(text + "\n")
        self.stream.flush()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage and say when it is done; times of a name that comes again are added up."""
        start = time.perf_counter()
        with self._shown(name):
            yield
        spent = time.perf_counter() - start
        self.seconds[name] = self.seconds.get(name, 0.0) + spent
        self.say(f"  {name:<44} {spent:6.1f} s")

    def each(self, items: Iterable[T], name: str, total: int | None) -> Iterator[T]:
        """Pass items on, drawing a bar on a terminal; none of a single part, or of a total that is not known (null).

        Within a stage the bar is drawn in the line of that stage.
        """
        if not self._terminal or total is None or total < 2:
            yield from items
            return
        if self._running:
            yield from self._counted(items, self._running[-1], total)
            return
        with self._shown(name):
            yield from self._counted(items, self._running[-1], total)

    def _counted(self, items: Iterable[T], line: TaskID, total: int) -> Iterator[T]:
        try:
            for done, item in enumerate(items):
                filled = BAR * min(done, total) // max(total, 1)
                self._live.update(line, parts=f"[{'#' * filled:.<{BAR}}] {done}/{total}")
                yield item
        finally:
            if line in self._running:  # what is left of the stage has no parts
                self._live.update(line, parts="")

    @contextmanager
    def _shown(self, name: str) -> Iterator[None]:
        """Show a live line while the block runs; nothing is left of it, however the block ends."""
        if not self._terminal:
            yield
            return
        line = self._live.add_task(name, total=None, parts="")
        self._running.append(line)
        try:
            self._live.start()  # does nothing where it runs already; Ctrl-C may come before it is over
            self._live.console.show_cursor(True)  # a run that is killed could not give it back
            yield
        finally:
            self._running.remove(line)
            self._live.remove_task(line)
            if not self._running:
                self._live.stop()


def _drawn(stream: TextIO) -> Live:
    """Return the live lines: a turning mark, the name, the time, and a bar where there are parts to count."""
    from rich.console import Console
    from rich.progress import Progress as Live
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    plain = bool(os.environ.get("NO_COLOR"))
    return Live(
        SpinnerColumn("line", style="cyan"),  # of ASCII, as is the bar: every terminal has it
        TextColumn("{task.description:<44}", markup=False),
        TimeElapsedColumn(),
        TextColumn("{task.fields[parts]}", markup=False),
        console=Console(file=stream, color_system=None if plain else "auto", highlight=False, emoji=False),
        transient=True,
        redirect_stdout=False,  # stdout may be a file while stderr is the terminal
    )


SILENT = Progress(quiet=True)
