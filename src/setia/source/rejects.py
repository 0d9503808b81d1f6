"""Lines of text files that could not be split into fields, and the sentences for files that cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from setia.errors import InputError
from setia.source.delimited import TextFile

if TYPE_CHECKING:
    import duckdb


def broken_lines(connection: duckdb.DuckDBPyConnection, files: list[TextFile]) -> tuple[tuple[int, str], ...]:
    """Return the lines that DuckDB could not split into fields: (file index, text), each line once.

    Raises:
        InputError: a quotation mark is never closed, so that nobody knows how many lines it holds.
    """
    import duckdb

    where = {str(one.read_path): one for one in files}
    try:
        rows = connection.execute(
            "select s.file_path, any_value(r.csv_line), max(r.error_type::varchar) from setia_rejects r "
            "join setia_reject_scans s using (scan_id, file_id) group by s.file_path, r.line order by 1, r.line"
        ).fetchall()
    except duckdb.CatalogException:
        return ()
    for path, text, kind in rows:
        if kind == "UNQUOTED VALUE" or "\n" in str(text).strip():
            raise open_quote(where[path].path if path in where else Path(path))
    return tuple((where[path].at if path in where else 0, str(text)) for path, text, _ in rows)


def open_quote(path: Path) -> InputError:
    """Return the sentence for a file with a quotation mark that is never closed."""
    return InputError(
        f"{path} cannot be split into lines: a quotation mark is opened and not closed. Mend the file, or write it "
        f"again as CSV or Parquet."
    )


def read_error(error: Exception, files: list[TextFile]) -> InputError:
    """Put an error of DuckDB's readers into a sentence."""
    text = str(error)
    which = next((one.path for one in files if str(one.read_path) in text), files[0].path)
    if "state machine" in text or "quote" in text.lower().split("possible")[0]:
        return open_quote(which)
    return InputError(f"{which} cannot be read to its end: {text.splitlines()[0][:300]}.")
