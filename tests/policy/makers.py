"""Made-up customers as a policy sees them."""

from __future__ import annotations

from typing import Any

import numpy as np

from setia.policy import Expected, Stakes

STATUSES = ("new", "lapsed", "overdue", "active")


def stakes_of(n: int = 60, seed: int = 0, **columns: Any) -> Stakes:
    """Return customers of no value, of much, costing more than they bring, not covered; `columns` replace some."""
    random = np.random.default_rng(seed)
    clv = random.gamma(1.0, 100.0, n) * random.choice([1.0, 1.0, 1.0, 0.0, -0.3], n)
    p_alive = random.choice([0.0, 0.3, 0.9, 1.0], n)
    usual: dict[str, Any] = {
        "customer_id": np.array([f"c{k:03d}" for k in range(n)], dtype=object),
        "status": np.array(random.choice(STATUSES, n), dtype=object),
        "segment": np.array(random.choice(["save", "keep", "let_go"], n), dtype=object),
        "p_defect": np.where(random.random(n) < 0.1, np.nan, random.random(n)),
        "p_none": random.random(n),
        "p_alive": p_alive,
        "expected_value": clv * 0.1,
        "clv": clv,
        "clv_hi": clv + random.random(n),
        "leaving": clv * random.random(n),
        "gone": (1 - p_alive) * 100 * random.random(n),
        "frequency": random.integers(0, 9, n).astype(float),
        "value_at_risk": clv * 0.2,
    }
    return Stakes(**(usual | {name: np.asarray(values) for name, values in columns.items()}))


def expected_of(profit: Any, cost: Any = 1.0) -> Expected:
    """Return an expectation with these profits and costs."""
    found = np.asarray(profit, dtype=float)
    paid = np.broadcast_to(np.asarray(cost, dtype=float), found.shape).copy()
    nothing = np.zeros(len(found))
    return Expected(found, found + paid, nothing, nothing, paid)
