"""Scoring on Spark's executors: features and models where the customers lie, and the score table as a folder."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from setia.bundle import Bundle
from setia.engine.spark import SparkChunks, SparkEngine, in_words
from setia.errors import InputError
from setia.scoring.batches import Asked, covered_rows
from setia.scoring.publish import Totals
from setia.scoring.rows import REASON_COLUMNS, Context, reasons, schema, score_rows
from setia.scoring.status import STATUSES
from setia.scoring.target import refuse_other_than_parquet

if TYPE_CHECKING:
    import pyarrow as pa

#: Beside the score table while it is written.
UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Shipped:
    """What travels to the executors: the bundle's folder as a zip file with its hash, and the rest of the context.

    Bytes cost a task nothing; the models are opened once in each Python process.
    """

    content: bytes
    digest: str
    rest: dict[str, Any]

    @staticmethod
    def pack(context: Context) -> Shipped:
        """Pack a context."""
        with tempfile.TemporaryDirectory(prefix="setia-bundle-") as folder:
            context.bundle.save(Path(folder))
            found = io.BytesIO()
            with zipfile.ZipFile(found, "w") as packed:
                for path in sorted(Path(folder).rglob("*")):
                    packed.write(path, path.relative_to(folder))
        rest = {field.name: getattr(context, field.name) for field in fields(context) if field.name != "bundle"}
        return Shipped(found.getvalue(), hashlib.sha256(found.getvalue()).hexdigest(), rest)

    def context(self) -> Context:
        """Return the context, on an executor."""
        return Context(bundle=_opened(_Content(self.digest, self.content)), **self.rest)


class _Content:
    """A zipped bundle that is known by its hash."""

    def __init__(self, digest: str, content: bytes) -> None:
        self.digest, self.content = digest, content

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and other.digest == self.digest


@cache
def _opened(packed: _Content) -> Bundle:
    with tempfile.TemporaryDirectory(prefix="setia-bundle-") as folder:
        zipfile.ZipFile(io.BytesIO(packed.content)).extractall(folder)
        return Bundle.load(Path(folder))


def scored(piece: pa.Table, *, asked: Asked, shipped: Shipped, rows: int) -> pa.Table:
    """Make rows of the score table: a kernel over customer-days of whole customers.

    With `top` reasons each batch explains so many of its own: who of them is among the first is known later.
    """
    import pyarrow as pa

    features = covered_rows(piece, asked).drop_columns("cutoff")
    if not features.num_rows:
        return schema().empty_table()
    context = shipped.context()
    tables = []
    for start in range(0, features.num_rows, rows):
        made = score_rows(features.slice(start, rows), context)
        table = made.table
        if made.candidates is not None:
            for name, texts in reasons(made.candidates, context, table.num_rows).items():
                place = table.column_names.index(name)
                table = table.set_column(place, name, pa.array(texts, pa.string()))
        tables.append(table)
    return pa.concat_tables(tables)


def publish_on_spark(
    chunks: SparkChunks,
    asked: Asked,
    context: Context,
    engine: SparkEngine,
    output: str,
    copy: str | None,
    *,
    rows: int,
) -> Totals:
    """Score every customer where the customer-days lie, and write the table and its copy, each a Parquet folder.

    On a file system of this machine (or one that is mounted on all) a folder is written beside its place and then
    renamed; elsewhere Spark's own `_SUCCESS` file says that a folder is complete. Hold the lock on `output`.

    Args:
        chunks: customer-days.
        asked: the features that the model and the table need.
        context: the model and what is the same for all rows.
        engine: where the chunks lie.
        output: a path of Spark's file systems that ends in .parquet.
        copy: the same for the dated copy, without reasons; null: none.
        rows: customers that are scored at a time.

    Raises:
        InputError: the folder cannot be written.
    """
    refuse_other_than_parquet(output)
    frame = chunks.mapped(partial(scored, asked=asked, shipped=Shipped.pack(context), rows=rows)).to_native()
    kept = None
    if context.top is not None:
        kept = engine.keep(frame)
        frame = _with_first(kept, context.top)
    try:
        with in_words(f"output={output}"):
            _placed(output, lambda path: frame.write.mode("overwrite").parquet(path))
            table = engine.session.read.parquet(output)
            if copy is not None:
                bare = table.drop(*REASON_COLUMNS)
                _placed(copy, lambda path: bare.write.mode("overwrite").parquet(path))
            return _totals(table)
    finally:
        if kept is not None:
            engine.forget(kept)


def _with_first(frame: Any, top: int) -> Any:
    """Leave the reasons of those `top` alone who have the most value at risk, of equals the first ids."""
    explained = frame.where("reason_1 is not null").select("customer_id", "value_at_risk")
    order = "value_at_risk desc, customer_id"
    first = explained.selectExpr("customer_id", f"row_number() over (order by {order}) as place")
    first = first.where(f"place <= {top}").select("customer_id").withColumnRenamed("customer_id", "setia_first")
    joined = frame.join(first.hint("broadcast"), frame["customer_id"] == first["setia_first"], "left")
    columns = [
        f"case when setia_first is not null then {name} end as {name}" if name in REASON_COLUMNS else name
        for name in frame.columns
    ]
    return joined.selectExpr(*columns)


def _placed(target: str, write: Callable[[str], None]) -> None:
    """Write a folder, beside its place where that is a plain path, then put it there."""
    if "://" in target and not target.startswith("file://"):
        write(target)
        return
    path = Path(target.removeprefix("file://")).resolve()
    if path.is_file():
        raise InputError(f"output={path} is a file, and on Spark the scores are a folder; move it away.")
    fresh, old = (path.with_name(path.name + ending) for ending in (UNFINISHED, ".old"))
    for left in (fresh, old):
        shutil.rmtree(left, ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write(str(fresh))
        if path.exists():
            path.rename(old)
        try:
            fresh.rename(path)
        except OSError:
            if old.exists():
                old.rename(path)
            raise
    finally:
        for left in (fresh, old):
            shutil.rmtree(left, ignore_errors=True)


def _totals(table: Any) -> Totals:
    """Add up the written table."""
    totals = Totals()
    found = table.groupBy("status").agg({"*": "count", "p_defect": "count", "expected_value": "sum"}).collect()
    for row in found:
        totals.statuses[STATUSES.index(row["status"])] += row["count(1)"]
        totals.covered += row["count(p_defect)"]
        totals.expected_value_sum += row["sum(expected_value)"]
    totals.rows = int(np.sum(totals.statuses))
    totals.p_defect_sum = table.agg({"p_defect": "sum"}).collect()[0][0] or 0.0
    return totals
