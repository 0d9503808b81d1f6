"""What BG/NBD and MBG/NBD share: after a purchase a customer leaves with an own chance p, Beta(a, b) over all.

The BG/NBD lets nobody leave at the first purchase; the MBG/NBD does (`leaves_at_first`). With
q = r + frequency and b' = b + frequency (+ 1 if leaves_at_first), both have
L = Gamma(q) alpha^r / Gamma(r) B(a, b') / B(a, b) (alpha+T)^-q (1 + odds), where
odds = a / (b' - 1) ((alpha+T) / (alpha+recency))^q is dead : alive, and 0 for one-time buyers of the BG/NBD.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from setia.btyd.beta_mean import CappedGrowth
from setia.btyd.counts import Array, Counts, Frequencies, purchase_rate, rows, time_scale
from setia.btyd.discount import discounted
from setia.btyd.maximise import Optimum, Problem, best_start, maximise

_START_CUSTOMERS = 4000


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
        h, x, tx, t = rows(horizon, frequency, recency, T)
        tau = h / (self.alpha + t)
        return self.p_alive(x, tx, t) * CappedGrowth(self.a, _b(self, x), self.r + x, tau).at(tau)

    def p_none(
        self, horizon: npt.ArrayLike, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Return P(no purchase in (T, T + horizon] | history), exact, shape (customers,).

        1 - p_alive (1 - ((alpha+T) / (alpha+T+horizon))^q): whoever lives buys at a Gamma(q, alpha+T) rate
        until the next purchase, at the earliest.
        """
        h, x, tx, t = rows(horizon, frequency, recency, T)
        buys = -np.expm1(-(self.r + x) * np.log1p(h / (self.alpha + t)))
        return np.asarray(1.0 - self.p_alive(x, tx, t) * buys, dtype=np.float64)

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
        h, x, tx, t = rows(horizon, frequency, recency, T)
        scale = self.alpha + t
        growth = CappedGrowth(self.a, _b(self, x), self.r + x, h / scale)
        present = discounted(lambda u: growth.at(u / scale), h, discount_rate, scale)
        return self.p_alive(x, tx, t) * present


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
        for r, dwell, a, b in ((0.5, 1.0, 0.8, 2.5), (1.0, 0.5, 1.0, 1.0), (1.0, 1.0, 0.1, 2.0))
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
