"""The bootstrap's customers: how often each is drawn in each sample (Efron 1979)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.int64]
#: Resampled rows in all, so that a large base does not wait for its intervals.
BOOTSTRAP_ROWS: Final = 6_000_000


def resample(customers: int, seed: int, replicates: int = 300) -> Weights:
    """Return how often each customer is drawn in each bootstrap sample, shape (replicates, customers)."""
    replicates = int(np.clip(BOOTSTRAP_ROWS // max(customers, 1), 20, replicates))
    random = np.random.default_rng(seed)
    return random.multinomial(customers, np.full(customers, 1 / customers), size=replicates)
