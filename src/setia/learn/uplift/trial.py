"""What happened to whom in a campaign whose contacts were drawn at random."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from setia.errors import InputError
from setia.learn.predictor import Array, Matrix

#: Customers that each arm needs, so that each fold can be learnt from and measured.
FEWEST: Final = 50


@dataclass(frozen=True)
class Trial:
    """Features (rows, features); treated (1 or 0), outcome and chance of having been treated, each (rows,)."""

    X: Matrix
    treated: NDArray[np.int64]
    outcome: Array
    propensity: Array

    def __len__(self) -> int:
        return len(self.outcome)

    def only(self, rows: NDArray[np.bool_]) -> Trial:
        """Return the rows that a mask of shape (rows,) keeps."""
        return Trial(self.X[rows], self.treated[rows], self.outcome[rows], self.propensity[rows])

    def folds(self, folds: int, seed: int) -> NDArray[np.int64]:
        """Return a fold from 0 to `folds` - 1 per row, drawn so that each fold holds its share of both arms."""
        random = np.random.default_rng(seed)
        fold = np.empty(len(self), dtype=np.int64)
        for arm in (0, 1):
            rows = np.flatnonzero(self.treated == arm)
            fold[rows] = random.permutation(np.arange(len(rows)) % folds)
        return fold

    def capped(self, quantile: float) -> Trial:
        """Return the trial with large outcomes cut to a quantile of those that are not 0, and the total kept."""
        size = np.abs(self.outcome)
        if not size.any():
            return self
        most = float(np.quantile(size[size > 0], quantile))
        cut = np.clip(self.outcome, -most, most)
        # The total says how much the money that is cut off is worth; it may be near 0 where refunds abound.
        scale = float(size.sum() / np.abs(cut).sum())
        return replace(self, outcome=cut * scale)

    def weighed(self, if_treated: Array, if_not: Array) -> Array:
        """Return each row's doubly robust effect, shape (rows,), given forecasts of its outcome in both arms.

        Its mean over customers with the same features is their mean effect, however wrong the forecasts
        (Robins, Rotnitzky & Zhao 1994).
        """
        t, e, y = self.treated, self.propensity, self.outcome
        return if_treated - if_not + t / e * (y - if_treated) - (1 - t) / (1 - e) * (y - if_not)


def trial(X: Matrix, treated: ArrayLike, outcome: ArrayLike, propensity: ArrayLike) -> Trial:
    """Return the trial that the arrays tell of; `propensity` may be one chance for all.

    Raises:
        InputError: shapes differ, a value cannot be, or an arm is too small to learn from.
    """
    t, y = np.asarray(treated, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    if X.ndim != 2 or t.shape != (len(X),) or y.shape != (len(X),) or np.shape(propensity) not in ((), (len(X),)):
        raise InputError(
            f"Uplift needs one treatment, outcome and chance for each row of features, but their shapes are "
            f"{t.shape}, {y.shape}, {np.shape(propensity)} and {X.shape}."
        )
    if not np.isin(t, (0, 1)).all():
        raise InputError("Uplift compares two arms: `treated` must be 1 (contacted) or 0 (control) in every row.")
    if not np.isfinite(y).all():
        raise InputError("An outcome of the campaign is missing or infinite: give each customer one, 0 if none.")
    chance = np.broadcast_to(np.asarray(propensity, dtype=np.float64), y.shape)
    if not ((chance > 0) & (chance < 1)).all():
        raise InputError("A chance of treatment must lie between 0 and 1: uplift needs a randomised control group.")
    arms = {"treated": int(t.sum()), "control": int((1 - t).sum())}
    for name, rows in arms.items():
        if rows < FEWEST:
            raise InputError(
                f"The campaign has {rows:,} {name} customers; uplift cannot be learnt from fewer than {FEWEST} in each "
                f"arm. Keep a larger random control group, or wait for more outcomes."
            )
    return Trial(np.asarray(X, dtype=np.float32), t.astype(np.int64), y, chance)
