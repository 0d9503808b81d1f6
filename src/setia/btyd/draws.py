"""Draws of the next purchases and their value from a fitted buy-till-you-die model: its forecast with its spread.

Each draw first draws the customer (alive or not, purchase rate, dropout) from the posterior given frequency,
recency and T, then what such a customer does: the posterior predictive distribution.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from setia.btyd.beta_geometric import BetaGeometricNBD
from setia.btyd.counts import Array, horizon_rows, rows
from setia.btyd.gamma_gamma import GammaGamma
from setia.btyd.pareto_nbd import ParetoNBD

Random = np.random.Generator
#: Customers whose draws are in memory at a time.
BATCH: Final = 20_000
#: Below this a dropout rate is as good as none within any horizon.
_LEAST: Final = 1e-12


def draw_purchases(
    model: ParetoNBD | BetaGeometricNBD,
    horizon: float,
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    T: npt.ArrayLike,
    draws: int,
    random: Random,
) -> Array:
    """Return draws of the purchases in (T, T + horizon], shape (draws, customers).

    Whoever is alive at T has the purchase rate Gamma(r + x, alpha + T), and leaves at the rate Gamma(s, beta + T)
    (Pareto/NBD) or, after each purchase, with the chance Beta(a, b + x), one more success where one may leave at
    the first purchase (BG/NBD, MBG/NBD): the posteriors of Fader, Hardie & Lee (2005).

    Raises:
        InputError: a horizon that is negative or not finite.
    """
    _, x, tx, t = horizon_rows(horizon, frequency, recency, T)
    size = (draws, len(x))
    alive = random.random(size) < model.p_alive(x, tx, t)
    rate = random.gamma(model.r + x, 1.0 / (model.alpha + t), size)
    if isinstance(model, ParetoNBD):
        leaving = np.maximum(random.gamma(model.s, 1.0 / (model.beta + t), size), _LEAST)
        active = np.minimum(random.exponential(1.0 / leaving), horizon)
        return np.where(alive, random.poisson(rate * active), 0).astype(np.float64)
    chance = random.beta(model.a, model.b + x + float(model.leaves_at_first), size)
    # whoever leaves does so right after a purchase, so that one still counts
    most = random.geometric(np.clip(chance, _LEAST, 1.0))
    return np.where(alive, np.minimum(random.poisson(rate * horizon), most), 0).astype(np.float64)


def draw_value(
    amounts: GammaGamma, purchases: Array, frequency: npt.ArrayLike, monetary_value: npt.ArrayLike, random: Random
) -> Array:
    """Return the value of drawn purchases, of shape (draws, customers), in the same shape.

    The customer's scale nu is Gamma(q + p x, gamma + x m), and the sum of n amounts is Gamma(p n, nu)
    (Fader & Hardie 2013); customers without a usable mean draw from the population.
    """
    x, m = rows(frequency, monetary_value)
    usable = (x > 0) & np.isfinite(m) & (m > 0)
    x, m = np.where(usable, x, 0.0), np.where(usable, m, 0.0)
    nu = random.gamma(amounts.q + amounts.p * x, 1.0 / (amounts.gamma + x * m), purchases.shape)
    return np.asarray(random.gamma(amounts.p * purchases) / nu, dtype=np.float64)


def value_interval(
    model: ParetoNBD | BetaGeometricNBD,
    amounts: GammaGamma | None,
    horizon: float,
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    T: npt.ArrayLike,
    monetary_value: npt.ArrayLike = 0.0,
    *,
    coverage: float = 0.8,
    draws: int = 200,
    seed: int = 0,
) -> tuple[Array, Array]:
    """Return the central predictive interval of the value in (T, T + horizon], two arrays of shape (customers,).

    Without `amounts`, value is counted in purchases. The bounds are quantiles of `draws` draws.
    """
    x, tx, t, m = rows(frequency, recency, T, monetary_value)
    random = np.random.default_rng(seed)
    tails = [(1.0 - coverage) / 2.0, (1.0 + coverage) / 2.0]
    found = np.empty((2, len(x)))
    for start in range(0, len(x), BATCH):
        part = slice(start, start + BATCH)
        drawn = draw_purchases(model, horizon, x[part], tx[part], t[part], draws, random)
        if amounts is not None:
            drawn = draw_value(amounts, drawn, x[part], m[part], random)
        found[:, part] = np.quantile(drawn, tails, axis=0)
    return found[0], found[1]
