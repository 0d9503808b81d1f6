"""The one hard piece of the Pareto/NBD: how a silence between two times may have come about.

S(u) = (alpha+u)^-q (beta+u)^-s is (up to constants) the chance of being alive and silent until u. A customer
who is silent from `start` to `end` is alive (S(end)), or left at some u between (S(u) s / (beta+u) du).
Fader & Hardie (2005, "A Note on Deriving the Pareto/NBD Model") write the second part with two Gaussian
hypergeometric functions and take their difference, which cancels for heavy buyers. Here it is integrated
instead: every term is positive, nothing overflows, and the gradient comes from the same nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setia.btyd.counts import Array
from setia.btyd.quadrature import unit_nodes

#: exp(-38) is below the precision of a double: what lies beyond changes no digit.
_CUT = 38.0
_BLOCK = 1024
_NODES = 30


@dataclass(frozen=True)
class Silence:
    """Parts of S between start and end, divided by S(start); arrays, one value a row.

    alive: S(end). dead: the integral of S(u) s / (beta+u).
    log_alpha, log_beta, per_alpha, per_beta: the integral of the same times log((alpha+u)/(alpha+start)),
    log((beta+u)/(beta+start)), 1/(alpha+u), 1/(beta+u); zero unless moments were asked for.
    """

    alive: Array
    dead: Array
    log_alpha: Array
    log_beta: Array
    per_alpha: Array
    per_beta: Array


def silence(
    alpha: float, s: float, beta: float, q: Array, start: Array, end: Array, *, moments: bool = False
) -> Silence:
    """Integrate from start to end by Gauss-Legendre in y = log((m+u)/(m+start)), m the lesser of alpha, beta.

    In y the integrand is exp(-convex), analytic for |Im y| < pi, and cut where it falls below a double's
    precision, so 30 nodes give about 1e-12, and 1e-9 in the corners (parameters and counts far apart).
    """
    alpha_is_less = alpha < beta
    low, high = (alpha, beta) if alpha_is_less else (beta, alpha)
    ratio = (low + start) / (high + start)
    on_low, on_high = (q - 1.0, np.full_like(q, s + 1.0)) if alpha_is_less else (np.full_like(q, s), q)
    reach = np.log1p((end - start) / (low + start))
    upper = _cut(reach, ratio, on_low, on_high)
    sums = _sums(upper, ratio, on_low, on_high, moments)
    sums *= s * ratio if alpha_is_less else s
    alive = np.exp(-q * np.log1p((end - start) / (alpha + start)) - s * np.log1p((end - start) / (beta + start)))
    dead, by_low, by_high, per_low, per_high = sums
    per_low /= low + start
    per_high /= high + start
    if alpha_is_less:
        return Silence(alive, dead, by_low, by_high, per_low, per_high)
    return Silence(alive, dead, by_high, by_low, per_high, per_low)


def _cut(reach: Array, ratio: Array, on_low: Array, on_high: Array) -> Array:
    """Return the upper end of y: `reach`, or where the integrand has fallen by exp(-_CUT)."""
    y = reach.copy()
    for _ in range(4):  # Newton on a convex function from the right never passes the root
        grown = np.expm1(y) * ratio
        excess = on_low * y + on_high * np.log1p(grown) - _CUT
        slope = on_low + on_high * (ratio + grown) / (1.0 + grown)
        y -= np.where(excess > 0, excess / np.where(excess > 0, slope, 1.0), 0.0)
    return y


def _sums(upper: Array, ratio: Array, on_low: Array, on_high: Array, moments: bool) -> Array:
    """Return the integrals (1, y, log growth of the other, 1/low, 1/high) x exp(...), shape (5, rows)."""
    points, weights = unit_nodes(_NODES)
    out = np.zeros((5, len(upper)))
    for begin in range(0, len(upper), _BLOCK):
        at = slice(begin, begin + _BLOCK)
        y = points[:, None] * upper[at]
        lift = np.exp(y)
        grown = 1.0 + ratio[at] * (lift - 1.0)
        other = np.log(grown)
        mass = np.exp(-on_low[at] * y - on_high[at] * other)
        mass *= weights[:, None] * upper[at]
        out[0, at] = mass.sum(axis=0)
        if moments:
            out[1, at] = np.einsum("ij,ij->j", mass, y)
            out[2, at] = np.einsum("ij,ij->j", mass, other)
            out[3, at] = (mass / lift).sum(axis=0)
            out[4, at] = (mass / grown).sum(axis=0)
    return out
