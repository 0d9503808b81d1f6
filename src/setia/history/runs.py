"""Sorted arrays in runs of equal keys: the few steps of which the kernels are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def changes(keys: pa.ChunkedArray | NDArray[np.generic]) -> Mask:
    """Return where a key differs from the one before; the first one does."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: Mask = np.ones(len(keys), dtype=bool)
    if len(keys) < 2:
        return found
    if isinstance(keys, pa.ChunkedArray):
        if pa.types.is_integer(keys.type):
            return changes(keys.to_numpy())
        found[1:] = pc.not_equal(keys[1:], keys[:-1]).to_numpy()
    else:
        found[1:] = keys[1:] != keys[:-1]
    return found


def sums(values: NDArray[Any], starts: Ints) -> NDArray[Any]:
    """Add up each run of values, given where the runs start; none is empty."""
    if not len(starts):
        return values[:0]
    return np.add.reduceat(values, starts).astype(values.dtype, copy=False)


def ranks(keys: Ints) -> Ints:
    """Number equal keys from 1 on, in the order of their places; keys need not be sorted."""
    order = sorting(keys)
    found = np.empty(len(keys), dtype=np.int64)
    found[order] = numbered(changes(keys[order]))
    return found


def numbered(new: Mask) -> Ints:
    """Number the members of each run from 1 on, given where runs begin."""
    place = np.arange(len(new))
    return place - np.maximum.accumulate(np.where(new, place, 0)) + 1


def sorting(keys: Ints) -> Ints:
    """Return the stable order of keys that are not negative.

    The place is packed below the key, since sorting numbers is several times as fast as sorting places by them.
    """
    places = np.arange(len(keys), dtype=np.int64)
    low = bits(len(keys))
    if len(keys) and bits(int(keys.max()) + 1) + low > 63:
        return np.argsort(keys, kind="stable")
    packed = (keys << low) | places
    packed.sort()
    return packed & ((1 << low) - 1)


def bits(count: int) -> int:
    """Return how many bits hold the numbers below `count`."""
    return max(count - 1, 1).bit_length()
