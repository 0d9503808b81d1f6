"""Print the part of requirements.lock that a job needs: no samples, notebooks or tools. Further packages may be named.

usage: python deploy/job_lock.py requirements.lock [PACKAGE ...]
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path


def pinned(lock: str) -> dict[str, str]:
    """Return package -> its lines: version, hashes, and (under `# via`) which packages need it."""
    starts = list(re.finditer(r"(?m)^([A-Za-z0-9._-]+)==", lock))
    ends = [start.start() for start in starts[1:]] + [len(lock)]
    return {start[1].lower(): lock[start.start() : end] for start, end in zip(starts, ends, strict=True)}


def needed(lines: dict[str, str], roots: set[str]) -> set[str]:
    """Return the roots and whatever any of them needs, directly or not."""
    parents = {
        name: set(re.findall(r"[a-z0-9._-]+", " ".join(re.findall(r"# +(?:via +)?(.*)", text))))
        for name, text in lines.items()
    }
    found = set(roots)
    while more := {name for name, of in parents.items() if of & found} - found:
        found |= more
    return found


def main(path: Path, further: list[str]) -> str:
    """Return the lines of the packages that `pyproject.toml` beside the lock names as dependencies, and of theirs."""
    lines = pinned(path.read_text(encoding="utf-8"))
    project = tomllib.loads((path.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    roots = {re.split(r"[^A-Za-z0-9._-]", each)[0].lower() for each in project["dependencies"]} | set(further)
    if unknown := sorted(roots - set(lines)):
        sys.exit(f"{path} does not hold {', '.join(unknown)}; make the lock anew first.")
    wanted = needed(lines, roots)
    return "".join(text for name, text in lines.items() if name in wanted)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.stdout.write(main(Path(sys.argv[1]), sys.argv[2:]))
