"""Means over a Beta(a, b) dropout chance p, for any a, b > 0, by the trapezoid rule in logit(p).

Integrands that are analytic around the real line of logit(p) are summed to near full precision by evenly
spaced nodes, however concentrated the Beta is; hypergeometric series are not needed and nothing overflows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from setia.btyd.counts import Array

#: Where the integrand is below its peak by exp(-_CUT), nodes end.
_CUT = 28.0
_STEP = 0.33
_BLOCK = 512


class CappedGrowth:
    """E[(1 - (1 + p tau)^-q) / p] over p ~ Beta(a, b): the expected purchases of the living.

    q and b are given by row and laid out once; tau, below `tau_most`, is asked for again and again.
    """

    def __init__(self, a: float, b: Array, q: Array, tau_most: Array) -> None:
        self.a, self.b, self.q = a, b, q
        self.groups: list[tuple[npt.NDArray[np.intp], Array, Array]] = []
        order = np.lexsort((q, b))
        change = np.flatnonzero((np.diff(b[order]) != 0) | (np.diff(q[order]) != 0)) + 1
        for places in np.split(order, change):
            if len(places):
                at = places[0]
                self.groups.append((places, *self._nodes(b[at], q[at] * float(tau_most[places].max()))))

    def _nodes(self, b: float, most: float) -> tuple[Array, Array]:
        """Return p and weights; the line between p = 0 and p = 1 is taken out of the integrand (see `at`)."""
        from scipy.special import betaln

        left, right = (self.a + 1.0 if self.a < 1 else self.a), b + 1.0
        peak = _log_power(np.log(left / right), left, right)
        # a log-concave density lies below the lines left * logit and -right * logit
        low, high = (peak - _CUT - np.log1p(most)) / left, (_CUT - peak) / right
        narrow = 0.8 * np.sqrt(1.0 / left + 1.0 / right)
        n = int(np.ceil((high - low) / min(_STEP, narrow))) + 1
        w = np.linspace(low, high, n)
        weight = (w[1] - w[0]) * np.exp(_log_power(w, self.a, b) - betaln(self.a, b))
        return 1.0 / (1.0 + np.exp(-w)), weight

    def at(self, tau: Array) -> Array:
        """Return the mean for each row's tau, shape (rows,).

        Tiny a or b pile the Beta up at p = 0 or 1. The integrand's value at 1, and if a < 1 that at 0, is
        taken out and added in closed form: what remains vanishes there, so that no precision is lost.
        """
        at_0, at_1 = self.q * tau, -np.expm1(-self.q * np.log1p(tau))
        if self.a >= 1:
            at_0 = np.zeros_like(tau)
        out = (at_0 * self.b + at_1 * self.a) / (self.a + self.b)
        for places, p, weight in self.groups:
            by_0, by_1, per_p = float(weight @ (1.0 - p)), float(weight @ p), weight / p
            q = self.q[places[0]]
            for begin in range(0, len(places), _BLOCK):
                i = places[begin : begin + _BLOCK]
                curve = np.einsum("ij,j->i", np.expm1(-q * np.log1p(tau[i, None] * p)), per_p)
                out[i] -= curve + at_0[i] * by_0 + at_1[i] * by_1
        return out


def _log_power(logit: Array | float, a: float, b: float) -> Array:
    """Return a log(p) + b log(1 - p)."""
    return np.asarray(a * np.asarray(logit) - (a + b) * np.logaddexp(0.0, logit), dtype=np.float64)
