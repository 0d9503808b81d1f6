"""Buy-till-you-die models: who is still alive, how often will they buy again, and for how much.

Numbers in, numbers out: arrays of frequency, recency and T in any unit of time. `compress` the customers
once, `fit` a model to the distinct rows, ask it about the distinct rows, and spread the answer with the index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

import numpy.typing as npt

from setia.btyd import bg_nbd, gamma_gamma, mbg_nbd, pareto_nbd
from setia.btyd.bg_nbd import BGNBD
from setia.btyd.counts import Array, Counts, compress
from setia.btyd.gamma_gamma import GammaGamma
from setia.btyd.mbg_nbd import MBGNBD
from setia.btyd.pareto_nbd import ParetoNBD


class Model(Protocol):
    """What every fitted purchase model answers; arguments broadcast, answers have shape (customers,).

    `horizon` and `discount_rate` (continuous) are in the unit of time of the counts the model was fitted to.
    A horizon that is negative or not finite raises InputError.
    """

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood of the customers it was fitted to."""

    @property
    def converged(self) -> bool:
        """Whether the fit came to rest; a parameter without a finite optimum rests at the edge of its reach."""

    def p_alive(self, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike) -> Array:
        """Return the probability of being active at T. Never rank by the BG/NBD's: one-time buyers get 1."""

    def expected_purchases(
        self, horizon: npt.ArrayLike, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Return the expected number of purchases in (T, T + horizon]."""

    def p_none(
        self, horizon: npt.ArrayLike, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Return the exact probability of no purchase in (T, T + horizon]."""

    def forecast(
        self, horizon: npt.ArrayLike, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike
    ) -> tuple[Array, Array, Array]:
        """Return `p_none`, `expected_purchases` and `p_alive` at once, in less time than one by one."""

    def dert(
        self,
        horizon: npt.ArrayLike,
        discount_rate: float,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        T: npt.ArrayLike,
    ) -> Array:
        """Return discounted expected residual transactions: purchases in (T, T + horizon], discounted to T."""

    def dert_if_alive(
        self, horizon: npt.ArrayLike, discount_rate: float, frequency: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Return `dert` of somebody active at T: `dert` is this times `p_alive`."""

    def left_at(self, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike) -> Array:
        """Return when somebody who is no longer active at T left: a moment from recency to T that stands for all."""

    def of_leavers(self) -> Model:
        """Return the model as having left bears on it: `dert_if_alive` of it at `left_at` is what one who has left
        would have gone on to buy, had they stayed active then."""

    def square_if_alive(
        self, horizon: npt.ArrayLike, discount_rate: float, frequency: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Return E[Z^2], Z the discounted purchases in (T, T + horizon] of somebody active at T."""

    def silence_if_alive(
        self, horizon: npt.ArrayLike, frequency: npt.ArrayLike, T: npt.ArrayLike
    ) -> tuple[Array, Array]:
        """Return, for somebody active at T, the chances of no purchase in (T, T + horizon], and of that and
        still being active at its end."""


#: How each purchase model is fitted, by the name that settings and reports use.
FITS: Final[Mapping[str, Callable[[Counts], Model]]] = {
    "bg_nbd": bg_nbd.fit,
    "mbg_nbd": mbg_nbd.fit,
    "pareto_nbd": pareto_nbd.fit,
}

__all__ = [
    "BGNBD",
    "FITS",
    "MBGNBD",
    "Array",
    "Counts",
    "GammaGamma",
    "Model",
    "ParetoNBD",
    "bg_nbd",
    "compress",
    "gamma_gamma",
    "mbg_nbd",
    "pareto_nbd",
]
