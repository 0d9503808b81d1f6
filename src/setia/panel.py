"""The panel: features and outcomes, one row per customer and cutoff; the only hand-over to memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from setia import value
from setia.defection.definition import Definition
from setia.engine import Engine, Frame
from setia.errors import InputError
from setia.features import Feature, build
from setia.history import Future, History, Prepared, future, history
from setia.progress import SILENT, Progress

if TYPE_CHECKING:
    import pyarrow as pa

Array = NDArray[np.float64]
_PER_ROW = (
    *("customer_id", "cutoff", "X", "defected", "value", "purchases"),
    *("past_value", "last_value", "last_purchases"),
)


@dataclass(frozen=True)
class PanelSettings:
    """How large a panel may grow.

    `max_rows`: above this many (customer, cutoff) rows the customers are thinned evenly. `max_fit_rows`: a
    forest grows on at most so many of them, drawn at random; all are judged.

    Raises:
        InputError: one is less than 1.
    """

    max_rows: int = 1_000_000
    max_fit_rows: int = 150_000

    def __post_init__(self) -> None:
        for name in ("max_rows", "max_fit_rows"):
            if getattr(self, name) < 1:
                raise InputError(f"panel.{name}={getattr(self, name)} must be at least 1.")


@dataclass(frozen=True)
class Panel:
    """Features `X` of shape (rows, features), float32 with NaN for missing, and what came of each row.

    `value` is money (or purchases) within the horizon, `purchases` counts purchase days in it, `defected`
    is 1 / 0 or NaN where the definition does not apply or cannot be known yet. `past_value` is the value
    of all history, `last_value` and `last_purchases` those of the last `horizon` days before the cutoff:
    what the simple rules go by.
    """

    customer_id: NDArray[np.object_]
    cutoff: NDArray[np.int64]
    names: tuple[str, ...]
    X: NDArray[np.float32]
    defected: Array
    value: Array
    purchases: Array
    past_value: Array
    last_value: Array
    last_purchases: Array

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.cutoff)

    def rows(self, chosen: NDArray[Any]) -> Panel:
        """Return the rows chosen by a mask or by indices."""
        arrays = {name: getattr(self, name)[chosen] for name in _PER_ROW}
        return replace(self, **arrays)

    def at(self, cutoffs: Sequence[int] | int) -> Panel:
        """Return the rows of one or several cutoffs."""
        wanted = [cutoffs] if isinstance(cutoffs, int) else list(cutoffs)
        return self.rows(np.isin(self.cutoff, wanted))

    def sample(self, rows: int, seed: int) -> Panel:
        """Return at most so many rows, drawn at random without replacement, in their order."""
        if len(self) <= rows:
            return self
        return self.rows(np.sort(np.random.default_rng(seed).choice(len(self), rows, replace=False)))

    def column(self, name: str) -> Array:
        """Return one feature as float64, shape (rows,)."""
        return self.X[:, self.names.index(name)].astype(np.float64)


def _money(days: Frame, basis: str, prefix: str) -> Frame:
    return (
        days.with_columns(day_value=value.of_days(basis), day_purchase=nw.col("is_purchase").cast(nw.Float64))
        .group_by("customer_id")
        .agg(
            nw.col("day_value").sum().cast(nw.Float64).alias(f"{prefix}_value"),
            nw.col("day_purchase").sum().cast(nw.Float64).alias(f"{prefix}_purchases"),
        )
    )


def with_outcomes(rows: Frame, past: History, ahead: Future, definition: Definition, basis: str) -> Frame:
    """Join to rows of customers: defected, and value and purchases of the future, the past, the last horizon.

    Null where nothing happened, which the panel reads as zero, or (defected) where it is not known.
    """
    last = past.days.filter(nw.col("age_days") < ahead.horizon_days)
    for found in (
        definition.label(past, ahead),
        _money(ahead.days, basis, "future"),
        _money(past.days, basis, "past"),
        _money(last, basis, "last"),
    ):
        rows = rows.join(found, on="customer_id", how="left")
    return rows


def matrix(table: pa.Table, features: Sequence[Feature]) -> NDArray[np.float32]:
    """Return the feature columns of an Arrow table as float32 of shape (rows, features), NaN for null."""
    X = np.empty((table.num_rows, len(features)), dtype=np.float32)
    for j, feature in enumerate(features):
        X[:, j] = table[feature.name].to_numpy()
    return X


def make_panel(
    prepared: Prepared,
    cutoffs: Sequence[int],
    horizon_days: int,
    features: Sequence[Feature],
    definition: Definition,
    basis: str,
    engine: Engine,
    *,
    progress: Progress = SILENT,
) -> Panel:
    """Build features and outcomes at every cutoff, one query each, ordered by cutoff and customer."""
    parts = []
    for cutoff in progress.each(cutoffs, "features", len(cutoffs)):
        past, ahead = history(prepared, cutoff), future(prepared, cutoff, horizon_days)
        rows = with_outcomes(build(past, tuple(features)), past, ahead, definition, basis)
        parts.append(_rows_at(engine.arrow(rows.sort("customer_id")), cutoff, features))
    return stack(parts)


def stack(parts: Sequence[Panel]) -> Panel:
    """Put panels with the same features under each other."""
    arrays: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _PER_ROW}
    return replace(parts[0], **arrays)


def _rows_at(table: pa.Table, cutoff: int, features: Sequence[Feature]) -> Panel:
    def floats(name: str) -> Array:
        return np.asarray(table[name].to_numpy(), dtype=np.float64)

    def sums(name: str) -> Array:
        # Engines add up in another order each time; the last bits, which that decides, are cut off, so
        # that the same seed gives the same models.
        return np.asarray(np.round(np.nan_to_num(floats(name)), 6), dtype=np.float64)

    return Panel(
        customer_id=table["customer_id"].to_numpy(),
        cutoff=np.full(table.num_rows, cutoff, dtype=np.int64),
        names=tuple(feature.name for feature in features),
        X=matrix(table, features),
        defected=floats("defected"),
        value=sums("future_value"),
        purchases=sums("future_purchases"),
        past_value=sums("past_value"),
        last_value=sums("last_value"),
        last_purchases=sums("last_purchases"),
    )


def thin(lines: Frame, customers: int, cutoffs: int, max_rows: int) -> Frame:
    """Keep every k-th customer, in the order of their ids, where the panel would outgrow `max_rows`.

    A systematic sample: the same customers at every cutoff, the same on every engine, and even over
    ids that were given out in the order of joining.
    """
    every = min(-(-customers * cutoffs // max_rows), customers)
    if every <= 1:
        return lines
    kept = (
        lines.select("customer_id")
        .unique()
        .with_columns(one=nw.lit(1))
        .with_columns(place=nw.col("one").cum_sum().over(order_by="customer_id"))
        .filter(nw.col("place") % every == 0)
        .select("customer_id")
    )
    return lines.join(kept, on="customer_id", how="inner")
