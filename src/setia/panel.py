"""The panel: features and outcomes, one row per customer and cutoff; the only hand-over to memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from zlib import crc32

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from setia import value
from setia.defection.definition import Definition
from setia.engine import Frame
from setia.errors import InputError
from setia.features import Feature
from setia.features.sweep import sweep
from setia.history import Base, Chunk, Known, Prepared, future_of, history_of
from setia.progress import SILENT, Progress

if TYPE_CHECKING:
    import pyarrow as pa

Array = NDArray[np.float64]
BLOCK_ROWS = 2048
_PER_ROW = (
    *("customer_id", "cutoff", "X", "defected", "value", "purchases"),
    *("past_value", "last_value", "last_purchases"),
)


@dataclass(frozen=True)
class PanelSettings:
    """How large a panel may grow.

    `max_rows`: above this many (customer, cutoff) rows the customers are thinned evenly. `max_fit_rows`: a
    forest grows on at most so many of them, drawn at random; all are judged.

    Raises:
        InputError: one is less than 1.
    """

    max_rows: int = 1_000_000
    max_fit_rows: int = 150_000

    def __post_init__(self) -> None:
        for name in ("max_rows", "max_fit_rows"):
            if getattr(self, name) < 1:
                raise InputError(f"panel.{name}={getattr(self, name)} must be at least 1.")


@dataclass(frozen=True)
class Panel:
    """Features `X` of shape (rows, features), float32 with NaN for missing, and what came of each row.

    `value` is money (or purchases) within the horizon, `purchases` counts purchase days in it, `defected`
    is 1 / 0 or NaN where the definition does not apply or cannot be known yet. `past_value` is the value
    of all history, `last_value` and `last_purchases` those of the last `horizon` days before the cutoff:
    what the simple rules go by.
    """

    customer_id: NDArray[np.object_]
    cutoff: NDArray[np.int64]
    names: tuple[str, ...]
    X: NDArray[np.float32]
    defected: Array
    value: Array
    purchases: Array
    past_value: Array
    last_value: Array
    last_purchases: Array

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.cutoff)

    def rows(self, chosen: NDArray[Any] | slice) -> Panel:
        """Return the rows chosen by a mask, by indices or by a slice."""
        arrays = {name: getattr(self, name)[chosen] for name in _PER_ROW}
        return replace(self, **arrays)

    def at(self, cutoffs: Sequence[int] | int) -> Panel:
        """Return the rows of one or several cutoffs."""
        wanted = [cutoffs] if isinstance(cutoffs, int) else list(cutoffs)
        return self.rows(np.isin(self.cutoff, wanted))

    def sample(self, rows: int, seed: int) -> Panel:
        """Return at most so many rows, drawn at random without replacement, in their order."""
        if len(self) <= rows:
            return self
        return self.rows(np.sort(np.random.default_rng(seed).choice(len(self), rows, replace=False)))

    def column(self, name: str) -> Array:
        """Return one feature as float64, shape (rows,)."""
        return self.X[:, self.names.index(name)].astype(np.float64)


def matrix(table: pa.Table, features: Sequence[Feature]) -> NDArray[np.float32]:
    """Return the feature columns of an Arrow table as float32 of shape (rows, features), NaN for null."""
    X = np.empty((table.num_rows, len(features)), dtype=np.float32)
    for j, feature in enumerate(features):
        X[:, j] = table[feature.name].to_numpy()
    return X


def make_panel(
    prepared: Prepared,
    cutoffs: Sequence[int],
    horizon_days: int,
    features: Sequence[Feature],
    definition: Definition,
    basis: str,
    *,
    every: int = 1,
    progress: Progress = SILENT,
) -> Panel:
    """Build features and outcomes at every cutoff, in one pass, ordered by cutoff and customer.

    `every`: keep one customer in so many (`thinning`), the same at every cutoff; the base is learnt from all.
    """
    task = Task(
        tuple(features),
        prepared.bases(cutoffs),
        horizon_days,
        definition,
        basis,
        every,
        prepared.first_day,
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


def stack(parts: Sequence[Panel]) -> Panel:
    """Put panels with the same features under each other."""
    arrays: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _PER_ROW}
    return replace(parts[0], **arrays)


@dataclass(frozen=True)
class Task:
    """What the rows of a panel are made of; travels with the kernel."""

    features: tuple[Feature, ...]
    bases: Mapping[int, Base]
    horizon_days: int
    definition: Definition
    basis: str
    every: int
    first_day: int
    columns: tuple[str, ...]


def panel_rows(piece: pa.Table, task: Task) -> pa.Table:
    """Compute features and outcomes at every cutoff: a kernel over customer-days of whole customers.

    Returns:
        customer_id, cutoff, X (a list of float32 per row), and the outcomes as float64.
    """
    import pyarrow as pa

    chunk = Chunk(_thinned(piece, task.every))
    worth = np.nan_to_num(chunk.column(value.column_of(task.basis)))
    came = chunk.is_purchase.astype(np.float64)
    past = np.zeros(len(chunk.ids))

    def total(what: Array, rows: NDArray[np.int64]) -> Array:
        return np.bincount(chunk.customer[rows], what[rows], minlength=len(chunk.ids)).astype(np.float64)

    X = [_by_row(made) for made in sweep(chunk, task.features, task.bases)]
    tables = []
    for known in chunk.walk(tuple(task.bases)):
        past += total(worth, known.fresh)
        ahead, (last, _) = known.ahead(task.horizon_days), known.within(task.horizon_days)
        buyers = known.buyers
        outcomes = {
            "value": total(worth, ahead),
            "purchases": total(came, ahead),
            "past_value": past,
            "last_value": total(worth, last),
            "last_purchases": total(came, last),
        }
        ids = chunk.ids.filter(pa.array(buyers))
        tables.append(
            pa.table(
                {
                    "customer_id": ids,
                    "cutoff": np.full(len(ids), known.cutoff, dtype=np.int64),
                    "defected": _labels(chunk, known, ids, task),
                    **{name: column[buyers] for name, column in outcomes.items()},
                }
            )
        )
    found = pa.concat_tables(tables)
    flat = pa.array(np.concatenate(X).ravel())
    return found.append_column("X", pa.FixedSizeListArray.from_arrays(flat, len(task.features)))


def _by_row(table: nw.DataFrame[Any]) -> NDArray[np.float32]:
    """Return columns as a matrix of rows, a few rows at a time, so that what is written stays in the cache."""
    columns = [table[name].to_numpy() for name in table.columns]
    X = np.empty((len(table), len(columns)), dtype=np.float32)
    for start in range(0, len(X), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        for place, column in enumerate(columns):
            X[block, place] = column[block]
    return X


def _thinned(piece: pa.Table, every: int) -> pa.Table:
    if every == 1:
        return piece
    return piece.filter(kept(piece["customer_id"], every))


def _labels(chunk: Chunk, known: Known, ids: pa.Array, task: Task) -> Array:
    """Return what the definition says of each customer: 1, 0, or NaN where it says nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    past = history_of(chunk, known, task.bases[known.cutoff], task.first_day, task.columns)
    said = task.definition.label(past, future_of(chunk, known, task.horizon_days))
    labels = said.select("customer_id", nw.col("defected").cast(nw.Float64)).collect("pyarrow").to_native()
    place = pc.index_in(ids, value_set=labels["customer_id"].combine_chunks())
    return np.asarray(labels["defected"].take(pa.chunked_array([place])).to_numpy(), dtype=np.float64)


def _panel(table: pa.Table, prepared: Prepared, task: Task) -> Panel:
    def floats(name: str) -> Array:
        return np.asarray(table[name].to_numpy(), dtype=np.float64)

    def sums(name: str) -> Array:
        # Engines add up in another order each time; the last bits, which that decides, are cut off, so
        # that the same seed gives the same models.
        return np.asarray(np.round(floats(name), 6), dtype=np.float64)

    X = table["X"].combine_chunks().flatten().to_numpy().reshape(table.num_rows, -1)
    return Panel(
        customer_id=prepared.ids(table["customer_id"]).to_numpy(zero_copy_only=False),
        cutoff=table["cutoff"].to_numpy(),
        names=tuple(feature.name for feature in task.features),
        X=X,
        defected=floats("defected"),
        value=sums("value"),
        purchases=sums("purchases"),
        past_value=sums("past_value"),
        last_value=sums("last_value"),
        last_purchases=sums("last_purchases"),
    )


def thinning(customers: int, cutoffs: int, max_rows: int) -> int:
    """Return how many customers share one place in a panel of at most `max_rows` rows: 1 keeps everybody."""
    return max(min(-(-customers * cutoffs // max_rows), customers), 1)


def kept(ids: pa.Array | pa.ChunkedArray, every: int) -> pa.Array:
    """Return which customers stay when one in `every` does: by number where they are numbered, else by a hash.

    Numbers follow the order of ids: a systematic sample, even over ids that were given out in the order of joining.
    """
    import pyarrow as pa

    if pa.types.is_integer(ids.type):
        return pa.array(ids.to_numpy() % every == every - 1)
    codes = ids.dictionary_encode().combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids.dictionary_encode()
    stay = np.array([crc32(name.encode()) % every == 0 for name in codes.dictionary.to_pylist()], dtype=bool)
    return pa.array(stay[codes.indices.to_numpy()])


def thin(lines: Frame, customers: int, cutoffs: int, max_rows: int) -> Frame:
    """Keep every k-th customer, in the order of their ids, where the panel would outgrow `max_rows`.

    A systematic sample: the same customers at every cutoff, the same on every engine, and even over
    ids that were given out in the order of joining.
    """
    every = thinning(customers, cutoffs, max_rows)
    if every <= 1:
        return lines
    kept = (
        lines.select("customer_id")
        .unique()
        .with_columns(one=nw.lit(1))
        .with_columns(place=nw.col("one").cum_sum().over(order_by="customer_id"))
        .filter(nw.col("place") % every == 0)
        .select("customer_id")
    )
    return lines.join(kept, on="customer_id", how="inner")
