"""The panel: features and outcomes, one row per customer and cutoff; the only hand-over from engine to memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from setia.errors import InputError

Array = NDArray[np.float64]
#: What a shop compares when it asks who comes less: the last month beside the quarter before it.
RECENT_DAYS, FORMER_DAYS = 30, 90
_PER_ROW = (
    *("customer_id", "cutoff", "X", "defected", "value", "purchases"),
    *("past_value", "last_value", "last_purchases", "recent_purchases", "former_purchases"),
)
#: There where value is counted as profit.
_IN_PROFIT = ("profit", "past_profit", "last_profit")


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
    of all history, `last_value` and `last_purchases` those of the last `horizon` days before the cutoff,
    `recent_purchases` those of the last `RECENT_DAYS` and `former_purchases` those of the `FORMER_DAYS` before these:
    what the simple rules go by. `also` are the labels of further definitions. Where value is counted as profit,
    `profit`, `past_profit` and `last_profit` are that beside `value`, `past_value` and `last_value`, the money before
    costs, from which models learn.
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
    recent_purchases: Array
    former_purchases: Array
    also: tuple[Array, ...] = ()
    profit: Array | None = None
    past_profit: Array | None = None
    last_profit: Array | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.cutoff)

    def rows(self, chosen: NDArray[Any] | slice) -> Panel:
        """Return the rows chosen by a mask, by indices or by a slice."""
        arrays = {name: getattr(self, name)[chosen] for name in self._arrays}
        return replace(self, **arrays, also=tuple(labels[chosen] for labels in self.also))

    def by(self, place: int) -> Panel:
        """Return the same panel with the labels of another definition, `also[place]`, and no others."""
        return replace(self, defected=self.also[place], also=())

    @property
    def _arrays(self) -> tuple[str, ...]:
        return _PER_ROW if self.profit is None else (*_PER_ROW, *_IN_PROFIT)

    def as_valued(self) -> Panel:
        """Return the panel with profit for value where value is counted so: what is judged, and what rules go by."""
        if self.profit is None or self.past_profit is None or self.last_profit is None:
            return self
        return replace(self, value=self.profit, past_value=self.past_profit, last_value=self.last_profit)

    @property
    def yearly_value(self) -> Array:
        """What each customer would bring in a year at their own pace so far, shape (rows,): what is lost with them."""
        return np.maximum(self.past_value, 0.0) / (self.column("T_days") + 1.0) * 365.0

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


def stack(parts: Sequence[Panel]) -> Panel:
    """Put panels with the same features under each other."""
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in parts[0]._arrays
    }
    also = tuple(np.concatenate(labels) for labels in zip(*(part.also for part in parts), strict=True))
    return replace(parts[0], **arrays, also=also)
