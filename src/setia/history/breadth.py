"""How many different orders, products and categories a day saw, and which of them were new to the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setia.history.runs import Ints, Mask, bits, changes, numbered, sorting

if TYPE_CHECKING:
    import pyarrow as pa


def breadth(lines: pa.Table, bought: Mask, of_day: Ints, customer: Ints, day: Ints) -> dict[str, Any]:
    """Count what the bought lines of each day name.

    Args:
        lines: whole customers, by customer and day; `order_id`, `product_id` and `category` may be there, of any
            type: only equality counts.
        bought: of each line.
        of_day: the number of each line's customer-day.
        customer: the number of each customer-day's customer.
        day: of each customer-day.
    """
    found: dict[str, Any] = {}
    days = len(day)
    if "order_id" in lines.column_names:
        # lines without an order's name were bought together
        _, of, _ = _visits(lines["order_id"], bought, of_day, customer, nameless=True)
        found["orders"] = _counted(of, days)
    for column, name in (("product_id", "products"), ("category", "categories")):
        if column not in lines.column_names:
            continue
        new, of, _ = _visits(lines[column], bought, of_day, customer)
        found |= {name: _counted(of, days), f"new_{name}": _counted(of[new], days)}
        if column == "category":
            found |= _habits(new, of, day)
    return found


def _counted(of: Ints, days: int) -> Any:
    return np.bincount(of, minlength=days).astype(np.int32)


def _visits(
    names: pa.ChunkedArray, bought: Mask, of_day: Ints, customer: Ints, nameless: bool = False
) -> tuple[Mask, Ints, Ints]:
    """Return the distinct (customer, name, customer-day) of bought lines, in this order.

    Lines without a name are left out, unless `nameless` makes them one of a name.

    Returns:
        Whether it is the first with this customer and name; the number of the customer-day; the name's code.
    """
    codes = names.combine_chunks().dictionary_encode()
    if hasattr(codes, "combine_chunks"):
        codes = codes.combine_chunks()
    unnamed = len(codes.dictionary)
    code = codes.indices.fill_null(unnamed).to_numpy().astype(np.int64)
    named = bought if nameless else bought & (code < unnamed)
    code = code[named]
    of = of_day[named]
    first_day = np.flatnonzero(changes(customer))
    low, middle = bits(len(customer)), bits(unnamed + 1)
    if len(first_day):
        since = of - first_day[customer[of]]
        low = bits(int(since.max()) + 1) if len(since) else low
    else:
        since = of
    if bits(len(first_day)) + middle + low > 63:
        raise OverflowError("a piece of whole customers is too large to be counted")
    keys = (((customer[of] << middle) | code) << low) | since
    keys.sort()
    keys = keys[changes(keys)]
    pair = keys >> low
    return changes(pair), first_day[pair >> middle] + (keys & ((1 << low) - 1)), pair & ((1 << middle) - 1)


def _habits(new: Mask, of: Ints, day: Ints) -> dict[str, Any]:
    """Return, for each customer-day, the ranks of its categories, when each was bought next, and what follows.

    The rank of a category counts the customer's purchase days with it so far. The sum of its steps of n log n
    over all days gives the sum of n log n, so that entropy needs no counts.
    """
    import pyarrow as pa

    rank = numbered(new)
    follows = np.zeros(len(of), dtype=bool)
    follows[:-1] = ~new[1:]
    after = np.zeros(len(of), dtype=np.int32)
    after[:-1] = day[of[1:]]
    order = sorting(of)
    of, rank, follows, after = of[order], rank[order], follows[order], after[order]
    count = np.bincount(of, minlength=len(day))
    ends = pa.array(np.concatenate([[0], np.cumsum(count)]).astype(np.int32))
    top = np.zeros(len(day), dtype=np.int32)
    starts = np.flatnonzero(changes(of))
    if len(of):
        top[of[starts]] = np.maximum.reduceat(rank, starts)
    return {
        "category_rank": top,
        "category_entropy_step": np.bincount(of, n_log_n_step(rank), minlength=len(day)).astype(np.float64),
        "category_ranks": pa.ListArray.from_arrays(ends, pa.array(rank.astype(np.int32))),
        "category_next_days": pa.ListArray.from_arrays(ends, pa.array(after, mask=~follows)),
    }


def n_log_n_step(rank: Ints) -> Any:
    """Return n log n - (n - 1) log(n - 1) of ranks from 0 or 1 on."""
    n = np.maximum(rank, 1).astype(np.float64)
    before = np.maximum(n - 1, 1.0)
    return n * np.log(n) - before * np.log(before)
