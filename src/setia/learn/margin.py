"""From revenue to profit: the share that is left of a customer's money, between their own and the base's.

Credibility (Bühlmann & Straub 1970): the own share counts the more, the more money it rests on. Twice: the whole
history beside the base, and the last half year beside that, since a once profitable customer can turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from setia.learn.clv import Lifetime
from setia.learn.predictor import Array, Matrix
from setia.panel import Panel

#: The features that the share goes by: all and the last 180 days, of spend and of profit.
SPEND: Final = ("spend_total", "spend_180d")
PROFIT: Final = ("profit_total", "profit_180d")
#: How much spend the prior is worth, tried in units of the mean spend within the horizon.
WORTH: Final = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
#: An 80 % interval reaches so many standard deviations to both sides.
REACH: Final = 1.2816
_TINY: Final = 1e-9


@dataclass(frozen=True)
class Margin:
    """What is left of each unit of a customer's money.

    `share`: of the base. `long_worth`, `recent_worth`: the money that the base's share is worth against a customer's
    whole history, and that share against the last 180 days. `wobble`: variance of a customer's own share around what
    is said of it; `noise`: further variance of the profit on one unit of money, which evens out.
    """

    share: float
    long_worth: float
    recent_worth: float
    wobble: float
    noise: float

    def of(self, X: Matrix, names: Sequence[str]) -> Array:
        """Return the share of each row of features, shape (rows,); negative where the customer costs more."""
        return _share(self.share, self.long_worth, self.recent_worth, *_history(X, names))

    def bounds(self, share: Array, mean: Array, lo: Array, hi: Array) -> tuple[Array, Array]:
        """Return the 80 % bounds of profit from those of revenue around its mean, each of shape (rows,).

        The spread of revenue and that of the share are taken to be independent. A bound of no revenue is one of no
        profit.
        """
        z = REACH * np.sqrt(self.wobble + self.noise / np.maximum(np.abs(mean), _TINY)) * np.abs(mean)
        below, above = (mean - lo) * np.abs(share), (hi - mean) * np.abs(share)
        down, up = np.where(share < 0, above, below), np.where(share < 0, below, above)
        profit = share * mean
        low, high = profit - np.sqrt(down**2 + z**2), profit + np.sqrt(up**2 + z**2)
        nothing_low, nothing_high = np.where(share < 0, hi == 0, lo == 0), np.where(share < 0, lo == 0, hi == 0)
        return np.where(nothing_low, 0.0, low), np.where(nothing_high, 0.0, high)

    def lifetime(self, ahead: Lifetime, share: Array) -> Lifetime:
        """Return the value over the years ahead as profit. Who costs more than they bring puts nothing at risk: the
        value at risk is below zero."""
        lo, hi = self.bounds(share, ahead.clv, ahead.lo, ahead.hi)
        scaled = {name: share * getattr(ahead, name) for name in Lifetime.__dataclass_fields__}
        return replace(Lifetime(**scaled), lo=lo, hi=hi)

    def as_dict(self) -> dict[str, float]:
        """Return the numbers, for JSON."""
        return asdict(self)

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> Margin:
        """Read back what `as_dict` gave."""
        return Margin(**content)


def fit_margin(seen: Panel) -> Margin:
    """Learn how far own history tells the share of profit in what comes next.

    `seen` has profit beside value. The squared error per unit of money decides; rows without money tell nothing.
    """
    assert seen.profit is not None
    paid = seen.value > _TINY
    value, profit = seen.value[paid], seen.profit[paid]
    history = _history(seen.X[paid], seen.names)
    total = float(history[0].sum())
    share = float(history[2].sum()) / total if total > 0 else 0.0
    if not len(value):
        return Margin(share, 1.0, 1.0, 0.0, 0.0)
    unit = float(value.mean())

    def off(long: float, recent: float) -> float:
        said = _share(share, long * unit, recent * unit, *history)
        return float(np.mean((profit - said * value) ** 2 / value))

    long, recent = min(((a, b) for a in WORTH for b in WORTH), key=lambda pair: off(*pair))
    said = _share(share, long * unit, recent * unit, *history)
    wobble, noise = _spread(profit - said * value, value)
    return Margin(share, long * unit, recent * unit, wobble, noise)


def _history(X: Matrix, names: Sequence[str]) -> tuple[Array, Array, Array, Array]:
    found = [np.nan_to_num(X[:, names.index(name)].astype(np.float64)) for name in (*SPEND, *PROFIT)]
    return np.maximum(found[0], 0.0), np.maximum(found[1], 0.0), found[2], found[3]


def _share(
    share: float, long_worth: float, recent_worth: float, spend: Array, lately: Array, profit: Array, of_late: Array
) -> Array:
    own = (profit + long_worth * share) / (spend + long_worth)
    return np.asarray((of_late + recent_worth * own) / (lately + recent_worth))


def _spread(residual: Array, value: Array) -> tuple[float, float]:
    """Return variances a, b >= 0 of least squares: residual² / value = a value + b; money counts, not heads."""
    from scipy.optimize import nnls

    weight = 1.0 / (value + value.mean())
    design = np.column_stack([value, np.ones(len(value))]) * weight[:, None]
    (wobble, noise), _ = nnls(design, residual**2 / value * weight)
    return float(wobble), float(noise)
