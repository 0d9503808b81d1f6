"""Writing a table batch by batch: Parquet, or CSV that is safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from setia.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES: Final = (".parquet", ".csv", ".csv.gz")
#: A cell that begins so is a formula to a spreadsheet, after blanks too; a tab or a line break may hide one.
FORMULA: Final = "^(\\s*[=+\\-@＝＋－＠]|[\\t\\r\\n])"


def suffix_of(path: Path) -> str:
    """Return the suffix that says how a table is to be written.

    Raises:
        InputError: it is none of SUFFIXES, or the path is a folder.
    """
    if path.is_dir():
        raise InputError(f"output={path} is a folder; name a file in it, such as {path / 'scores.parquet'}.")
    for suffix in SUFFIXES:
        if path.name.lower().endswith(suffix) and len(path.name) > len(suffix):
            return suffix
    raise InputError(f"output={path} must be a file whose name ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}.")


@contextmanager
def table_writer(path: Path, suffix: str, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
    """Open a file whatever its name and give the function that appends to it.

    CSV is UTF-8 with a header and every text in quotes; a null is an empty cell without them.
    """
    import pyarrow as pa
    from pyarrow import csv, parquet

    if suffix == ".parquet":
        # A dictionary serves what comes again and again; forecasts and ids hardly do.
        often = [field.name for field in schema if field.name != "customer_id" and not pa.types.is_floating(field.type)]
        with parquet.ParquetWriter(path, schema, compression="zstd", use_dictionary=often) as writer:
            yield writer.write_table
        return
    compression = "gzip" if suffix == ".csv.gz" else None
    with pa.output_stream(str(path), compression=compression) as stream, csv.CSVWriter(stream, schema) as writer:
        yield lambda table: writer.write_table(_harmless(table))


def _harmless(table: pa.Table) -> pa.Table:
    """Put an apostrophe before every text that a spreadsheet would take for a formula; numbers stay numbers."""
    import pyarrow as pa
    from pyarrow import compute

    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            safe = compute.replace_substring_regex(table.column(place), pattern=FORMULA, replacement="'\\1")
            table = table.set_column(place, field, safe)
    return table
