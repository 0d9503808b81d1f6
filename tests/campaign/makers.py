"""Small campaigns for the tests."""

from __future__ import annotations

import numpy as np

from setia.campaign import Followed


def ids(n: int) -> list[str]:
    return [f"c{i:05d}" for i in range(n)]


def small(n: int = 240, seed: int = 0, lift: float = 0.0) -> Followed:
    """Three strata of unlike size, level and share of contacted, so that a forgotten weight shows."""
    random = np.random.default_rng(seed)
    stratum = random.choice(3, n, p=[0.6, 0.3, 0.1])
    contacted = random.random(n) < np.array([0.8, 0.6, 0.5])[stratum]
    x = random.normal(size=(n, 2)) + stratum[:, None]
    level = 10 * stratum + 3 * x[:, 0] + random.gamma(0.5, 4.0, n)
    return Followed(
        contacted=contacted,
        stratum=stratum,
        kept=random.random(n) < 0.4 + 0.15 * stratum + lift * contacted,
        profit=level + contacted * (lift + stratum + x[:, 1]),
        covariates=x,
        segment=np.where(stratum < 2, "save", "keep"),
    )
