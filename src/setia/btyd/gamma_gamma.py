"""Gamma-Gamma spend (Fader & Hardie 2013, "The Gamma-Gamma Model of Monetary Value").

A customer's purchases are Gamma(p, nu), the customers' nu are Gamma(q, gamma); spend and purchase rate are
taken to be independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from setia.btyd.counts import Array, Counts, Frequencies, rows
from setia.btyd.maximise import PENALTY, Problem, best_start, maximise
from setia.errors import InputError

_START_ROWS = 5000

#: With q <= 1 the mean spend over customers would be infinite, so q stays above 1 by at least this.
_LEAST_ABOVE_ONE = 0.05


@dataclass(frozen=True)
class GammaGamma:
    """A fitted Gamma-Gamma; gamma is in the unit of money. `dropped` customers had no repeat purchase or spend."""

    p: float
    q: float
    gamma: float
    log_likelihood: float
    converged: bool
    dropped: float

    @property
    def population_mean(self) -> float:
        """The mean amount of a purchase over all customers, p gamma / (q - 1)."""
        return self.p * self.gamma / (self.q - 1.0)

    def expected_amount(self, frequency: npt.ArrayLike, monetary_value: npt.ArrayLike) -> Array:
        """Return the mean amount of a customer's next purchases, shape (customers,).

        It lies between the customer's own mean and the population's; customers without a usable own mean
        (frequency 0, spend not above 0 or missing) get the population's.
        """
        x, m = rows(frequency, monetary_value)
        usable = (x > 0) & np.isfinite(m) & (m > 0)
        x, m = np.where(usable, x, 0.0), np.where(usable, m, 0.0)
        return self.p * (self.gamma + x * m) / (self.p * x + self.q - 1.0)


def fit(
    frequency: npt.ArrayLike,
    monetary_value: npt.ArrayLike,
    weight: npt.ArrayLike = 1.0,
    *,
    penalty: float = PENALTY,
) -> GammaGamma:
    """Fit to repeat buyers: `monetary_value` is the mean amount of their `frequency` repeat purchases.

    Customers without a repeat purchase, or whose mean is no finite amount above 0, are left out and counted.

    Raises:
        InputError: nobody is left.
    """
    x, m, w = rows(frequency, monetary_value, weight)
    usable = (x > 0) & np.isfinite(m) & (m > 0) & (w > 0)
    if not usable.any():
        raise InputError(
            f"None of {len(x)} customers has a repeat purchase with an amount above 0, so the spend model cannot "
            "be fitted; check the amount column, or let value be counted in purchases."
        )
    dropped = float(w[~usable].sum())
    x, m, w = x[usable], m[usable], w[usable]
    unit = float(np.exp(w @ np.log(m) / w.sum()))
    start = np.log([2.0, 2.0, 1.5])
    step = max(1, len(x) // _START_ROWS)
    few = Problem(_Score(x[::step], m[::step] / unit, w[::step]), start, float(w[::step].sum()), penalty)
    begin = best_start(few, [start, np.log([5.0, 3.0, 1.0])])
    whole = Problem(_Score(x, m / unit, w), start, float(w.sum()), penalty)
    found = maximise(whole, begin.theta, begin.inverse_curvature)
    p, above, gamma = (float(v) for v in np.exp(found.theta))
    shift = float(w.sum()) * np.log(unit)
    log_likelihood = float(found.log_likelihood - shift)
    return GammaGamma(p, _q(above), gamma * unit, log_likelihood, found.converged, dropped)


def _q(above: float) -> float:
    return 1.0 + _LEAST_ABOVE_ONE + above


class _Score:
    """Log-likelihood and gradient at log(p, q - 1 - least, gamma); money over its geometric mean."""

    def __init__(self, x: Array, m: Array, weight: Array) -> None:
        self.x, self.m, self.weight, self.log_m = x, m, weight, np.log(m)
        nothing = np.zeros_like(x)
        self.frequencies = Frequencies.of(Counts(x, nothing, nothing, weight))

    def __call__(self, theta: Array) -> tuple[float, Array]:
        from scipy.special import gammaln, psi

        p, above, gamma = (float(v) for v in np.exp(theta))
        q = _q(above)
        w, x, m = self.weight, self.x, self.m
        total = gamma + x * m
        log_total = np.log(total)
        value = float(w @ ((p * x - 1.0) * self.log_m - (p * x + q) * log_total)) + self.frequencies.sum(
            lambda k: gammaln(p * k + q) - gammaln(p * k) - gammaln(q) + q * np.log(gamma) + p * k * np.log(k)
        )
        by_p = float(w @ (x * (self.log_m - log_total))) + self.frequencies.sum(
            lambda k: k * (psi(p * k + q) - psi(p * k) + np.log(k))
        )
        by_q = -float(w @ log_total) + self.frequencies.sum(lambda k: psi(p * k + q) - psi(q) + np.log(gamma))
        by_gamma = q / gamma * float(w.sum()) - float(w @ ((p * x + q) / total))
        return value, np.array([by_p, by_q, by_gamma]) * np.array([p, above, gamma])
