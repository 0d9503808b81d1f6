"""Delimited text: which encoding, separator and columns a file has, and how DuckDB is to read it."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from setia.errors import InputError
from setia.source.settings import SourceSettings
from setia.source.staged import Column
from setia.source.text import listing, literal

if TYPE_CHECKING:
    pass

SEPARATORS: Final = (",", ";", "\t", "|")
_CHUNK: Final = 1 << 20
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class TextFile:
    """A file that has been looked at: its columns, and for text how it is written.

    `at` is its place among the source's files; `copy` a translation into UTF-8, read in its place.
    """

    path: Path
    at: int
    columns: tuple[Column, ...]
    kind: str = "text"
    separator: str = ","
    zipped: bool = False
    copy: Path | None = None
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)

    @property
    def read_path(self) -> Path:
        """The path that DuckDB reads."""
        return self.copy or self.path

    def dtype(self, name: str) -> str:
        """Return the DuckDB type of a column."""
        return next(column.dtype for column in self.columns if column.name == name)

    def signature(self) -> object:
        """Return what files must share to be read by one statement."""
        return (self.kind, self.columns, self.separator, self.zipped and self.copy is None)


def open_text(path: Path, at: int, settings: SourceSettings, scratch: Path) -> TextFile:
    """Look at a delimited file: its encoding (by reading it through), separator and header.

    Raises:
        InputError: it is no text, its encoding cannot be told, its gzip is cut off, or its header is no header.
    """
    with path.open("rb") as handle:
        magic = handle.read(4)
    zipped = magic.startswith(b"\x1f\x8b")
    if magic.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError(f"{path} is a spreadsheet or ZIP file; save it as CSV or Parquet.")
    encoding, note = _encoding(path, zipped, settings.encoding)
    notes = (note,) if note else ()
    copy = None
    if encoding not in ("utf-8", "utf-8-sig"):
        copy = scratch / f"{at}.csv"
        _translate(path, zipped, encoding, copy)
    head = _head(copy or path, zipped and copy is None)
    if not head.strip():
        return TextFile(path, at, (), zipped=zipped, copy=copy, notes=(*notes, f"{path} is empty."))
    separator = _separator(path, head, settings.separator)
    columns = tuple(Column(name, "VARCHAR") for name in _header(path, head, separator))
    return TextFile(path, at, columns, "text", separator, zipped, copy, notes)


def _opened(path: Path, zipped: bool) -> IO[bytes]:
    return gzip.open(path, "rb") if zipped else path.open("rb")  # type: ignore[return-value]


def _encoding(path: Path, zipped: bool, declared: str | None) -> tuple[str, str]:
    """Return the encoding of a file and, where it is not UTF-8, a note.

    UTF-8 is hardly ever valid by accident, so a file that decodes is UTF-8; anything else is taken for the
    Western European code page of Windows, and said so.
    """
    if declared is not None:
        try:
            codecs.lookup(declared)
        except LookupError as error:
            raise InputError(f"source.encoding={declared} is unknown; use a name such as utf-8 or cp1252.") from error
        name = codecs.lookup(declared).name
        if name in ("utf-8", "ascii") and not _decodes(path, zipped, "utf-8"):
            raise InputError(
                f"{path} is not written in source.encoding={declared}; name another, or leave it out to have it found."
            )
        return ("utf-8" if name == "ascii" else name), ""
    with _opened(path, zipped) as handle:
        try:
            head = handle.read(4)
        except (EOFError, OSError, zlib.error) as error:
            raise _broken_zip(path) from error
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, ""
    if _decodes(path, zipped, "utf-8"):
        return "utf-8", ""
    name = "cp1252" if _decodes(path, zipped, "cp1252") else "latin-1"
    return name, f"{path} is not UTF-8 and was read as {name}; source.encoding overrides it."


def _broken_zip(path: Path) -> InputError:
    return InputError(f"{path} is a gzip file that is cut off or damaged; copy or write it again.")


def _decodes(path: Path, zipped: bool, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with _opened(path, zipped) as handle:
            while chunk := handle.read(_CHUNK):
                if b"\0" in chunk:
                    raise InputError(f"{path} is no text file: it holds zero bytes. Give a CSV or Parquet file.")
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _broken_zip(path) from error
    return True


def _translate(path: Path, zipped: bool, encoding: str, target: Path) -> None:
    try:
        with (
            io.TextIOWrapper(_opened(path, zipped), encoding=encoding, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as sink,
        ):
            while chunk := source.read(_CHUNK):
                sink.write(chunk)
    except UnicodeError as error:
        raise InputError(
            f"{path} is not written in {encoding}: {error.reason if isinstance(error, UnicodeDecodeError) else error}. "
            f"Set source.encoding to the right one, or leave it out to have it found."
        ) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _broken_zip(path) from error


def _head(path: Path, zipped: bool) -> str:
    with _opened(path, zipped) as handle:
        raw = handle.read(_CHUNK)
    return raw.decode("utf-8-sig", errors="ignore")


def _rows(head: str, separator: str, count: int = 20) -> list[list[str]]:
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(head, newline=""), delimiter=separator):
            if row:
                found.append(row)
            if len(found) == count:
                break
    except csv.Error:
        return found
    return found


def _separator(path: Path, head: str, wanted: str | None) -> str:
    """Choose the separator that splits the header into most columns, as the lines below confirm."""

    def columns(mark: str) -> tuple[int, int]:
        rows = _rows(head, mark)
        wide = len(rows[0]) if rows else 0
        return (sum(len(row) == wide for row in rows) if wide > 1 else 0, wide)

    best = max(SEPARATORS, key=lambda mark: (columns(mark)[1] > 1, *columns(mark)))
    if wanted is None:
        return best
    if columns(wanted)[1] <= 1 < columns(best)[1]:
        raise InputError(
            f"With source.separator={wanted!r} the header of {path} is a single column, {_rows(head, wanted)[0][0]!r}; "
            f"{best!r} splits it into {columns(best)[1]}. Set source.separator={best!r} or leave it out."
        )
    return wanted


def _header(path: Path, head: str, separator: str) -> tuple[str, ...]:
    names = [name.strip() or f"column{at}" for at, name in enumerate(_rows(head, separator, 1)[0])]
    twice = sorted({name for name in names if [n.lower() for n in names].count(name.lower()) > 1})
    if twice:
        raise InputError(f"{path} has two columns named {listing(twice)}; rename one of them in the header.")
    return tuple(names)


def text_sql_of(members: list[TextFile]) -> str:
    """SQL that reads text files of one signature, all columns as text, with `setia_path`."""
    first = members[0]
    paths = ", ".join(literal(str(m.read_path)) for m in members)
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in first.names)
    zipped = "gzip" if first.zipped and first.copy is None else "none"
    return (
        f"(select *, filename as setia_path from read_csv([{paths}], auto_detect=false, header=true, "
        f"delim={literal(first.separator)}, quote='\"', escape='\"', compression='{zipped}', filename=true, "
        f"columns={{{columns}}}, max_line_size=10000000, strict_mode=true, "
        f"store_rejects=true, rejects_table='setia_rejects', "
        f"rejects_scan='setia_reject_scans', rejects_limit=0))"
    )
