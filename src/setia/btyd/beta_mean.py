"""Means over a Beta(a, b) dropout chance p, for any a, b > 0, by the trapezoid rule in logit(p).

Integrands that are analytic around the real line of logit(p) are summed to near full precision by evenly
spaced nodes, however concentrated the Beta is; hypergeometric series are not needed and nothing overflows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from setia.btyd.counts import Array

#: Where the integrand is below its peak by exp(-_CUT), nodes end.
_CUT = 28.0
_STEP = 0.33
_BLOCK = 512

#: A table of so many points, and as many more for each unit of log time, keeps 1e-8 (see `_table`); what its
#: series has below `_NOTHING` is left out.
_POINTS, _POINTS_PER_LOG = 10, 7.0
_NOTHING = 1e-11
_TABLE_BLOCK = 8192


class CappedGrowth:
    """E[(1 - (1 + p tau)^-q) / p] over p ~ Beta(a, b): the expected purchases of the living.

    q and b are given by row and laid out once; tau, at most `tau_most`, is asked for again and again.
    """

    def __init__(self, a: float, b: Array, q: Array, tau_most: Array) -> None:
        self.groups: list[tuple[npt.NDArray[np.intp], _Growth | _Table]] = []
        order = np.lexsort((q, b))
        change = np.flatnonzero((np.diff(b[order]) != 0) | (np.diff(q[order]) != 0)) + 1
        for places in np.split(order, change):
            if len(places):
                most = float(tau_most[places].max())
                growth = _growth(a, float(b[places[0]]), float(q[places[0]]), most)
                self.groups.append((places, _table(growth, most) if len(places) > _points(growth, most) else growth))

    def at(self, tau: Array) -> Array:
        """Return the mean for each row's tau, shape (rows,)."""
        out = np.empty_like(tau)
        for places, growth in self.groups:
            out[places] = growth.at(tau[places])
        return out


@dataclass(frozen=True)
class _Growth:
    """The mean for one b and q, summed over nodes p with their weights."""

    a: float
    b: float
    q: float
    p: Array
    weight: Array

    def at(self, tau: Array) -> Array:
        """Return the mean at each tau.

        Tiny a or b pile the Beta up at p = 0 or 1. The integrand's value at 1, and if a < 1 that at 0, is
        taken out and added in closed form: what remains vanishes there, so that no precision is lost.
        """
        at_0, at_1 = self.q * tau, -np.expm1(-self.q * np.log1p(tau))
        if self.a >= 1:
            at_0 = np.zeros_like(tau)
        out = (at_0 * self.b + at_1 * self.a) / (self.a + self.b)
        by_0, by_1, per_p = float(self.weight @ (1.0 - self.p)), float(self.weight @ self.p), self.weight / self.p
        for begin in range(0, len(tau), _BLOCK):
            i = slice(begin, begin + _BLOCK)
            curve = np.einsum("ij,j->i", np.expm1(-self.q * np.log1p(tau[i, None] * self.p)), per_p)
            out[i] -= curve + at_0[i] * by_0 + at_1[i] * by_1
        return np.asarray(out, dtype=np.float64)


@dataclass(frozen=True)
class _Table:
    """log(mean / y) as a Chebyshev series in y = log(1 + bend tau), 0 < y < reach."""

    bend: float
    reach: float
    series: Array

    def at(self, tau: Array) -> Array:
        """Return the mean at each tau."""
        out = np.empty_like(tau)
        for begin in range(0, len(tau), _TABLE_BLOCK):
            i = slice(begin, begin + _TABLE_BLOCK)
            y = np.log1p(self.bend * tau[i])
            out[i] = y * np.exp(np.polynomial.chebyshev.chebval(2.0 * y / self.reach - 1.0, self.series))
        return out


def _growth(a: float, b: float, q: float, tau_most: float) -> _Growth:
    """Lay out the nodes; the line between p = 0 and p = 1 is taken out of the integrand (see `_Growth.at`)."""
    from scipy.special import betaln

    left, right = (a + 1.0 if a < 1 else a), b + 1.0
    peak = _log_power(np.log(left / right), left, right)
    # a log-concave density lies below the lines left * logit and -right * logit
    low, high = (peak - _CUT - np.log1p(q * tau_most)) / left, (_CUT - peak) / right
    narrow = 0.8 * np.sqrt(1.0 / left + 1.0 / right)
    n = int(np.ceil((high - low) / min(_STEP, narrow))) + 1
    w = np.linspace(low, high, n)
    weight = (w[1] - w[0]) * np.exp(_log_power(w, a, b) - betaln(a, b))
    return _Growth(a, b, q, 1.0 / (1.0 + np.exp(-w)), weight)


def _reach(growth: _Growth, tau_most: float) -> tuple[float, float]:
    bend = max(growth.q, 1.0)
    return bend, float(np.log1p(bend * tau_most))


def _points(growth: _Growth, tau_most: float) -> int:
    """Return how many points a table needs: with more rows than that it is worth its while."""
    return _POINTS + int(_POINTS_PER_LOG * _reach(growth, tau_most)[1])


def _table(growth: _Growth, tau_most: float) -> _Growth | _Table:
    """Tabulate the mean, where tau_most > 0.

    In y the mean has no zero and no singularity for |Im y| < 1.4, whatever a, b and q: the series converges
    like exp(-2.8 / reach) to the power of its length.
    """
    bend, reach = _reach(growth, tau_most)
    if not reach > 0:
        return growth
    n = _points(growth, tau_most)
    nodes = np.cos(np.pi * (np.arange(n) + 0.5) / n)
    y = 0.5 * reach * (nodes + 1.0)
    values = np.log(growth.at(np.expm1(y) / bend) / y)
    terms = 2.0 / n * np.cos(np.pi * np.outer(np.arange(n), np.arange(n) + 0.5) / n) @ values
    terms[0] *= 0.5
    kept = np.flatnonzero(np.abs(terms) > _NOTHING)
    return _Table(bend, reach, terms[: kept[-1] + 1 if len(kept) else 1])


def _log_power(logit: Array | float, a: float, b: float) -> Array:
    """Return a log(p) + b log(1 - p)."""
    return np.asarray(a * np.asarray(logit) - (a + b) * np.logaddexp(0.0, logit), dtype=np.float64)
