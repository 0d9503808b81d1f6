"""Labels of a small log, made as the panel makes them: piece by piece."""

from __future__ import annotations

import makers
import pyarrow as pa
from small_logs import Row, frame

from setia.defection import Definition
from setia.history import Chunk, future_of, history_of, prepare

COLUMNS = ("customer_id", "day", "amount", "category")


def labels(
    definition: Definition, rows: list[Row], cutoff: int, horizon_days: int, columns: tuple[str, ...] = COLUMNS
) -> dict[str, int | None]:
    """Return what a definition says of each customer that it covers."""
    prepared = prepare(frame(makers.engine(), "polars", rows, columns), None)
    base = prepared.bases([cutoff])[cutoff]

    def kernel(piece: pa.Table) -> pa.Table:
        chunk = Chunk(piece)
        [known] = chunk.walk([cutoff])
        history = history_of(chunk, known, base, prepared.first_day, prepared.columns)
        found = definition.label(history, future_of(chunk, known, horizon_days, prepared.last_day))
        table: pa.Table = found.collect("pyarrow").to_native()
        covered = definition.eligible(history, horizon_days).collect("pyarrow").to_native()
        assert sorted(covered["customer_id"].to_pylist()) == sorted(table["customer_id"].to_pylist())
        assert set(table.column_names) == {"customer_id", "defected"}
        return table

    table = pa.concat_tables(prepared.chunks.map(kernel))
    assert pa.types.is_int8(table["defected"].type)
    ids = prepared.ids(table["customer_id"]).to_pylist()
    assert len(set(ids)) == len(ids)
    return dict(zip(ids, table["defected"].to_pylist(), strict=True))


def line(customer: str, day: int, amount: float = 5.0, category: str | None = None) -> Row:
    """Return one line of a log."""
    return {"customer_id": customer, "day": day, "amount": amount, "category": category}
