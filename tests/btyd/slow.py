"""The models once more, slowly and on their own: averages over the latent rates, written from the story alone.

A customer with latents (u, v) is alive at T with likelihood `alive`, and left earlier with likelihood `dead`;
everything else is an average over the latents' Gamma and Beta densities, on a fine grid of their logarithms.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats
from scipy.integrate import quad
from scipy.special import betaln

POINTS = 700


class Slow:
    """Latents u, v on a grid, with the weight of each pair."""

    def __init__(self, u: np.ndarray, v: np.ndarray, weight: np.ndarray) -> None:
        self.u, self.v, self.weight = u, v, weight

    def mean(self, story: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> float:
        return float((self.weight * story(self.u, self.v)).sum())


def on_log_grid(gamma: stats.rv_frozen) -> tuple[np.ndarray, np.ndarray]:
    """Values of a Gamma at even steps of its logarithm, and their weights (trapezoid rule)."""
    w = np.linspace(np.log(gamma.ppf(1e-13)), np.log(gamma.isf(1e-15)) + 1, POINTS)
    return np.exp(w), gamma.pdf(np.exp(w)) * np.exp(w) * (w[1] - w[0])


class SlowPareto(Slow):
    """Latents: purchase rate and dropout rate."""

    def __init__(self, r: float, alpha: float, s: float, beta: float) -> None:
        u, by_u = on_log_grid(stats.gamma(r, scale=1 / alpha))
        v, by_v = on_log_grid(stats.gamma(s, scale=1 / beta))
        super().__init__(u[:, None], v, by_u[:, None] * by_v)

    @staticmethod
    def alive(lam: np.ndarray, mu: np.ndarray, x: float, tx: float, T: float) -> np.ndarray:
        return lam**x * np.exp(-(lam + mu) * T)

    @staticmethod
    def dead(lam: np.ndarray, mu: np.ndarray, x: float, tx: float, T: float) -> np.ndarray:
        return lam**x * mu / (lam + mu) * (np.exp(-(lam + mu) * tx) - np.exp(-(lam + mu) * T))

    @staticmethod
    def purchases(lam: np.ndarray, mu: np.ndarray, t: float) -> np.ndarray:
        return lam / mu * -np.expm1(-mu * t)

    @staticmethod
    def none(lam: np.ndarray, mu: np.ndarray, t: float) -> np.ndarray:
        gone = mu / (lam + mu) * -np.expm1(-(lam + mu) * t)
        return np.exp(-(lam + mu) * t) + gone

    @staticmethod
    def discounted(lam: np.ndarray, mu: np.ndarray, t: float, rate: float) -> np.ndarray:
        return lam / (mu + rate) * -np.expm1(-(mu + rate) * t)


class SlowGeometric(Slow):
    """Latents: purchase rate and the chance to leave after a purchase."""

    def __init__(self, r: float, alpha: float, a: float, b: float, first: bool) -> None:
        self.first = first
        u, by_u = on_log_grid(stats.gamma(r, scale=1 / alpha))
        w = np.linspace(-32 / a - 3, 32 / b + 3, POINTS)
        p = 1 / (1 + np.exp(-w))
        by_p = np.exp(-a * np.logaddexp(0, -w) - b * np.logaddexp(0, w) - betaln(a, b)) * (w[1] - w[0])
        super().__init__(u[:, None], p, by_u[:, None] * by_p)

    def alive(self, lam: np.ndarray, p: np.ndarray, x: float, tx: float, T: float) -> np.ndarray:
        return lam**x * (1 - p) ** (x + self.first) * np.exp(-lam * T)

    def dead(self, lam: np.ndarray, p: np.ndarray, x: float, tx: float, T: float) -> np.ndarray:
        flips = x + self.first
        return lam**x * p * (1 - p) ** (flips - 1) * np.exp(-lam * tx) if flips else 0.0 * lam * p

    @staticmethod
    def purchases(lam: np.ndarray, p: np.ndarray, t: float) -> np.ndarray:
        return -np.expm1(-lam * p * t) / p

    @staticmethod
    def none(lam: np.ndarray, p: np.ndarray, t: float) -> np.ndarray:
        return np.exp(-lam * t)

    @staticmethod
    def discounted(lam: np.ndarray, p: np.ndarray, t: float, rate: float) -> np.ndarray:
        return lam / (lam * p + rate) * -np.expm1(-(lam * p + rate) * t)


def spend_likelihood(p: float, q: float, gamma: float, x: float, m: float) -> float:
    """Density of the mean of x Gamma(p, nu) amounts, averaged over nu ~ Gamma(q, gamma)."""
    nu = stats.gamma(q, scale=1 / gamma)
    return float(quad(lambda v: stats.gamma.pdf(m, p * x, scale=1 / (v * x)) * nu.pdf(v), 0, nu.isf(1e-15))[0])
