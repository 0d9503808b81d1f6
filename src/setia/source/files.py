"""`source=files`: CSV, TSV (gzipped too) and Parquet, one file, a glob or a folder of them."""

from __future__ import annotations

import glob
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from setia.errors import InputError
from setia.source.delimited import TextFile, open_text
from setia.source.settings import SourceSettings
from setia.source.stack import glob_escaped, stack
from setia.source.staged import Column, Origin, Staged
from setia.source.text import first_line, listing, literal, nearest

if TYPE_CHECKING:
    from setia.engine import DuckEngine

#: What is read in a folder; a file that is named may be called anything.
SUFFIXES: Final = (".parquet", ".pq", ".csv", ".tsv", ".csv.gz", ".tsv.gz")


def find_files(path: str) -> tuple[Path, ...]:
    """Return the files that a path, glob or folder stands for, in the order of their names.

    Raises:
        InputError: nothing is there (with the nearest name), or nothing that can be read.
    """
    if glob.has_magic(path) and not Path(path).exists():
        found = tuple(sorted(Path(name) for name in glob.glob(path, recursive=True) if Path(name).is_file()))  # noqa: PTH207
        if not found:
            raise InputError(f"No file matches source.path={path}; check the pattern and the folder.")
        return found
    place = Path(path).expanduser()
    try:
        if place.is_dir():
            return _in_folder(place)
        if place.exists():
            return (place,)
        siblings = [child.name for child in place.parent.iterdir()] if place.parent.is_dir() else None
    except PermissionError as error:
        raise InputError(f"{place} may not be read by this user; change its permissions.") from error
    if siblings is None:
        raise InputError(f"source.path={path} does not exist: there is no folder {place.parent}.")
    close = nearest(place.name, siblings)
    hint = (
        f" Did you mean {place.parent / close}?" if close else f" {place.parent} holds {listing(sorted(siblings), 10)}."
    )
    raise InputError(f"source.path={path} does not exist.{hint}")


def _in_folder(folder: Path) -> tuple[Path, ...]:
    def hidden(child: Path) -> bool:
        return any(part.startswith((".", "_")) for part in child.relative_to(folder).parts)

    children = [child for child in sorted(folder.rglob("*")) if child.is_file()]
    found = tuple(c for c in children if c.name.lower().endswith(SUFFIXES) and not hidden(c))
    if not found:
        held = listing([str(c.relative_to(folder)) for c in children], 10) or "nothing"
        raise InputError(
            f"The folder source.path={folder} holds no file that ends in {', '.join(SUFFIXES)}; it holds {held}."
        )
    return found


def short_name(path: str) -> str:
    """Return a name for the log: the stem of the file or folder, in small letters, digits and underscores."""
    plain = [part for part in Path(path).parts if not glob.has_magic(part)]
    last = Path(plain[-1]).name if plain else "files"
    stem = re.sub(r"\.(gz|csv|tsv|txt|parquet|pq)$", "", re.sub(r"\.gz$", "", last, flags=re.I), flags=re.I)
    return re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_") or "files"


def open_files(settings: SourceSettings, engine: DuckEngine) -> Origin:
    """Look at every file (its kind, columns, encoding and separator) without reading its lines.

    Raises:
        InputError: a file is missing, empty, unreadable, or is no table.
    """
    if not settings.path:
        raise InputError("source=files needs source.path=FILE, a glob such as 'sales/*.csv', or a folder.")
    paths = find_files(settings.path)
    scratch = Path(tempfile.mkdtemp(prefix="setia-text-"))
    try:
        opened = [_open(path, at, settings, engine, scratch) for at, path in enumerate(paths)]
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    full = [one for one in opened if one.columns]
    if not full:
        shutil.rmtree(scratch, ignore_errors=True)
        raise InputError(f"{_said(paths)} is empty: it has neither a header nor lines.")
    first = full[0]
    every = [c for c in first.names if all(c in one.names for one in full)]

    def stage(names: tuple[str, ...], hashed: bool) -> Staged:
        return stack(engine, full, names, tuple(every) if hashed else ())

    return Origin(
        name=short_name(settings.path),
        where=_said(paths),
        files=tuple(str(path) for path in paths),
        columns=first.names,
        stage=stage,
        notes=tuple(note for one in opened for note in one.notes),
        close=lambda: shutil.rmtree(scratch, ignore_errors=True),
    )


def _said(paths: Sequence[Path]) -> str:
    return str(paths[0]) if len(paths) == 1 else f"{paths[0]} (first of {len(paths)} files)"


def _open(path: Path, at: int, settings: SourceSettings, engine: DuckEngine, scratch: Path) -> TextFile:
    try:
        with path.open("rb") as handle:
            head = handle.read(8)
    except PermissionError as error:
        raise InputError(f"{path} may not be read by this user; change its permissions.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    if head.startswith(b"PAR1"):
        return _open_parquet(path, at, engine)
    if path.suffix.lower() in (".parquet", ".pq") and head:
        raise InputError(f"{path} is no Parquet file in spite of its name: it does not begin as one does.")
    return open_text(path, at, settings, scratch)


def _open_parquet(path: Path, at: int, engine: DuckEngine) -> TextFile:
    import duckdb

    try:
        rows = engine.connection.execute(
            f"describe select * from read_parquet({literal(glob_escaped(path))})"
        ).fetchall()
    except duckdb.Error as error:
        raise InputError(
            f"{path} begins as a Parquet file but cannot be read; it is probably cut off, so copy or write it again "
            f"({first_line(error)})."
        ) from error
    return TextFile(path, at, tuple(Column(row[0], row[1]) for row in rows), kind="parquet")
