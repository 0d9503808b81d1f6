"""The rows of a panel, as a kernel over customer-days: features at many cutoffs, and what came after each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from setia import value
from setia.defection.definition import Definition
from setia.features import Feature, as_lists, matrix_in
from setia.features.totals import added
from setia.history import Base, Chunk, Known, future_of, history_of
from setia.panel.panel import FORMER_DAYS, RECENT_DAYS, Array
from setia.panel.sample import kept

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Task:
    """What the rows of a panel are made of; travels with the kernel."""

    features: tuple[Feature, ...]
    bases: Mapping[int, Base]
    horizon_days: int
    definitions: tuple[Definition, ...]
    basis: str
    every: int
    first_day: int
    last_day: int
    columns: tuple[str, ...]


def panel_rows(piece: pa.Table, task: Task) -> pa.Table:
    """Compute features and outcomes at every cutoff: a kernel over customer-days of whole customers.

    Returns:
        customer_id, cutoff, X (a list of float32 per row), and the outcomes as float64.
    """
    import pyarrow as pa

    chunk = Chunk(_thinned(piece, task.every))
    in_profit = task.basis == "profit"
    worth = np.nan_to_num(chunk.column("value" if in_profit else value.column_of(task.basis)))
    left = np.nan_to_num(chunk.column("profit")) if in_profit else worth
    came = chunk.is_purchase.astype(np.float64)
    past, past_left = np.zeros(len(chunk.ids)), np.zeros(len(chunk.ids))

    def total(what: Array, rows: NDArray[np.int64]) -> Array:
        return added(chunk.customer[rows], what[rows], len(chunk.ids))

    X = matrix_in(chunk, task.features, task.bases)
    tables = []
    for known in chunk.walk(tuple(task.bases)):
        past += total(worth, known.fresh)
        ahead, (last, _) = known.ahead(task.horizon_days), known.within(task.horizon_days)
        lately, age = known.within(RECENT_DAYS + FORMER_DAYS)
        buyers = known.buyers
        outcomes = {
            "value": total(worth, ahead),
            "purchases": total(came, ahead),
            "past_value": past,
            "last_value": total(worth, last),
            "last_purchases": total(came, last),
            "recent_purchases": total(came, lately[age < RECENT_DAYS]),
            "former_purchases": total(came, lately[age >= RECENT_DAYS]),
        }
        if in_profit:
            past_left += total(left, known.fresh)
            outcomes |= {"profit": total(left, ahead), "past_profit": past_left, "last_profit": total(left, last)}
        ids = chunk.ids.filter(pa.array(buyers))
        tables.append(
            pa.table(
                {
                    "customer_id": ids,
                    "cutoff": np.full(len(ids), known.cutoff, dtype=np.int64),
                    **_labels(chunk, known, ids, task),
                    **{name: column[buyers] for name, column in outcomes.items()},
                }
            )
        )
    return pa.concat_tables(tables).append_column("X", as_lists(X))


def _thinned(piece: pa.Table, every: int) -> pa.Table:
    if every == 1:
        return piece
    return piece.filter(kept(piece["customer_id"], every))


def label_column(place: int) -> str:
    """Return the name of the column of a definition's labels; the first is the one that is forecast."""
    return f"defected_{place}"


def _labels(chunk: Chunk, known: Known, ids: pa.Array, task: Task) -> dict[str, Array]:
    """Return what each definition says of each customer: 1, 0, or NaN where it says nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    past = history_of(chunk, known, task.bases[known.cutoff], task.first_day, task.columns)
    ahead = future_of(chunk, known, task.horizon_days, task.last_day)
    found = {}
    for number, definition in enumerate(task.definitions):
        said = definition.label(past, ahead).select("customer_id", nw.col("defected").cast(nw.Float64))
        labels = said.collect("pyarrow").to_native()
        place = pc.index_in(ids, value_set=labels["customer_id"].combine_chunks())
        label = labels["defected"].take(pa.chunked_array([place])).to_numpy()
        found[label_column(number)] = np.asarray(label, dtype=np.float64)
    return found
