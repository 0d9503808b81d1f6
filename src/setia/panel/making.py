"""Panels from customer-days, in one pass over the pieces."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from setia.defection.definition import Definition
from setia.features import Feature, as_matrix
from setia.history import Prepared
from setia.panel.panel import Array, Panel, stack
from setia.panel.rows import Task, label_column, panel_rows
from setia.progress import SILENT, Progress

if TYPE_CHECKING:
    import pyarrow as pa


def make_panel(
    prepared: Prepared,
    cutoffs: Sequence[int],
    horizon_days: int,
    features: Sequence[Feature],
    definition: Definition,
    basis: str,
    *,
    also: Sequence[Definition] = (),
    every: int = 1,
    progress: Progress = SILENT,
) -> Panel:
    """Build features and outcomes at every cutoff, in one pass, ordered by cutoff and customer.

    `every`: keep one customer in so many (`thinning`), the same at every cutoff; the base is learnt from all.
    `also`: further definitions whose labels are kept (`Panel.also`).
    """
    task = Task(
        tuple(features),
        prepared.bases(cutoffs),
        horizon_days,
        (definition, *also),
        basis,
        every,
        prepared.first_day,
        prepared.last_day,
        prepared.columns,
    )
    tables = prepared.chunks.map(partial(panel_rows, task=task))
    parts = [_panel(table, prepared, task) for table in progress.each(tables, "features", prepared.chunks.pieces)]
    return _in_order(parts)


def _in_order(parts: Sequence[Panel]) -> Panel:
    """Put panels of different customers together, by cutoff and customer."""
    cutoffs = np.unique(np.concatenate([part.cutoff for part in parts]))
    whole = stack([part.rows(_slice(part, int(cutoff))) for cutoff in cutoffs for part in parts] or list(parts))
    same_cutoff = whole.cutoff[1:] == whole.cutoff[:-1]
    if bool(np.all((whole.customer_id[1:] > whole.customer_id[:-1]) | ~same_cutoff)):
        return whole
    return whole.rows(np.lexsort((whole.customer_id, whole.cutoff)))


def _slice(part: Panel, cutoff: int) -> slice:
    """Return where the rows of a cutoff stand in a panel that is ordered by cutoff."""
    return slice(*(int(np.searchsorted(part.cutoff, cutoff, side=side)) for side in ("left", "right")))


def _panel(table: pa.Table, prepared: Prepared, task: Task) -> Panel:
    def floats(name: str) -> Array:
        return np.asarray(table[name].to_numpy(), dtype=np.float64)

    def sums(name: str) -> Array:
        # Engines add up in another order each time; the last bits, which that decides, are cut off, so
        # that the same seed gives the same models.
        return np.asarray(np.round(floats(name), 6), dtype=np.float64)

    in_profit = task.basis == "profit"
    return Panel(
        customer_id=prepared.ids(table["customer_id"]).to_numpy(zero_copy_only=False),
        cutoff=table["cutoff"].to_numpy(),
        names=tuple(feature.name for feature in task.features),
        X=as_matrix(table["X"]),
        defected=floats(label_column(0)),
        value=sums("value"),
        purchases=sums("purchases"),
        past_value=sums("past_value"),
        last_value=sums("last_value"),
        last_purchases=sums("last_purchases"),
        recent_purchases=sums("recent_purchases"),
        former_purchases=sums("former_purchases"),
        profit=sums("profit") if in_profit else None,
        past_profit=sums("past_profit") if in_profit else None,
        last_profit=sums("last_profit") if in_profit else None,
        also=tuple(floats(label_column(1 + place)) for place in range(len(task.definitions) - 1)),
    )
