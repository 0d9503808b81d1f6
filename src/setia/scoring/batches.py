"""The features of everybody as of one day, some customers at a time, in the order of their ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from setia.defection import Definition
from setia.features import Feature
from setia.features.build import rows_in
from setia.history import Base, Chunk, Prepared, history_of

if TYPE_CHECKING:
    import pyarrow as pa

#: Beside the features a batch has this column: 1 where the definition covers the customer, else null.
COVERED: Final = "setia_covered"


@dataclass(frozen=True)
class Asked:
    """What is computed of each piece; travels with the kernel."""

    features: tuple[Feature, ...]
    definition: Definition
    horizon_days: int
    as_of: int
    base: Base
    first_day: int
    columns: tuple[str, ...]


def covered_rows(piece: pa.Table, asked: Asked) -> pa.Table:
    """Compute features and COVERED: a kernel over customer-days of whole customers."""
    import pyarrow.compute as pc

    chunk = Chunk(piece)
    table = rows_in(chunk, asked.features, {asked.as_of: asked.base})
    [known] = chunk.walk([asked.as_of])
    past = history_of(chunk, known, asked.base, asked.first_day, asked.columns)
    eligible = (
        asked.definition.eligible(past, asked.horizon_days)
        .select("customer_id")
        .collect("pyarrow")
        .to_native()["customer_id"]
    )
    there = pc.is_in(table["customer_id"], value_set=eligible.combine_chunks())
    return table.append_column(COVERED, pc.if_else(there, 1.0, None))


def feature_batches(prepared: Prepared, asked: Asked, rows: int) -> Iterator[pa.Table]:
    """Yield tables of at most `rows` customers in the order of their ids, never holding all of them."""
    for table in prepared.chunks.map(partial(covered_rows, asked=asked)):
        named = table.drop_columns("cutoff").set_column(0, "customer_id", prepared.ids(table["customer_id"]))
        for start in range(0, named.num_rows, rows):
            yield named.slice(start, rows)
