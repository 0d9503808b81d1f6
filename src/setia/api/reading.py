"""Reading a log from a path, a frame or a sample's name."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from setia.api.session import session
from setia.errors import InputError

if TYPE_CHECKING:
    from setia.source import Log

SAMPLES = ("complete_journey", "cdnow")


def read(source: Any, *, as_of: str | None = None, **settings: Any) -> Log:
    """Read a transaction log through the contract.

    Args:
        source: a path (file, glob or folder), a pandas or Polars frame, or the name of a sample log
            ("complete_journey", "cdnow").
        as_of: the last day that may be known, YYYY-MM-DD; later lines are dropped.
        settings: those of `setia.source.SourceSettings` (timezone, day_first, currency, ...) and of its
            column map (customer_id="user", timestamp="when", ...).

    Raises:
        InputError: the log breaks the contract; the sentence says where and what to do.
    """
    from setia.source import ColumnMap, SourceSettings
    from setia.source import read as read_source
    from setia.timeline import day_of

    roles, known = ColumnMap.__dataclass_fields__, SourceSettings.__dataclass_fields__
    for key in settings:
        if key not in roles and key not in known:
            nearest = "".join(f" The nearest is {name}." for name in get_close_matches(key, [*roles, *known], 1))
            raise InputError(f"read() has no setting {key}.{nearest}")
    columns = {key: settings.pop(key) for key in list(settings) if key in roles}
    settings["columns"] = replace(settings.get("columns", ColumnMap()), **columns)
    chosen = SourceSettings(**settings)
    last = None if as_of is None else day_of(as_of)
    if isinstance(source, str | Path):
        if str(source) in SAMPLES:
            from setia.config import compose

            sample = compose([f"source={source}"]).source
            return read_source(replace(sample, **settings), session(), as_of=last)
        return read_source(replace(chosen, kind="files", path=str(source)), session(), as_of=last)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frame.parquet"
        _write_frame(source, path)
        return read_source(replace(chosen, kind="files", path=str(path)), session(), as_of=last)


def _write_frame(frame: Any, path: Path) -> None:
    import pyarrow.parquet as pq

    try:
        table = nw.from_native(frame).lazy().collect("pyarrow").to_native()
    except TypeError as error:
        raise InputError(
            f"read() takes a path, a sample's name, or a pandas or Polars frame, not {type(frame).__name__}."
        ) from error
    pq.write_table(table, path)
