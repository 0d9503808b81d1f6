"""How sure an expected profit is: errors that all customers share, which no averaging over them removes."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from setia.errors import InputError
from setia.policy.profit import Expected
from setia.policy.stakes import Array

#: An 80 % interval reaches so many standard deviations to both sides.
REACH = 1.2816


@dataclass(frozen=True)
class Doubt:
    """Relative standard errors of what decides: of the value forecast, of the risk, and of what the offer achieves.

    The first two are what backtests show of whole bases (DECISIONS.md, "Decisions"); the last is a guess until a
    campaign has been read back.

    Raises:
        InputError: one is negative.
    """

    value: float = 0.15
    risk: float = 0.1
    keep: float = 0.3

    def __post_init__(self) -> None:
        for name in ("value", "risk", "keep"):
            if getattr(self, name) < 0:
                raise InputError(f"policy.doubt.{name}={getattr(self, name)} must not be negative.")

    @property
    def spread(self) -> float:
        """The standard deviation of the logarithm of what is saved."""
        return sqrt(self.value**2 + self.risk**2 + self.keep**2)


@dataclass(frozen=True)
class Sureness:
    """Of each contact, shape (customers,): the 80 % bounds of its expected profit, and the chance that it pays."""

    lo: Array
    hi: Array
    pays: Array


def sureness(expected: Expected, doubt: Doubt) -> Sureness:
    """Return how sure each expected profit is: what is saved is log-normal around what is expected."""
    from scipy.special import ndtr

    spread = doubt.spread
    lo, hi = (expected.saved * np.exp(sign * REACH * spread) - expected.cost for sign in (-1.0, 1.0))
    if spread == 0:
        return Sureness(lo, hi, (expected.profit > 0).astype(np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(expected.saved) - np.log(np.maximum(expected.cost, 0.0))
    ratio = np.where(expected.saved > 0, ratio, -np.inf)
    return Sureness(np.minimum(lo, hi), np.maximum(lo, hi), np.asarray(ndtr(ratio / spread)))
