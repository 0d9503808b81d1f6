"""Which categories customers have bought by the end of a day, by name, and which of them they bought next."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from setia.engine import Chunks, Engine, Frame
from setia.history.runs import Floats, Ints, Mask, changes, sorting, sums

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class CategoryDays:
    """What each customer bought of each category on each day, in pieces of whole customers. They reach past any cutoff.

    `names`: the customers' ids, where `customer_id` is a place in them (null: it is the id itself).
    """

    chunks: Chunks
    names: pa.Array | None

    def ids(self, customers: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return the ids of customers as the pieces name them."""
        import pyarrow as pa

        return customers if self.names is None else pa.chunked_array([self.names]).take(customers)


@dataclass(frozen=True)
class Shelf:
    """What some customers had bought by the end of a day; every one of them had bought something.

    `ids`: the customers. `owned`: whether each category was bought within the look-back, shape (customers,
    categories). Of shape (customers,): `purchases` (days) ever, `recent` within the last horizon, `since_days` the last
    one, `tenure_days` since the first.
    """

    ids: pa.ChunkedArray
    owned: Mask
    purchases: Ints
    recent: Ints
    since_days: Ints
    tenure_days: Ints

    def rows(self, chosen: slice) -> Shelf:
        """Return some of the customers."""
        return Shelf(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True)
class Stock:
    """What was known by the end of a day: names of `categories`, how many `customers` had bought, `first_day` of it."""

    categories: tuple[str, ...]
    customers: int
    first_day: int


def category_days(lines: Frame, engine: Engine) -> CategoryDays:
    """Add up a clean log with categories by customer, day and category.

    Pieces have `customer_id`, `day`, `category` (null: not named), `bought` (whether anything was, beside refunds) and
    `value` (net; without amounts 1).
    """
    names = lines.collect_schema().names()
    used = [name for name in ("customer_id", "day", "category", "amount") if name in names]
    numbered = engine.numbered(lines.select(used), ())
    order = tuple(name for name in ("day", "category", "amount") if name in names)
    return CategoryDays(engine.chunked(numbered.frame, order, category_days_of, "category_days"), numbered.names)


def category_days_of(lines: pa.Table) -> pa.Table:
    """Add up lines of whole customers, sorted by customer and day, as `category_days` says."""
    import pyarrow as pa
    import pyarrow.compute as pc

    new = changes(lines["customer_id"]) | changes(lines["day"].to_numpy())
    codes = lines["category"].combine_chunks().dictionary_encode()
    if isinstance(codes, pa.ChunkedArray):
        codes = codes.combine_chunks()
    code = codes.indices.fill_null(len(codes.dictionary)).to_numpy().astype(np.int64)
    key = (np.cumsum(new) - 1) * (len(codes.dictionary) + 1) + code
    order = sorting(key)
    starts = np.flatnonzero(changes(key[order]))
    amount: Any = np.ones(len(key))
    if "amount" in lines.column_names:
        amount = pc.fill_null(lines["amount"].cast(pa.float64()), 0.0).to_numpy()
    first = pa.array(order[starts])
    return pa.table(
        {
            "customer_id": lines["customer_id"].take(first),
            "day": lines["day"].take(first),
            "category": lines["category"].take(first),
            "bought": sums((amount > 0).astype(np.int64)[order], starts) > 0,
            "value": sums(amount[order], starts) if "amount" in lines.column_names else np.ones(len(starts)),
        }
    )


def stock_at(days: CategoryDays, cutoff: int, most: int) -> Stock:
    """Return what was known by the end of a day, with the `most` categories that most customers bought."""
    known = days.chunks.frame().filter((nw.col("day") <= cutoff) & nw.col("bought"))
    pairs = known.filter(~nw.col("category").is_null()).select("customer_id", "category").unique()
    counted = _rows(pairs.group_by("category").agg(customers=nw.len()))
    counted.sort(key=lambda row: (-row["customers"], row["category"]))
    firsts = known.group_by("customer_id").agg(day=nw.col("day").min())
    (total,) = _rows(firsts.select(customers=nw.len(), day=nw.col("day").min()))
    first_day = cutoff if total["day"] is None else total["day"]
    return Stock(tuple(row["category"] for row in counted[:most]), total["customers"], first_day)


def every_nth(piece: pa.Table, step: int) -> pa.Table:
    """Return the rows of every nth customer of a piece."""
    import pyarrow as pa

    return piece.filter(pa.array((np.cumsum(changes(piece["customer_id"])) - 1) % step == 0))


def shelf_of(piece: pa.Table, cutoff: int, horizon_days: int, look_back_days: int, names: tuple[str, ...]) -> Shelf:
    """Return what the customers of a piece had bought by the end of a day, of the named categories."""
    import pyarrow as pa

    day, bought = piece["day"].to_numpy().astype(np.int64), piece["bought"].to_numpy()
    rows = np.flatnonzero(bought & (day <= cutoff))
    day = day[rows]
    new = changes(piece["customer_id"].take(pa.array(rows)))
    customer = np.cumsum(new) - 1
    visit = new | changes(day)
    count = int(new.sum())
    code = _codes(piece["category"].take(pa.array(rows)), names)
    held = (code >= 0) & (day > cutoff - look_back_days)
    owned = np.zeros((count, len(names)), dtype=bool)
    owned[customer[held], code[held]] = True
    first = np.flatnonzero(new)
    last = np.r_[first[1:], len(rows)][:count] - 1
    return Shelf(
        piece["customer_id"].take(pa.array(rows[first])),
        owned,
        np.bincount(customer[visit], minlength=count),
        np.bincount(customer[visit & (day > cutoff - horizon_days)], minlength=count),
        cutoff - day[last],
        cutoff - day[first],
    )


def bought_next(
    piece: pa.Table, shelf: Shelf, cutoff: int, horizon_days: int, names: tuple[str, ...]
) -> tuple[Mask, Floats]:
    """Return what the customers of a shelf bought within the horizon, and for how much; (customers, categories)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    day = piece["day"].to_numpy().astype(np.int64)
    rows = np.flatnonzero((day > cutoff) & (day <= cutoff + horizon_days))
    customers = piece["customer_id"].take(pa.array(rows))
    place = pc.fill_null(pc.index_in(customers, shelf.ids.combine_chunks()), -1).to_numpy()
    code = _codes(piece["category"].take(pa.array(rows)), names)
    kept = (place >= 0) & (code >= 0)
    key = place[kept].astype(np.int64) * len(names) + code[kept]
    rows = rows[kept]
    size = shelf.owned.size
    money = np.bincount(key, piece["value"].to_numpy()[rows], minlength=size)
    any_bought = np.bincount(key, piece["bought"].to_numpy()[rows], minlength=size) > 0
    return any_bought.reshape(shelf.owned.shape), money.astype(np.float64).reshape(shelf.owned.shape)


def _rows(frame: Frame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = frame.collect("pyarrow").to_native().to_pylist()
    return rows


def _codes(categories: pa.ChunkedArray, names: tuple[str, ...]) -> Ints:
    """Return the place of each category among the names, -1 where it is none of them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: Ints = pc.fill_null(pc.index_in(categories, pa.array(names, pa.string())), -1).to_numpy().astype(np.int64)
    return found
