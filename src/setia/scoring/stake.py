"""The customers with the most at stake, found while all pass by, with what their reasons are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from setia.learn.predictor import Array, Matrix


@dataclass(frozen=True)
class Candidates:
    """Some customers in the order of the table.

    `row`: their places in the table. `at_stake`: their value at risk. `X`: extended features, shape (rows,
    features). `read`: the features that reasons quote, by name.
    """

    row: NDArray[np.int64]
    at_stake: Array
    X: Matrix
    read: Mapping[str, Array]

    def __len__(self) -> int:
        """Return how many they are."""
        return len(self.row)

    def take(self, chosen: NDArray[np.int64] | slice) -> Candidates:
        """Return some of them."""
        read = {name: values[chosen] for name, values in self.read.items()}
        return Candidates(self.row[chosen], self.at_stake[chosen], self.X[chosen], read)

    def best(self, count: int) -> Candidates:
        """Return those with the most at stake; of equals, the first in the table."""
        if len(self) <= count:
            return self
        order = np.lexsort((self.row, -self.at_stake))[:count]
        return self.take(np.sort(order))

    def with_more(self, later: Candidates, first_row: int) -> Candidates:
        """Return these and others, who follow in the table from `first_row` on."""
        return Candidates(
            np.concatenate([self.row, later.row + first_row]),
            np.concatenate([self.at_stake, later.at_stake]),
            np.concatenate([self.X, later.X]),
            {name: np.concatenate([values, later.read[name]]) for name, values in self.read.items()},
        )


class Stake:
    """The `count` best of all candidates so far."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.kept: Candidates | None = None

    def offer(self, batch: Candidates, first_row: int) -> None:
        """Look at a batch's own best, whose rows are counted from `first_row` on."""
        if self.kept is None:
            self.kept = batch
        elif len(self.kept) < self.count:
            self.kept = self.kept.with_more(batch, first_row).best(self.count)
        else:
            better = np.flatnonzero(batch.at_stake > self.kept.at_stake.min())
            if len(better):
                self.kept = self.kept.with_more(batch.take(better), first_row).best(self.count)
