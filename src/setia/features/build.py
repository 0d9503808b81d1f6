"""Which features a log allows, and the tables of them at some cutoffs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from setia.errors import InputError
from setia.features.feature import FAMILIES, Feature, catalogue
from setia.features.sweep import sweep
from setia.history import Base, Chunk, Prepared

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows that are turned from columns together, so that what is written stays in the cache.
BLOCK_ROWS = 2048


def select(columns: tuple[str, ...], families: tuple[str, ...] | None = None) -> tuple[Feature, ...]:
    """Return the features that a log with these columns allows, in the order of the dictionary.

    Raises:
        InputError: a family is unknown.
    """
    for family in families or ():
        if family not in FAMILIES:
            raise InputError(f"The feature family {family} is unknown; use any of {', '.join(FAMILIES)}.")
    return tuple(
        feature
        for feature in catalogue().values()
        if feature.unit is not None and feature.family in (families or FAMILIES) and set(feature.needs) <= set(columns)
    )


def named(names: tuple[str, ...]) -> tuple[Feature, ...]:
    """Return features by name, in the order given: what a fitted model asks for.

    Raises:
        InputError: this version of Setia knows no feature of that name.
    """
    every = catalogue()
    if unknown := [name for name in names if name not in every or every[name].unit is None]:
        raise InputError(f"The feature {unknown[0]} is unknown to this version of Setia; train the model again.")
    return tuple(every[name] for name in names)


def switched_off(columns: tuple[str, ...], families: tuple[str, ...] | None = None) -> tuple[tuple[str, str, int], ...]:
    """Return (family, missing column, features lost) for what this log cannot tell."""
    lost: dict[tuple[str, str], int] = {}
    for feature in catalogue().values():
        missing = [column for column in feature.needs if column not in columns]
        if feature.unit is not None and feature.family in (families or FAMILIES) and missing:
            lost[feature.family, missing[0]] = lost.get((feature.family, missing[0]), 0) + 1
    return tuple((family, column, count) for (family, column), count in lost.items())


def build(prepared: Prepared, cutoffs: Sequence[int], features: tuple[Feature, ...]) -> Iterator[pa.Table]:
    """Yield customer_id, cutoff and one float64 column per feature, in their order; null where undefined.

    One row per cutoff and customer with a purchase on or before it; some whole customers at a time, by cutoff.

    Raises:
        InputError: the log starts after a cutoff.
    """
    kernel = partial(rows_of, features=features, bases=prepared.bases(cutoffs))
    for found in prepared.chunks.map(kernel):
        yield found.set_column(0, "customer_id", prepared.ids(found["customer_id"]))


def table(prepared: Prepared, cutoff: int, features: tuple[Feature, ...]) -> pa.Table:
    """Return the features of everybody as of one day in one table, without the cutoff; as `build` has them."""
    import pyarrow as pa

    return pa.concat_tables(build(prepared, [cutoff], features)).drop_columns("cutoff")


def matrices(
    prepared: Prepared, cutoffs: Sequence[int], features: tuple[Feature, ...]
) -> Iterator[NDArray[np.float32]]:
    """Yield the same as float32 of shape (rows, features), NaN for null, without customers and cutoffs."""
    kernel = partial(matrix_of, features=features, bases=prepared.bases(cutoffs))
    for found in prepared.chunks.map(kernel):
        yield as_matrix(found["X"])


def matrix_of(piece: pa.Table, features: tuple[Feature, ...], bases: Mapping[int, Base]) -> pa.Table:
    """Compute features at every cutoff, a list of float32 a row: a kernel over customer-days of whole customers."""
    import pyarrow as pa

    return pa.table({"X": as_lists(matrix_in(Chunk(piece), features, bases))})


def matrix_in(chunk: Chunk, features: Sequence[Feature], bases: Mapping[int, Base]) -> NDArray[np.float32]:
    """Return the features of a chunk's customers at every cutoff as float32 of shape (rows, features)."""
    rows = sum(known.customers for known in chunk.walk(tuple(bases)))
    X = np.empty((rows, len(features)), dtype=np.float32)
    end = 0
    for found in sweep(chunk, features, bases):
        columns = list(found.values())
        start, end = end, end + len(columns[0])
        by_row(columns, X[start:end])
    return X


def by_row(columns: Sequence[NDArray[Any]], X: NDArray[np.float32]) -> None:
    """Write columns into the rows of a matrix, a few rows at a time, so that what is written stays in the cache."""
    for start in range(0, len(X), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        for place, column in enumerate(columns):
            X[block, place] = column[block]


def as_lists(X: NDArray[np.float32]) -> pa.FixedSizeListArray:
    """Return the rows of a matrix as an Arrow array, without a copy."""
    import pyarrow as pa

    return pa.FixedSizeListArray.from_arrays(pa.array(X.ravel()), X.shape[1])


def as_matrix(lists: pa.ChunkedArray) -> NDArray[np.float32]:
    """Return what `as_lists` made of a matrix, without a copy where it lies in one piece."""
    import pyarrow as pa

    whole = lists.chunk(0) if lists.num_chunks == 1 else lists.combine_chunks()  # the latter copies in any case
    assert isinstance(whole, pa.FixedSizeListArray)
    flat = whole.values.slice(whole.offset * whole.type.list_size, len(whole) * whole.type.list_size)
    return np.asarray(flat.to_numpy()).reshape(len(whole), whole.type.list_size)


def rows_of(piece: pa.Table, features: tuple[Feature, ...], bases: Mapping[int, Base]) -> pa.Table:
    """Compute features at every cutoff: a kernel over customer-days of whole customers."""
    return rows_in(Chunk(piece), features, bases)


def rows_in(chunk: Chunk, features: tuple[Feature, ...], bases: Mapping[int, Base]) -> pa.Table:
    """Compute the features of a chunk's customers at every cutoff, as `build` has them."""
    import pyarrow as pa

    made = pa.concat_tables(
        pa.table({name: pa.array(column, from_pandas=True) for name, column in found.items()})
        for found in sweep(chunk, features, bases)
    )
    who = [(known.cutoff, np.flatnonzero(known.buyers)) for known in chunk.walk(tuple(bases))]
    cutoff = np.repeat([cutoff for cutoff, _ in who], [len(rows) for _, rows in who]).astype(np.int32)
    ids = chunk.ids.take(pa.array(np.concatenate([rows for _, rows in who])))
    return made.add_column(0, "cutoff", pa.array(cutoff)).add_column(0, "customer_id", ids)
