"""What BG/NBD and MBG/NBD share: after a purchase a customer leaves with an own chance p, Beta(a, b) over all.

The BG/NBD lets nobody leave at the first purchase; the MBG/NBD does (`leaves_at_first`). With
q = r + frequency and b' = b + frequency (+ 1 if leaves_at_first), both have
L = Gamma(q) alpha^r / Gamma(r) B(a, b') / B(a, b) (alpha+T)^-q (1 + odds), where
odds = a / (b' - 1) ((alpha+T) / (alpha+recency))^q is dead : alive, and 0 for one-time buyers of the BG/NBD.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from setia.btyd.beta_mean import CappedGrowth
from setia.btyd.counts import Array, Counts, Frequencies, horizon_rows, purchase_rate, rows, time_scale
from setia.btyd.discount import discounted, discounted_pairs
from setia.btyd.maximise import Optimum, Problem, best_start, maximise

_START_CUSTOMERS = 4000

#: A start for bases in which some left at once and the others, much alike, are still buying: (r, share of the
#: time that is lived, a, b).
_TWO_CLUMPS = (10.0, 0.5, 0.3, 0.3)


@dataclass(frozen=True)
class BetaGeometricNBD:
    """The fitted parameters and what follows from them; alpha is in the unit of time of the counts."""

    leaves_at_first: ClassVar[bool]

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    converged: bool

    def p_alive(self, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike) -> Array:
        """Return the probability of being active at T, shape (customers,)."""
        from scipy.special import expit

        x, tx, t = rows(frequency, recency, T)
        return np.asarray(expit(-_log_odds(self, x, tx, t)), dtype=np.float64)

    def expected_purchases(
        self, horizon: npt.ArrayLike, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Return E[purchases in (T, T + horizon] | history], shape (customers,).

        Fader, Hardie & Lee (2005) and Batislam et al. (2007) give closed forms with a 2F1; both equal
        p_alive E[(1 - (1 + p horizon / (alpha+T))^-q) / p] over p ~ Beta(a, b'), which is how it is computed.
        """
        h, x, tx, t = horizon_rows(horizon, frequency, recency, T)
        return self.p_alive(x, tx, t) * self._if_alive(h, x, t)

    def p_none(
        self, horizon: npt.ArrayLike, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Return P(no purchase in (T, T + horizon] | history), exact, shape (customers,).

        1 - p_alive (1 - ((alpha+T) / (alpha+T+horizon))^q): whoever lives buys at a Gamma(q, alpha+T) rate
        until the next purchase, at the earliest.
        """
        h, x, tx, t = horizon_rows(horizon, frequency, recency, T)
        return self._none(self.p_alive(x, tx, t), h, x, t)

    def _none(self, alive: Array, horizon: Array, x: Array, T: Array) -> Array:
        buys = -np.expm1(-(self.r + x) * np.log1p(horizon / (self.alpha + T)))
        return np.asarray(1.0 - alive * buys, dtype=np.float64)

    def _if_alive(self, horizon: Array, x: Array, T: Array) -> Array:
        tau = horizon / (self.alpha + T)
        return CappedGrowth(self.a, _b(self, x), self.r + x, tau).at(tau)

    def forecast(
        self, horizon: npt.ArrayLike, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike
    ) -> tuple[Array, Array, Array]:
        """Return `p_none`, `expected_purchases` and `p_alive` at once."""
        h, x, tx, t = horizon_rows(horizon, frequency, recency, T)
        alive = self.p_alive(x, tx, t)
        return self._none(alive, h, x, t), alive * self._if_alive(h, x, t), alive

    def dert(
        self,
        horizon: npt.ArrayLike,
        discount_rate: float,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        T: npt.ArrayLike,
    ) -> Array:
        """Return discounted expected purchases in (T, T + horizon], shape (customers,).

        `discount_rate` is continuous, per unit of time. No closed form is known; E[purchases] is integrated
        against it.
        """
        h, x, tx, t = horizon_rows(horizon, frequency, recency, T)
        return self.p_alive(x, tx, t) * self.dert_if_alive(h, discount_rate, x, t)

    def dert_if_alive(
        self, horizon: npt.ArrayLike, discount_rate: float, frequency: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Return `dert` of somebody who is active at T, shape (customers,)."""
        h, x, t = horizon_rows(horizon, frequency, T)
        scale = self.alpha + t
        growth = CappedGrowth(self.a, _b(self, x), self.r + x, h / scale)
        return discounted(lambda u: growth.at(u / scale), h, discount_rate, scale)

    def left_at(self, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike) -> Array:
        """Return when somebody who is no longer active at T left, shape (customers,): with the last purchase."""
        _, tx, _ = rows(frequency, recency, T)
        return tx

    def of_leavers(self) -> Self:
        """Return the model given that one has left: p ~ Beta(a + 1, .)."""
        return replace(self, a=self.a + 1.0)

    def square_if_alive(
        self, horizon: npt.ArrayLike, discount_rate: float, frequency: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Return E[Z^2], Z the discounted purchases in (T, T + horizon] of somebody active at T.

        Each purchase with itself, discounted twice, plus pairs: given rate and p, two purchases at t1 < t2 have
        the density rate^2 (1 - p) exp(-rate p t2). Its mean is q (q+1) / (alpha+T)^2 times b' / (a+b') times
        E[(1 + p t2 / (alpha+T))^-(q+2)] over p ~ Beta(a, b'+1).
        """
        h, x, t = horizon_rows(horizon, frequency, T)
        q, b, scale = self.r + x, _b(self, x), self.alpha + t
        # 1 - p (1 - (1 + p tau)^-(q+2)) / p: the p before the fraction makes of Beta(a, .) a Beta(a+1, .)
        growth = CappedGrowth(self.a + 1.0, b + 1.0, q + 2.0, h / scale)
        pairs = discounted_pairs(
            lambda u: 1.0 - self.a / (self.a + b + 1.0) * growth.at(u / scale), h, discount_rate, scale / (q + 2.0)
        )
        own = self.dert_if_alive(h, 2 * discount_rate, x, t)
        return np.asarray(own + q * (q + 1.0) / scale**2 * b / (self.a + b) * pairs, dtype=np.float64)

    def silence_if_alive(
        self, horizon: npt.ArrayLike, frequency: npt.ArrayLike, T: npt.ArrayLike
    ) -> tuple[Array, Array]:
        """Return what a silence over (T, T + horizon] is to somebody active at T, two arrays (customers,).

        The chance of no purchase, and that of no purchase and still being active at T + horizon: the same
        here, for nobody leaves but after a purchase.
        """
        h, x, t = horizon_rows(horizon, frequency, T)
        none = np.exp(-(self.r + x) * np.log1p(h / (self.alpha + t)))
        return none, none


def _b(model: BetaGeometricNBD, x: Array) -> Array:
    return np.asarray(model.b + x + float(model.leaves_at_first), dtype=np.float64)


def _log_odds(model: BetaGeometricNBD, x: Array, tx: Array, t: Array) -> Array:
    """Return log(dead : alive) at T; -inf for one-time buyers where nobody leaves at the first purchase."""
    b = model.b + x + (0.0 if model.leaves_at_first else -1.0)
    may_leave = np.full(x.shape, True) if model.leaves_at_first else x > 0
    q = model.r + x
    odds = np.log(model.a) - np.log(np.where(may_leave, b, 1.0)) + q * np.log((model.alpha + t) / (model.alpha + tx))
    return np.where(may_leave, odds, -np.inf)


def climb(counts: Counts, leaves_at_first: bool, penalty: float) -> tuple[Array, Optimum]:
    """Return (r, alpha, a, b) and the optimum, by weighted maximum likelihood over distinct rows."""
    scale = time_scale(counts)
    rate = purchase_rate(counts) * scale
    starts = [
        np.log([r, r * dwell / rate, a, b])
        for r, dwell, a, b in ((0.5, 1.0, 0.8, 2.5), _TWO_CLUMPS, (1.0, 1.0, 0.1, 2.0))
    ]
    few = counts.thin(_START_CUSTOMERS)
    rough = Problem(Score(few, scale, leaves_at_first), starts[0], few.customers, penalty)
    begin = best_start(rough, starts)
    whole = Problem(Score(counts, scale, leaves_at_first), starts[0], counts.customers, penalty)
    found = maximise(whole, begin.theta, begin.inverse_curvature)
    shift = float(counts.weight @ counts.frequency) * np.log(scale)
    values = np.exp(found.theta) * np.array([1.0, scale, 1.0, 1.0])
    return values, replace(found, log_likelihood=float(found.log_likelihood - shift))


class Score:
    """Log-likelihood and gradient at log(r, alpha, a, b), time in units of `scale`."""

    def __init__(self, counts: Counts, scale: float, leaves_at_first: bool) -> None:
        self.x, self.weight = counts.frequency, counts.weight
        self.tx, self.T = counts.recency / scale, counts.T / scale
        self.first = float(leaves_at_first)
        self.may_leave = (counts.frequency > 0) | leaves_at_first
        self.frequencies = Frequencies.of(counts)

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Return the log-likelihood of all customers and its gradient."""
        from scipy.special import betaln, expit, gammaln, psi

        r, alpha, a, b = (float(v) for v in np.exp(theta))
        w, q, first = self.weight, self.x + r, self.first
        log_t, log_tx = np.log(alpha + self.T), np.log(alpha + self.tx)
        left = np.where(self.may_leave, b + self.x + first - 1.0, 1.0)
        odds = np.where(self.may_leave, np.log(a / left) + q * (log_t - log_tx), -np.inf)
        dead = expit(odds)
        value = float(w @ (np.logaddexp(0.0, odds) - q * log_t)) + self.frequencies.sum(
            lambda x: gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x + first) - betaln(a, b)
        )
        since = log_t - log_tx
        by_r = dead * since - log_t
        by_alpha = dead * q * (1 / (alpha + self.T) - 1 / (alpha + self.tx)) - q / (alpha + self.T)
        gone = float(w @ dead)
        pairs = self.frequencies.sum
        slopes = np.array(
            [
                w @ by_r + pairs(lambda x: psi(r + x) - psi(r) + np.log(alpha)),
                w @ by_alpha + r / alpha * w.sum(),
                gone / a + pairs(lambda x: psi(a + b) - psi(a + b + x + first)),
                -float(w @ (dead / left)) + pairs(lambda x: _by_b(a, b, x + first)),
            ]
        )
        return value, slopes * np.array([r, alpha, a, b])


def _by_b(a: float, b: float, x: Array) -> Array:
    from scipy.special import psi

    return np.asarray(psi(b + x) - psi(a + b + x) - psi(b) + psi(a + b), dtype=np.float64)
