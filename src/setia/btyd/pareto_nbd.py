"""Pareto/NBD (Schmittlein, Morrison & Colombo 1987): customers buy at random and may leave at any moment.

Purchase rates are Gamma(r, alpha), dropout rates Gamma(s, beta) over customers. After Fader & Hardie (2005),
"A Note on Deriving the Pareto/NBD Model and Related Expressions".
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from setia.btyd.counts import Array, Counts, Frequencies, horizon_rows, purchase_rate, rows, time_scale
from setia.btyd.discount import discounted, discounted_pairs
from setia.btyd.maximise import PENALTY, Problem, best_start, maximise
from setia.btyd.pareto_integral import Silence, silence
from setia.btyd.quadrature import unit_nodes

_START_CUSTOMERS = 2000
#: Points at which the moment of leaving is looked at.
LEFT_NODES = 24

#: A start for bases in which some left at once and the others, much alike, are still buying: (r, share of the
#: time that is lived, s, beta). The others take those who left for slow buyers (r below 1), and do not find back.
_TWO_CLUMPS = (10.0, 0.5, 0.3, 0.01)


@dataclass(frozen=True)
class ParetoNBD:
    """A fitted Pareto/NBD; alpha and beta are in the unit of time of the counts it was fitted to."""

    r: float
    alpha: float
    s: float
    beta: float
    log_likelihood: float
    converged: bool

    def p_alive(self, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike) -> Array:
        """Return the probability of being active at T, shape (customers,)."""
        x, tx, t = rows(frequency, recency, T)
        return _alive(silence(self.alpha, self.s, self.beta, self.r + x, tx, t))

    def expected_purchases(
        self, horizon: npt.ArrayLike, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Return E[purchases in (T, T + horizon] | history], shape (customers,)."""
        h, x, tx, t = horizon_rows(horizon, frequency, recency, T)
        return self.p_alive(x, tx, t) * self._if_alive(h, x, t)

    def _if_alive(self, horizon: Array, x: Array, T: Array) -> Array:
        from scipy.special import exprel

        # (1 - ((beta+T)/(beta+T+t))^(s-1)) / (s-1), written so that s = 1 is no exception
        grown = np.log1p(horizon / (self.beta + T))
        lifetime = (self.beta + T) * grown * exprel((1.0 - self.s) * grown)
        return np.asarray((self.r + x) / (self.alpha + T) * lifetime, dtype=np.float64)

    def p_none(
        self, horizon: npt.ArrayLike, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Return P(no purchase in (T, T + horizon] | history), exact, shape (customers,).

        It is the likelihood of the same history with the silence lasting until T + horizon, over that of the
        history: not exp(-expected_purchases), which takes a mixture for a Poisson.
        """
        return self.forecast(horizon, frequency, recency, T)[0]

    def forecast(
        self, horizon: npt.ArrayLike, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike
    ) -> tuple[Array, Array, Array]:
        """Return `p_none`, `expected_purchases` and `p_alive` at once: they share what takes the time."""
        h, x, tx, t = horizon_rows(horizon, frequency, recency, T)
        now = silence(self.alpha, self.s, self.beta, self.r + x, tx, t)
        then = silence(self.alpha, self.s, self.beta, self.r + x, tx, t + h)
        none = np.minimum((then.alive + then.dead) / (now.alive + now.dead), 1.0)
        alive = _alive(now)
        return none, alive * self._if_alive(h, x, t), alive

    def dert(
        self,
        horizon: npt.ArrayLike,
        discount_rate: float,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        T: npt.ArrayLike,
    ) -> Array:
        """Return discounted expected purchases in (T, T + horizon], shape (customers,).

        `discount_rate` is continuous, per unit of time. With a long horizon it meets the closed form
        of Fader, Hardie & Lee (2005), "RFM and CLV: Using Iso-Value Curves".
        """
        h, x, tx, t = horizon_rows(horizon, frequency, recency, T)
        return self.p_alive(x, tx, t) * self.dert_if_alive(h, discount_rate, x, t)

    def dert_if_alive(
        self, horizon: npt.ArrayLike, discount_rate: float, frequency: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Return `dert` of somebody who is active at T, shape (customers,)."""
        h, x, t = horizon_rows(horizon, frequency, T)
        return discounted(lambda u: self._if_alive(u, x, t), h, discount_rate, self.beta + t)

    def left_at(self, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike) -> Array:
        """Return when somebody who is no longer active at T left, shape (customers,): the moment of the mean rate.

        Of the moments at which they may have left, the one that tells of as high a rate of purchases as all of them do
        on average: (r + x) / (alpha + it) is the mean rate of those who have left.
        The moment has the density (alpha + t)^-(r + x) (beta + t)^-(s + 1) between the last purchase and T, up to a
        constant: by quadrature, denser towards the last purchase, where the frequent leave.
        """
        x, tx, t = (column[:, None] for column in rows(frequency, recency, T))
        u, weight = unit_nodes(LEFT_NODES)
        at = tx + (t - tx) * u**3
        log = -(self.r + x) * np.log(self.alpha + at) - (self.s + 1.0) * np.log(self.beta + at)
        density = np.exp(log - log[:, :1]) * u**2 * weight
        slow = density.sum(axis=1) / (density / (self.alpha + at)).sum(axis=1)
        return np.asarray(np.clip(slow - self.alpha, tx[:, 0], t[:, 0]), dtype=np.float64)

    def of_leavers(self) -> ParetoNBD:
        """Return the model given that one has left: mu ~ Gamma(s + 1, beta + time of leaving)."""
        return replace(self, s=self.s + 1.0)

    def square_if_alive(
        self, horizon: npt.ArrayLike, discount_rate: float, frequency: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Return E[Z^2], Z the discounted purchases in (T, T + horizon] of somebody active at T.

        Each purchase with itself, discounted twice, plus pairs: E[rate^2] times the chance of being active at
        the later one, ((beta+T) / (beta+T+t))^s. Without discount it is E[N] + E[rate^2] E[min(lifetime, horizon)^2].
        """
        h, x, t = horizon_rows(horizon, frequency, T)
        q, b = self.r + x, self.beta + t
        pairs = discounted_pairs(lambda u: np.exp(-self.s * np.log1p(u / b)), h, discount_rate, b / max(self.s, 1.0))
        own = self.dert_if_alive(h, 2 * discount_rate, x, t)
        return np.asarray(own + q * (q + 1.0) / (self.alpha + t) ** 2 * pairs, dtype=np.float64)

    def silence_if_alive(
        self, horizon: npt.ArrayLike, frequency: npt.ArrayLike, T: npt.ArrayLike
    ) -> tuple[Array, Array]:
        """Return what a silence over (T, T + horizon] is to somebody active at T, two arrays (customers,).

        The chance of no purchase, and that of no purchase and still being active at T + horizon.
        """
        h, x, t = horizon_rows(horizon, frequency, T)
        parts = silence(self.alpha, self.s, self.beta, self.r + x, t, t + h)
        return np.minimum(parts.alive + parts.dead, 1.0), parts.alive


def _alive(now: Silence) -> Array:
    return now.alive / (now.alive + now.dead)


def fit(counts: Counts, *, penalty: float = PENALTY) -> ParetoNBD:
    """Fit by weighted maximum likelihood over distinct rows.

    Climbs on about 2,000 customers from several starts, then on all of them from the best.
    `penalty` is explained in `maximise`; 0 is plain maximum likelihood.
    """
    scale = time_scale(counts)
    rate = purchase_rate(counts) * scale
    starts = [
        np.log([r, r * dwell / rate, s, b])
        for r, dwell, s, b in ((0.5, 1.0, 0.5, 0.5), _TWO_CLUMPS, (1.0, 1.0, 0.1, 2.0))
    ]
    few = counts.thin(_START_CUSTOMERS)
    begin = best_start(Problem(_Score(few, scale), starts[0], few.customers, penalty), starts)
    whole = Problem(_Score(counts, scale), starts[0], counts.customers, penalty)
    found = maximise(whole, begin.theta, begin.inverse_curvature)
    r, alpha, s, beta = (float(v) for v in np.exp(found.theta))
    shift = float(counts.weight @ counts.frequency) * np.log(scale)
    return ParetoNBD(r, alpha * scale, s, beta * scale, float(found.log_likelihood - shift), found.converged)


class _Score:
    """Log-likelihood and gradient at log(r, alpha, s, beta), time in units of `scale`."""

    def __init__(self, counts: Counts, scale: float) -> None:
        self.x, self.weight = counts.frequency, counts.weight
        self.tx, self.T = counts.recency / scale, counts.T / scale
        self.frequencies = Frequencies.of(counts)

    def __call__(self, theta: Array) -> tuple[float, Array]:
        from scipy.special import gammaln, psi

        r, alpha, s, beta = (float(v) for v in np.exp(theta))
        w, q, tx, t = self.weight, self.x + r, self.tx, self.T
        part = silence(alpha, s, beta, q, tx, t, moments=True)
        both = part.alive + part.dead
        log_a, log_b = np.log(alpha + tx), np.log(beta + tx)
        rows_log = r * np.log(alpha) + s * np.log(beta) - q * log_a - s * log_b + np.log(both)
        value = float(w @ rows_log) + self.frequencies.sum(lambda x: gammaln(r + x) - gammaln(r))
        since_a, since_b = np.log((alpha + t) / (alpha + tx)), np.log((beta + t) / (beta + tx))
        by_r = np.log(alpha) - log_a - (part.alive * since_a + part.log_alpha) / both
        by_alpha = r / alpha - q * (part.alive / (alpha + t) + part.per_alpha) / both
        by_s = np.log(beta) - log_b + (part.dead / s - part.alive * since_b - part.log_beta) / both
        by_beta = s / beta - (s * part.alive / (beta + t) + (s + 1.0) * part.per_beta) / both
        by_gamma = self.frequencies.sum(lambda x: psi(r + x) - psi(r))
        slopes = [w @ by_r + by_gamma, w @ by_alpha, w @ by_s, w @ by_beta]
        return value, np.array(slopes) * np.array([r, alpha, s, beta])
