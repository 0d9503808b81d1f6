"""What the members say, combined: shares learnt on later cutoffs, shrunk to what serves most logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from setia.errors import InputError
from setia.learn.members import Raw
from setia.learn.predictor import Array
from setia.metrics import log_loss

CLIP = 1e-5
#: Level and slope of a probability that is left as it is.
STRAIGHT: Final = (0.0, 1.0)
#: Where the blend of means starts: total, lift, buy-till-you-die.
VALUE_START: Final = (0.4, 0.4, 0.2)


@dataclass(frozen=True)
class CombineSettings:
    """Where the blend starts, and how many rows of evidence that start is worth.

    `forest_share` is the forest's share of the probability where customers are many (the buy-till-you-die model has
    the rest); a base of `forest_customers` grants it 63 % of that, a smaller one less: a forest needs more to learn
    from. The start is worth `share_prior_rows`. The weights of the means and their stretch start from what served
    most logs and are worth `value_prior_rows`. A bend of the probabilities (Platt 1999) is made only where it lowers
    the log loss out of time by more than `bend_gain` of it: a bend that is learnt in one season misleads in the next.
    """

    forest_share: float = 0.8
    forest_customers: float = 400.0
    share_prior_rows: float = 20_000.0
    value_prior_rows: float = 1500.0
    bend_gain: float = 0.05

    def __post_init__(self) -> None:
        rest = (self.forest_customers, self.share_prior_rows, self.value_prior_rows, self.bend_gain)
        if not 0 <= self.forest_share <= 1 or min(rest) < 0:
            raise InputError(
                "combine.forest_share must lie between 0 and 1; combine.forest_customers, share_prior_rows, "
                "value_prior_rows and bend_gain must not be negative."
            )

    def start(self, customers: int) -> float:
        """Return the forest's share before any evidence, in a base of so many customers."""
        if self.forest_customers == 0:
            return self.forest_share
        return float(-np.expm1(-customers / self.forest_customers) * self.forest_share)


@dataclass(frozen=True)
class Combination:
    """The forecast that the members make together.

    p_none = sigmoid(level + slope logit(share p_forest + (1 - share) p_btyd)): a linear pool (Stone 1961),
    bent only where it was far off. p_defect is the same where defection means silence, else the forest's own
    probability, bent by `own` (level, slope). expected_value = scale (weights @ means) ** stretch: an average of means
    lies too close to the middle, and the stretch undoes that. The weights are not negative and sum to one.
    """

    share: float
    weights: tuple[float, ...]
    stretch: float = 1.0
    scale: float = 1.0
    level: float = 0.0
    slope: float = 1.0
    own: tuple[float, float] = STRAIGHT

    def p_none(self, raw: Raw) -> Array:
        """Return the chance of no purchase within the horizon, shape (rows,)."""
        return _bent(_pool(raw.none, self.share), (self.level, self.slope))

    def p_defect(self, raw: Raw) -> Array:
        """Return the probability of defection, shape (rows,)."""
        return self.p_none(raw) if raw.defect is None else _bent(np.clip(raw.defect, CLIP, 1 - CLIP), self.own)

    def expected_value(self, raw: Raw) -> Array:
        """Return the expected value within the horizon, shape (rows,)."""
        return np.asarray(self.scale * np.maximum(raw.value @ np.asarray(self.weights), 0.0) ** self.stretch)


def _bent(p: Array, bend: tuple[float, float]) -> Array:
    return p if bend == STRAIGHT else _sigmoid(bend[0] + bend[1] * _logit(p))


def _pool(defect: Array, share: float) -> Array:
    return np.clip(share * defect[:, 0] + (1.0 - share) * defect[:, 1], CLIP, 1 - CLIP)


def _logit(p: Array) -> Array:
    p = np.clip(p, CLIP, 1 - CLIP)
    return np.asarray(np.log(p) - np.log1p(-p))


def _sigmoid(z: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-z)))


def fit_combination(
    settings: CombineSettings, raw: Raw, defected: Array, none: Array, value: Array, customers: int
) -> Combination:
    """Learn the blend from forecasts of rows that the members did not see, and from what came of them.

    `none`: whether nothing was bought. `defected` may hold NaN (unknown, or not covered), which is left out.
    `customers`: how many the members grew on, about. Without any row the blend stays at its start.
    """
    known = ~np.isnan(defected)
    own = STRAIGHT
    said, y = raw.none, none.astype(np.float64)
    if raw.defect is None:
        said, y = raw.none[known], defected[known]
    else:
        own = _bend(np.clip(raw.defect[known], CLIP, 1 - CLIP), defected[known], settings)
    share = _share(said, y, settings.start(customers), settings.share_prior_rows)
    level, slope = _bend(_pool(said, share), y, settings)
    weights = _stack_means(raw.value, value, settings)
    stretch, scale = _stretch(np.maximum(raw.value @ weights, 0.0), value, settings)
    return Combination(share, tuple(float(w) for w in weights), stretch, scale, level, slope, own)


def _share(defect: Array, y: Array, start: float, prior_rows: float) -> float:
    """Return the forest's share of least log loss, shrunk to the start."""
    from scipy.optimize import minimize_scalar

    if len(y) == 0:
        return start
    pooled = _pool(defect, start)
    # What one row tells of the share, on average, times the rows the start is worth.
    told = np.mean((defect[:, 0] - defect[:, 1]) ** 2 / (pooled * (1 - pooled)))
    strength = prior_rows * told

    def loss(share: float) -> float:
        return log_loss(y, _pool(defect, share)) * len(y) + float(strength) * (share - start) ** 2 / 2

    return float(minimize_scalar(loss, bounds=(0.0, 1.0), method="bounded").x)


def _bend(pooled: Array, y: Array, settings: CombineSettings) -> tuple[float, float]:
    """Return the level and slope of a logistic curve through the pool; (0, 1) where it gains too little."""
    theta = np.array([0.0, 1.0])
    if len(y) == 0 or y.min() == y.max():
        return 0.0, 1.0
    design = np.column_stack([np.ones(len(y)), _logit(pooled)])
    for _ in range(50):
        p = _sigmoid(design @ theta)
        hessian = (design * (p * (1 - p))[:, None]).T @ design + 1e-6 * np.eye(2)
        move = np.linalg.solve(hessian, design.T @ (p - y))
        theta = theta - np.clip(move, -1.0, 1.0)
        if np.max(np.abs(move)) < 1e-9:
            break
    bent = np.clip(_sigmoid(design @ theta), CLIP, 1 - CLIP)
    if log_loss(y, bent) < (1 - settings.bend_gain) * log_loss(y, pooled):
        return float(theta[0]), float(theta[1])
    return 0.0, 1.0


def _stack_means(means: Array, value: Array, settings: CombineSettings) -> Array:
    """Return weights >= 0, summing to one, that minimise the squared error of the blend, shrunk to the start.

    Each row is divided by the root of its expected level, so that a handful of huge customers do not
    decide alone (the variance of spend grows with its mean).
    """
    from scipy.optimize import nnls

    start = np.array(VALUE_START)
    if len(value) == 0:
        return start
    middle = np.maximum(means.mean(axis=1), 0.0)
    scale = 1.0 / np.sqrt(middle + max(middle.mean(), 1e-9))
    X, y = means * scale[:, None], value * scale
    ridge = np.sqrt(settings.value_prior_rows * np.mean(X**2))
    weights, _ = nnls(np.vstack([X, ridge * np.eye(len(start))]), np.concatenate([y, ridge * start]))
    return np.asarray(weights / weights.sum()) if weights.sum() > 0 else start


def _stretch(mean: Array, value: Array, settings: CombineSettings) -> tuple[float, float]:
    """Return stretch and scale of scale * mean ** stretch: quasi-Poisson regression, shrunk to a stretch of 1.

    The scale leaves the sum of all forecasts as it was: a level that is learnt in one season misleads in
    the next.
    """
    used = mean > 0
    mean, value = mean[used], np.maximum(value[used], 0.0)
    if len(mean) == 0 or value.sum() <= 0:
        return 1.0, 1.0
    log_mean = np.log(mean)
    middle = float(np.average(log_mean, weights=mean))
    x, stretch = log_mean - middle, 1.0
    for _ in range(50):
        fitted = np.exp(stretch * x)
        fitted *= value.sum() / fitted.sum()
        told = max(float(fitted @ x**2), 1e-300)
        prior = settings.value_prior_rows * told / len(x)
        move = (float((value - fitted) @ x) - prior * (stretch - 1.0)) / (told + prior)
        stretch = float(np.clip(stretch + np.clip(move, -0.1, 0.1), 0.8, 1.25))
        if abs(move) < 1e-9:
            break
    return stretch, float(mean.sum() / (mean**stretch).sum())
