"""Copy a folder of Setia's (models/) as it is at one moment, while jobs may be running.

usage: python deploy/backup.py models /backup/setia-2026-11-22
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path


def backup(folder: Path, target: Path) -> int:
    """Copy all files; of databases what is committed (a plain copy could be torn). Return how many.

    Raises:
        FileExistsError: the target exists already.
    """
    target.mkdir(parents=True)
    count = 0
    for path in sorted(folder.rglob("*")):
        copy = target / path.relative_to(folder)
        if path.is_dir():
            copy.mkdir(exist_ok=True)
        elif path.suffix == ".db":
            address = f"{path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(address, uri=True)) as source, closing(sqlite3.connect(copy)) as made:
                source.backup(made)
            count += 1
        elif not path.name.endswith((".part", ".lock", "-journal", "-wal", "-shm")):
            shutil.copy2(path, copy)
            count += 1
    return count


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if not Path(sys.argv[1]).is_dir() or Path(sys.argv[2]).exists():
        sys.exit(f"{sys.argv[1]} must be a folder, and {sys.argv[2]} must not exist yet.")
    sys.stdout.write(f"{backup(Path(sys.argv[1]), Path(sys.argv[2]))} files\n")
