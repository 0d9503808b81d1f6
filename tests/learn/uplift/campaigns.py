"""Small made-up campaigns whose effects are known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Known(NamedTuple):
    """Features, treatment, outcome, chance of treatment and true effect of each row."""

    X: NDArray[np.float32]
    treated: Floats
    outcome: Floats
    propensity: Floats
    effect: Floats


def known(rows: int = 3000, seed: int = 0, size: float = 1.0, kind: str = "plain") -> Known:
    """Contacts help the first half of feature 0 and harm the other, by `size`; feature 1 sways the outcome alone."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(rows, 4)).astype(np.float32)
    propensity = np.where(X[:, 2] > 0, 0.7, 0.4)
    treated = (random.random(rows) < propensity).astype(float)
    effect = 1.0 + size * np.sign(X[:, 0]).astype(float)
    if kind == "binary":
        effect = effect / 5
        p = 0.3 + 0.1 * (X[:, 1] > 0) + treated * effect
        outcome = (random.random(rows) < p).astype(float)
    elif kind == "money":
        amount = 20 * random.lognormal(-0.5, 1, rows)
        effect = effect / 5
        outcome = amount * (random.random(rows) < 0.2 + treated * effect)
        effect = effect * 20
    else:
        outcome = 5 + X[:, 1] + treated * effect + random.normal(size=rows)
    return Known(X, treated, outcome, propensity, effect)
