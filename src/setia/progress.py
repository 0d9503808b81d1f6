"""How long work tells where it is: a bar in a terminal, plain lines in a log, nothing when quiet."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO, TypeVar

T = TypeVar("T")


@dataclass
class Progress:
    """Stages with their times. One object serves a whole run; `Progress(quiet=True)` says nothing.

    A bar is drawn only on a terminal; in a log each stage leaves one line when it ends.
    """

    quiet: bool = False
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def _terminal(self) -> bool:
        return not self.quiet and self.stream.isatty() and os.environ.get("TERM") != "dumb"

    def _write(self, text: str) -> None:
        if not self.quiet:
            self.stream.write(text)
            self.stream.flush()

    def say(self, text: str) -> None:
        """Write one plain line."""
        self._write(("\r\x1b[2K" if self._terminal else "") + text + "\n")

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage and say when it is done; times of a name that comes again are added up."""
        if self._terminal:
            self._write(f"\r\x1b[2K  … {name}")
        start = time.perf_counter()
        yield
        spent = time.perf_counter() - start
        self.seconds[name] = self.seconds.get(name, 0.0) + spent
        self.say(f"  {name:<44} {spent:6.1f} s")

    def each(self, items: Iterable[T], name: str, total: int | None) -> Iterator[T]:
        """Pass items on, drawing a bar on a terminal; a total that is not known (null) is not drawn."""
        for done, item in enumerate(items):
            if self._terminal and total is not None:
                filled = 24 * done // max(total, 1)
                self._write(f"\r\x1b[2K  … {name:<42} [{'#' * filled}{'.' * (24 - filled)}] {done}/{total}")
            yield item


SILENT = Progress(quiet=True)
