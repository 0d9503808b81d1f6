"""Keeping one customer in so many, where a panel would outgrow its limit."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import narwhals as nw
import numpy as np

from setia.engine import Frame

if TYPE_CHECKING:
    import pyarrow as pa


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
    staying = (
        lines.select("customer_id")
        .unique()
        .with_columns(one=nw.lit(1))
        .with_columns(place=nw.col("one").cum_sum().over(order_by="customer_id"))
        .filter(nw.col("place") % every == 0)
        .select("customer_id")
    )
    return lines.join(staying, on="customer_id", how="inner")
