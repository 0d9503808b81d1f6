"""A log on which every definition has something to say: some leave, some come half as often, some leave a category."""

from __future__ import annotations

import random
from functools import cache

from makers import START
from small_logs import Row

SPAN = 300
COLUMNS = ("customer_id", "day", "amount", "category", "order_id", "refund_of_day")


@cache
def rows() -> tuple[Row, ...]:
    """Customers who come every few days; from a day on a quarter stay away, a quarter come half as often, and a quarter
    buy no more of category a, which was most of what they bought."""
    chance = random.Random(4)
    found: list[Row] = []
    for number in range(400):
        change, kind = chance.randrange(60, SPAN), number % 4
        day, usual = float(chance.randrange(20)), chance.uniform(2, 8)
        while day < SPAN and not (kind == 0 and day > change):
            row = {"customer_id": f"c{number:03d}", "day": START + int(day), "amount": round(chance.uniform(5, 30), 2)}
            category = chance.choice("bc" if kind == 2 and day > change else "aaaaabc")
            found.append({**row, "category": category, "order_id": f"{number}-{int(day)}"})
            day += chance.expovariate(1 / (usual * (2 if kind == 1 and day > change else 1))) + 0.5
    found += [{"customer_id": "edge", "day": START + day, "amount": 1.0, "category": "a"} for day in (0, SPAN - 1)]
    return tuple(found)


def bought(first: int, last: int) -> dict[str, int]:
    """Return the purchase days of each customer from first to last."""
    days = {(row["customer_id"], row["day"]) for row in rows() if first <= row["day"] <= last}
    found: dict[str, int] = {}
    for customer, _ in days:
        found[customer] = found.get(customer, 0) + 1
    return found
