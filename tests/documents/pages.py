"""The pages and their fenced blocks, with what stands right above each."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Of docs/features.md every line comes from the code.
GENERATED = {"features.md"}
_FENCE = re.compile(r"^ *```+ *(?P<info>[^`]*)$")
_COMMENT = re.compile(r"^ *<!-- *(?P<text>.*?) *-->$")


def name_of(page: Path) -> str:
    """Return a page's path in the checkout, or its name where it lies elsewhere."""
    return str(page.relative_to(ROOT)) if page.is_relative_to(ROOT) else page.name


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, the line of its fence, the words after the fence, and the comment right above it."""

    page: Path
    line: int
    info: tuple[str, ...]
    note: str
    text: str

    @property
    def language(self) -> str:
        return self.info[0] if self.info else ""

    @property
    def is_run(self) -> bool:
        return "no-run" not in self.info

    @property
    def place(self) -> str:
        return f"{name_of(self.page)}:{self.line}"


def run_pages() -> list[Path]:
    """Return the pages whose blocks are run."""
    return [ROOT / "README.md", *(path for path in sorted((ROOT / "docs").glob("*.md")) if path.name not in GENERATED)]


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page in their order."""
    lines, found, start = page.read_text(encoding="utf-8").splitlines(), [], None
    for number, line in enumerate(lines):
        fence = _FENCE.match(line)
        if fence is None:
            continue
        if start is None:
            start = number
            continue
        opened = _FENCE.match(lines[start])
        assert opened is not None
        indent = len(lines[start]) - len(lines[start].lstrip())
        text = "\n".join(each[indent:] for each in lines[start + 1 : number]) + "\n"
        info = tuple(opened["info"].split())
        found.append(Block(page, start + 1, info, _note(lines[:start]), text))
        start = None
    assert start is None, f"{page}: the block of line {(start or 0) + 1} has no end"
    return found


def _note(above: list[str]) -> str:
    """Return the comment that ends right above a block, "" without one."""
    lines = [line for line in above[-2:] if line.strip()]
    found = _COMMENT.match(lines[-1]) if lines else None
    return found["text"] if found else ""


def commands(text: str) -> list[tuple[int, str]]:
    """Return the shell commands of a block with their line, joined on the backslash and without remarks."""
    found, whole, first = [], "", 0
    for number, line in enumerate(text.splitlines()):
        first = first if whole else number
        whole += line
        if whole.endswith("\\"):
            whole = whole[:-1]
            continue
        words = shlex.split(whole, comments=True)
        if words:
            found.append((first + 1, shlex.join(words) if "#" in whole else whole.strip()))
        whole = ""
    return found
