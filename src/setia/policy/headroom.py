"""How much more customers would spend, did they spend on a visit what the upper part of their peers spend."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from setia.history import Chunk, Prepared

if TYPE_CHECKING:
    import pyarrow as pa

Array = NDArray[np.float64]
#: Habits are read off so many days: a year holds every season once.
LOOK_BACK_DAYS: Final = 365
#: So many peers tell what the upper part of them spends (measured: benchmarks/grow.py).
PEERS: Final = 50
#: Peers are looked for among so many customers at most, evenly spread over the base.
MOST_CUSTOMERS: Final = 20_000
#: What breadth is counted in, the first that the log names.
_KINDS: Final = {"categories": "category", "products": "product_id"}
_BLOCK: Final = 50_000


@dataclass(frozen=True)
class Habits:
    """How customers bought up to a cutoff; arrays of shape (customers,).

    `visits`: purchase days, and `money`: net value, of the last LOOK_BACK_DAYS. `tenure_days`: since the first
    purchase. `breadth`: how many different categories (without them products) were ever bought; 0 where the log names
    neither.
    """

    customer_id: NDArray[np.object_]
    visits: Array
    money: Array
    tenure_days: Array
    breadth: Array


def habits(prepared: Prepared, cutoff: int) -> Habits:
    """Return the habits of every customer with a purchase on or before the cutoff, from history alone."""
    import pyarrow as pa

    kinds = next((name for name, column in _KINDS.items() if column in prepared.columns), None)
    found = pa.concat_tables(prepared.chunks.map(partial(_habits, cutoff=cutoff, kinds=kinds)))
    ids = prepared.ids(found["customer_id"]).to_numpy(zero_copy_only=False)
    return Habits(ids, *(found[name].to_numpy() for name in ("visits", "money", "tenure_days", "breadth")))


def _habits(piece: pa.Table, cutoff: int, kinds: str | None) -> pa.Table:
    import pyarrow as pa

    chunk = Chunk(piece)
    (known,) = chunk.walk([cutoff])
    recent, _ = known.within(LOOK_BACK_DAYS)
    count = len(chunk.ids)

    def total(rows: NDArray[np.int64], name: str) -> Array:
        return np.bincount(chunk.customer[rows], chunk.column(name)[rows], minlength=count).astype(np.float64)

    buyers = np.flatnonzero(known.buyers)
    first = chunk.purchase_rows[chunk.first_purchase[buyers]]
    breadth = np.zeros(count) if kinds is None else total(known.fresh, f"new_{kinds}")
    return pa.table(
        {
            "customer_id": chunk.ids.take(pa.array(buyers)),
            "visits": total(recent, "purchases")[buyers],
            "money": total(recent, "value")[buyers],
            "tenure_days": known.age(first).astype(np.float64),
            "breadth": breadth[buyers],
        }
    )


def headroom(
    visits: Array,
    money: Array,
    tenure_days: Array,
    breadth: Array,
    horizon_days: int,
    quantile: float = 0.8,
) -> Array:
    """Return how much more each customer would bring within the horizon, shape (customers,); never below 0.

    That is what the upper part of the customer's peers spend on a visit (their `quantile`) above what the customer
    does, for as many visits as the customer makes in so many days. Peers are the PEERS nearest in the pace of visits,
    tenure and breadth, each a logarithm in units of its spread. Nothing is claimed for customers known for less than
    the horizon or without a visit in LOOK_BACK_DAYS; of a base of fewer than PEERS, in proportion less. Without amounts
    every visit counts one, so there is no headroom.

    Args:
        visits: purchase days of the last LOOK_BACK_DAYS.
        money: net value of these days.
        tenure_days: since the first purchase.
        breadth: how many different things were ever bought.
        horizon_days: for how many days to count.
        quantile: which part of the peers to hold against the customer, between 0 and 1.
    """
    found = np.zeros(len(visits))
    who = np.flatnonzero((visits > 0) & (tenure_days >= horizon_days))
    if not len(who):
        return found
    pace = visits[who] / np.minimum(tenure_days[who] + 1.0, LOOK_BACK_DAYS) * horizon_days
    spent = np.maximum(money[who] / visits[who], 0.0)
    place = np.log1p(np.c_[pace, tenure_days[who], breadth[who]])
    spread = place.std(axis=0)
    place /= np.where(spread > 0, spread, 1.0)
    sample = np.linspace(0, len(who) - 1, min(len(who), MOST_CUSTOMERS)).astype(np.int64)
    more = upper(place[sample], spent[sample], place, quantile) - spent
    found[who] = np.maximum(more, 0.0) * pace * min(len(who) / PEERS, 1.0)
    return found


def upper(place: Array, spent: Array, asked: Array, quantile: float) -> Array:
    """Return a quantile of what the PEERS nearest to each place spend, shape (places asked for,).

    `place` (peers, dimensions) and `spent` (peers,): who is looked among. `asked` (places asked for, dimensions).
    """
    from scipy.spatial import KDTree

    tree = KDTree(place)
    nearest = np.arange(1, min(PEERS, len(place)) + 1)
    found = np.empty(len(asked))
    for start in range(0, len(asked), _BLOCK):
        rows = slice(start, start + _BLOCK)
        _, near = tree.query(asked[rows], k=nearest)
        found[rows] = np.quantile(spent[near], quantile, axis=1)
    return found
