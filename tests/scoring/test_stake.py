"""Those with the most at stake are the same however the customers come in."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from setia.scoring.stake import Candidates, Stake


def candidates(at_stake: list[int], first: int = 0) -> Candidates:
    stake = np.array(at_stake, dtype=float)
    place = np.arange(len(stake))
    return Candidates(place, stake, np.column_stack([place + first, stake]).astype(np.float32), {"n": stake * 2})


@given(st.lists(st.lists(st.integers(0, 6), max_size=8), max_size=8), st.integers(1, 12))
def test_the_best_of_batches_are_the_best_of_all(batches: list[list[int]], count: int) -> None:
    stake, first = Stake(count), 0
    for batch in batches:
        stake.offer(candidates(batch, first).best(count), first)
        first += len(batch)
    every = [(-value, row) for row, value in enumerate(value for batch in batches for value in batch)]
    expected = sorted(row for _, row in sorted(every)[:count])
    assert (stake.kept.row.tolist() if stake.kept else []) == expected
    if stake.kept:
        assert stake.kept.X[:, 0].tolist() == expected
        assert stake.kept.read["n"].tolist() == [-2 * every[row][0] for row in expected]
