"""Files that appear whole or not at all: written beside their place, synced, renamed; one run at a time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from setia.errors import InputError, LockedError

#: Ends the names of files that are not finished yet; nobody reads a file of this ending.
UNFINISHED = ".part"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on an output, and clear away what dead runs left half-written beside it.

    The folder is made if it is missing. The operating system lets go of the lock when the process ends,
    however it ends; the empty file `.NAME.lock` stays, since removing it would split later runs.

    Raises:
        LockedError: another run holds the lock.
        InputError: the folder cannot be made or written to.
    """
    from filelock import FileLock, Timeout

    path = path.resolve()
    lock = FileLock(path.parent / f".{path.name}.lock", timeout=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise LockedError(
            f"Another run is writing {path}; wait until it has finished, or choose another output."
        ) from error
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        sweep(path.parent, path)
        yield
    finally:
        lock.release()


@contextmanager
def written(path: Path, owner: Path | None = None) -> Iterator[Path]:
    """Give a name to write to; when the block ends well, the file becomes `path` in one step.

    The unfinished file lies in the same folder, which is made if it is missing. `owner` is the output whose
    lock is held, by default `path` itself: only a run that holds it sweeps away unfinished files of its dead
    predecessors.

    Raises:
        InputError: the file cannot be written.
    """
    path = path.resolve()
    unfinished = path.parent / f"{_mark(owner or path)}{os.urandom(6).hex()}{UNFINISHED}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        _sync(unfinished)
        unfinished.replace(path)
        if os.name == "posix":
            _sync(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


def sweep(folder: Path, owner: Path) -> None:
    """Remove unfinished files that belong to an output from a folder; hold that output's lock meanwhile."""
    mark = _mark(owner)
    if folder.is_dir():
        for left in folder.iterdir():
            if left.name.startswith(mark) and left.name.endswith(UNFINISHED):
                left.unlink(missing_ok=True)


def _mark(owner: Path) -> str:
    """Return how the names of an output's unfinished files begin: short, however long its own name is."""
    return f".setia-{hashlib.sha256(str(owner.resolve()).encode()).hexdigest()[:12]}-"


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path} cannot be written ({error.strerror or error}); choose another output or free the place.")
