"""Who takes up a category they do not buy: a model learnt from what came after an earlier day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from setia.history import Shelf
from setia.policy.logistic import chance, logistic, logit

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
#: A category is offered that so many took up, of those that were learnt from.
LEAST_ADOPTERS: Final = 10
#: The rate of a category starts from the rate of all, as if so many customers had been seen.
_PRIOR_CUSTOMERS: Final = 5.0
#: The money of a category starts from that of all, as if so many had taken it up.
_PRIOR_ADOPTERS: Final = 10.0
#: Ridges: of what all categories share; of a category's own level, slopes and affinity (measured: benchmarks/grow.py).
_SHARED, _OWN_LEVEL, _OWN_SLOPE, _OWN_AFFINITY = 1.0, 5.0, 500.0, 150.0
#: What is shared is learnt from so many pairs of customer and category at most.
_MOST_PAIRS: Final = 200_000


@dataclass(frozen=True)
class Adoption:
    """The chance that a customer takes up a category within the horizon.

    logit p = level_c + figures x slopes_c + leaning x affinity_c. The figures say how often, how long, how lately and
    how broadly a customer buys. The leaning says which categories a customer has beyond what the breadth lets expect.

    `names`: the categories. `offered`: of them, those that enough took up. `value`: what who takes one up spends on it
    within the horizon. All of shape (categories,), as is `level`; `centre` and `spread` are those of the figures, which
    count from `least` to `most`: one spread beyond what was learnt from. `slopes` (figures, categories); `share` of
    owners and mean `breadth` say what to expect; `affinity` (categories, categories).
    """

    names: tuple[str, ...]
    offered: Mask
    value: Array
    centre: Array
    spread: Array
    least: Array
    most: Array
    level: Array
    slopes: Array
    share: Array
    breadth: float
    affinity: Array

    def chances(self, shelf: Shelf) -> Array:
        """Return the chances, shape (customers, categories); 0 for what is owned or not offered."""
        # in a log whose customers all came at once, everybody is older now than anybody was who was learnt from
        place = (np.clip(figures(shelf), self.least, self.most) - self.centre) / self.spread
        z = self.level + place @ self.slopes + leaning(shelf.owned, self.share, self.breadth) @ self.affinity
        return np.where(shelf.owned | ~self.offered, 0.0, chance(z))


def learn_adoption(shelf: Shelf, bought: Mask, money: Array, names: tuple[str, ...]) -> Adoption | None:
    """Learn from customers at an earlier day, and what they bought within the horizon after it.

    First what all categories share: how much more likely they are with each figure and with affinity. Then how far each
    category departs from it, which a strong ridge keeps small.

    Args:
        shelf: what they had bought by that day.
        bought: within the horizon, shape (customers, categories).
        money: what for, the same shape.
        names: of the categories.

    Returns:
        The model; null where no category was taken up by enough.
    """
    free = ~shelf.owned
    took = bought & free
    count, of = took.sum(axis=0), free.sum(axis=0)
    offered = count >= LEAST_ADOPTERS
    if not offered.any():
        return None
    overall = count.sum() / of.sum()
    offset = logit((count + _PRIOR_CUSTOMERS * overall) / (of + _PRIOR_CUSTOMERS))
    paid = np.where(took, money, 0.0).sum(axis=0)
    value = (paid + _PRIOR_ADOPTERS * paid.sum() / count.sum()) / (count + _PRIOR_ADOPTERS)

    raw = figures(shelf)
    centre, spread = raw.mean(axis=0), raw.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    X = np.c_[np.ones(len(raw)), (raw - centre) / spread]
    share, breadth = shelf.owned.mean(axis=0), max(float(shelf.owned.sum(axis=1).mean()), 1e-9)
    leans = leaning(shelf.owned, share, breadth)
    affinity = _affinity(leans)
    near = leans @ affinity
    who, what = _some(*np.nonzero(free & offered))
    pairs = np.c_[X[who], near[who, what]]
    shared = logistic(pairs, took[who, what].astype(np.float64), offset[what], np.full(pairs.shape[1], _SHARED))
    start = offset + (X @ shared[:-1])[:, None] + shared[-1] * near
    weights = np.repeat(shared[:, None], len(names), axis=1)
    weights[0] += offset
    ridge = np.r_[_OWN_LEVEL, np.full(X.shape[1] - 1, _OWN_SLOPE), _OWN_AFFINITY]
    for c in np.flatnonzero(offered):
        who = np.flatnonzero(free[:, c])
        columns = np.c_[X[who], near[who, c]]
        weights[:, c] += logistic(columns, took[who, c].astype(np.float64), start[who, c], ridge)
    return Adoption(
        names,
        offered,
        value,
        centre,
        spread,
        raw.min(axis=0) - spread,
        raw.max(axis=0) + spread,
        weights[0],
        weights[1:-1],
        share,
        breadth,
        affinity * weights[-1],
    )


def figures(shelf: Shelf) -> Array:
    """Return what is known of each customer's buying, in logarithms, shape (customers, 5)."""
    columns = (shelf.recent, shelf.purchases, shelf.since_days, shelf.tenure_days, shelf.owned.sum(axis=1))
    return np.log1p(np.stack(columns, axis=1).astype(np.float64))


def leaning(owned: Mask, share: Array, breadth: float) -> Array:
    """Return how far each customer's owning a category exceeds what one as broad owns, shape (customers, categories).

    Expected is the share of owners, more or less as the customer has more or fewer categories than the mean.
    """
    broad = owned.sum(axis=1, keepdims=True) / breadth
    return np.asarray(owned - np.minimum(broad * share, 1.0), dtype=np.float64)


def _affinity(leans: Array) -> Array:
    """Return how the categories go together, in such units that `leans` times it has spread 1."""
    spread = np.sqrt((leans**2).mean(axis=0) + 1e-6)
    together = (leans / spread).T @ (leans / spread) / len(leans)
    np.fill_diagonal(together, 0.0)  # whether it is owned itself is no news
    found = together / spread[:, None]
    return np.asarray(found / max(float((leans @ found).std()), 1e-9), dtype=np.float64)


def _some(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return evenly spread pairs, no more than are needed."""
    chosen = np.linspace(0, len(rows) - 1, min(len(rows), _MOST_PAIRS)).astype(np.int64)
    return rows[chosen], columns[chosen]
