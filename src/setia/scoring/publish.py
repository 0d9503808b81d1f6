"""From batches of features to the score table and its dated copy on disk, both whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from setia.output import written
from setia.scoring.rows import REASON_COLUMNS, Context, Rows, reasons, schema, score_rows
from setia.scoring.stake import Candidates, Stake
from setia.scoring.status import STATUSES
from setia.scoring.stream import Busy, in_order
from setia.scoring.writer import table_writer

if TYPE_CHECKING:
    import pyarrow as pa

#: Customers who are explained at a time where some few are.
EXPLAINED_ROWS = 4096

Append = Callable[["pa.Table"], None]


class Totals:
    """What the summary adds up while the rows pass by."""

    def __init__(self) -> None:
        self.statuses = np.zeros(len(STATUSES), dtype=np.int64)
        self.p_defect_sum = self.expected_value_sum = 0.0
        self.rows = self.covered = 0
        self.busy = Busy()

    def add(self, rows: Rows) -> None:
        """Add a batch."""
        self.statuses += rows.statuses
        self.rows += rows.table.num_rows
        self.covered += rows.covered
        self.p_defect_sum += rows.p_defect_sum
        self.expected_value_sum += rows.expected_value_sum
        self.busy.add(rows.busy)


def publish(batches: Iterable[pa.Table], context: Context, output: Path, suffix: str, copy: Path | None) -> Totals:
    """Score batches, write the table and its copy; the copy takes its place first, so that no score lacks one.

    Reasons for some few (`context.top`) are known when all have passed by: until then the table waits in a file
    without a name, which is gone with the process.
    """
    totals, stake = Totals(), None if context.top is None else Stake(context.top)
    with ExitStack() as whole:
        # Both writers are opened last, so that both files are complete before either takes its place.
        paths = [whole.enter_context(written(path, output)) for path in (output, copy) if path]
        append = whole.enter_context(table_writer(paths[0], suffix, schema(more=context.more)))
        draft = None if stake is None else whole.enter_context(_Draft(output.parent, schema(more=context.more)))
        keeps = [append if draft is None else draft.append]
        if copy:
            kept = whole.enter_context(table_writer(paths[1], ".parquet", schema(REASON_COLUMNS)))
            keeps.append(_without(kept, (*REASON_COLUMNS, *context.more)))
        for rows in in_order(partial(score_rows, context=context), totals.busy.making(batches, "features")):
            with totals.busy.part("writing"):
                for keep in keeps:
                    keep(rows.table)
            if stake is not None and rows.candidates is not None:
                stake.offer(rows.candidates, totals.rows)
            totals.add(rows)
        if stake is not None and draft is not None:
            _finish(draft, stake.kept, context, append, totals.busy)
    return totals


def _without(append: Append, columns: tuple[str, ...]) -> Append:
    return lambda table: append(table.drop_columns(list(columns)))


class _Draft:
    """A table that waits for its reasons, on disk."""

    def __init__(self, folder: Path, fields: pa.Schema) -> None:
        self._folder, self._fields, self._whole = folder, fields, ExitStack()

    def __enter__(self) -> _Draft:
        from pyarrow import ipc

        self._file = self._whole.enter_context(tempfile.TemporaryFile(dir=self._folder))
        options = ipc.IpcWriteOptions(compression="lz4")
        self._writer: Any = ipc.new_file(self._file, self._fields, options=options)
        return self

    def __exit__(self, *_: object) -> None:
        self._whole.close()

    def append(self, table: pa.Table) -> None:
        """Keep a batch."""
        self._writer.write_table(table)

    def batches(self) -> Iterator[pa.Table]:
        """End the writing and yield the batches."""
        import pyarrow as pa

        self._writer.close()
        reader = pa.ipc.open_file(self._file)
        for number in range(reader.num_record_batches):
            yield pa.Table.from_batches([reader.get_batch(number)])


def _finish(draft: _Draft, kept: Candidates | None, context: Context, append: Append, busy: Busy) -> None:
    """Explain those who were kept, and write the table with their reasons."""
    import pyarrow as pa

    with busy.part("reasons"):
        texts = _explained(kept, context)
    first = 0
    for table in draft.batches():
        with busy.part("writing"):
            for name, (rows, said) in texts.items():
                here = slice(*np.searchsorted(rows, (first, first + table.num_rows)))
                column = np.full(table.num_rows, None, dtype=object)
                column[rows[here] - first] = said[here]
                place = table.schema.get_field_index(name)
                table = table.set_column(place, table.schema.field(place), pa.array(column, type=pa.string()))
            append(table)
        first += table.num_rows


def _explained(kept: Candidates | None, context: Context) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the rows and the texts of each column of reasons; nothing where the model gives none."""
    if kept is None or not len(kept):
        return {}

    def explain(start: int) -> dict[str, np.ndarray]:
        some = kept.take(slice(start, start + EXPLAINED_ROWS))
        place = np.arange(len(some))
        return reasons(Candidates(place, some.at_stake, some.X, some.read), context, len(some))

    parts = list(in_order(explain, range(0, len(kept), EXPLAINED_ROWS)))
    return {name: (kept.row, np.concatenate([part[name] for part in parts])) for name in parts[0]}
