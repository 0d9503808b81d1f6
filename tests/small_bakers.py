"""A small log in which one category leads to another: flour to yeast."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

START = 17_000


def bakers(customers: int = 600, span: int = 300, seed: int = 0) -> pa.Table:
    """Customers who come every ten days: each visit leads to yeast with a chance of 0.03 if they bake, else 0.002."""
    chance_of = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        baker, yeast = number % 2 == 0, False
        for day in range(int(chance_of.integers(0, 10)), span, 10):
            bought = ["bread", "flour" if baker else "beer"]
            yeast |= bool(chance_of.random() < (0.03 if baker else 0.002))
            bought += ["yeast"] if yeast else []
            rows += [(f"c{number:04d}", START + day, name, 2.0 if name == "yeast" else 5.0) for name in bought]
            if chance_of.random() < 0.003:
                rows.append((f"c{number:04d}", START + day, "soap", 9.0))
    names = ("customer_id", "day", "category", "amount")
    types = (pa.string(), pa.int32(), pa.string(), pa.float64())
    columns = zip(*rows, strict=True)
    return pa.table({name: pa.array(one, kind) for name, one, kind in zip(names, columns, types, strict=True)})
