"""The predictive distribution of the value within the horizon: a part below zero, an atom at zero, and a part above.

A conformal predictive system (Vovk et al. 2019; Chernozhukov et al. 2021, "Distributional conformal prediction"):
the parts' chances follow the chance of a purchase, and the amount above zero is a typical amount times
exp(spread x residual), whose residuals were those of later cutoffs than the forests grew on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from setia.learn.predictor import Array, Matrix

#: The chances at which the quantiles of the residuals are kept.
LEVELS: Final = np.linspace(0.0, 1.0, 101)
#: The logarithm of an amount stays within so much: larger ones would not be finite numbers any more.
LOG_MOST: Final = 690.0
#: A standardised feature counts for at most so many standard deviations.
FAR: Final = 4.0

#: What the typical amount and its spread go by; a column that the log cannot fill is left out.
EVIDENCE: Final[Mapping[str, Callable[[Array, Array], Array]]] = {
    "btyd_amount": lambda amount, unit: np.log(np.maximum(amount / unit, 1e-3)),
    "btyd_purchases": lambda purchases, _: np.log(np.maximum(purchases, 1e-3)),
    "btyd_p_alive": lambda chance, _: chance,
    "spend_90d": lambda spend, unit: np.log1p(np.maximum(spend / unit, 0.0)),
    "value_log_sd": lambda sd, _: sd,
    "gap_cv": lambda cv, _: np.log1p(np.maximum(cv, 0.0)),
}


@dataclass(frozen=True)
class Line:
    """intercept + slopes @ z, where z are the features less `middle`, over `scale`; one that is missing counts as 0."""

    middle: tuple[float, ...]
    scale: tuple[float, ...]
    intercept: float
    slopes: tuple[float, ...]

    def __call__(self, features: Array) -> Array:
        """Return the line at rows of features, shape (rows,)."""
        return np.asarray(self.intercept + standard(features, self.middle, self.scale) @ np.asarray(self.slopes))


def standard(features: Array, middle: Sequence[float], scale: Sequence[float]) -> Array:
    """Return standardised features, within `FAR`; a missing one is taken for usual."""
    z = (features - np.asarray(middle)) / np.asarray(scale)
    return np.asarray(np.nan_to_num(np.clip(z, -FAR, FAR)))


@dataclass(frozen=True)
class Predictive:
    """A fitted predictive distribution, in plain numbers.

    `floor`: least amount that a purchase is taken to bring. `whole`: values are whole numbers, such as
    purchases. `columns`: the names of `EVIDENCE` in use. `typical` and `spread`: of the logarithm of the amount
    above zero, less that of the unit. `edges`: of the bands of predicted value, in that unit, shape (bands - 1,).
    `signs`: chances of a value below, at and above zero, without and with a purchase, shape (bands, 2, 3).
    `shapes`: quantiles of the standardised residuals at `LEVELS`, shape (bands, levels).
    `refunds`: values below zero over the unit, ascending.
    """

    coverage: float
    floor: float
    whole: bool
    columns: tuple[str, ...]
    typical: Line
    spread: Line
    edges: tuple[float, ...]
    signs: tuple[tuple[tuple[float, ...], ...], ...]
    shapes: tuple[tuple[float, ...], ...]
    refunds: tuple[float, ...]

    def bounds(self, p_none: Array, expected_value: Array, X: Matrix, names: Sequence[str]) -> tuple[Array, Array]:
        """Return the lower and the upper end of the central interval at `coverage`, each of shape (rows,).

        The lower end is 0 where no purchase is likelier than half of what the interval may miss, the upper end
        too where nearly all buy nothing. `p_none`: chance of no purchase within the horizon;
        `expected_value`: mean within the horizon; `X`: extended features, shape (rows, features), called `names`.
        """
        parts = self._parts(p_none, expected_value, X, names)
        missed = (1 - self.coverage) / 2
        return self._quantile(missed, parts), self._quantile(1 - missed, parts)

    def quantile(self, level: float, p_none: Array, expected_value: Array, X: Matrix, names: Sequence[str]) -> Array:
        """Return the value that is not exceeded with chance `level`, between 0 and 1, shape (rows,)."""
        return self._quantile(level, self._parts(p_none, expected_value, X, names))

    def pit(
        self, value: Array, p_none: Array, expected_value: Array, X: Matrix, names: Sequence[str], seed: int
    ) -> Array:
        """Return the randomised probability integral transform of outcomes, shape (rows,).

        Uniform on [0, 1] where the forecasts are right (Czado, Gneiting & Held 2009, eq. 1): an outcome of
        chance c, such as zero, is spread evenly over its c.
        """
        parts = self._parts(p_none, expected_value, X, names)
        spin = np.random.default_rng(seed).random(len(value))
        found = np.where(value == 0, parts.below + spin * parts.none, 0.0)
        above = np.flatnonzero(value > 0)
        amount = spread_evenly(value[above], spin[above]) if self.whole else value[above]
        residual = (np.log(amount) - parts.log_typical[above]) / parts.spread[above]
        rank = np.empty(len(above))
        for band, shape in enumerate(self.shapes):
            here = parts.band[above] == band
            rank[here] = np.interp(residual[here], shape, LEVELS)
        found[above] = (parts.below + parts.none)[above] + parts.above[above] * rank
        below = np.flatnonzero(value < 0)
        first, last = (np.searchsorted(self.refunds, (value / parts.unit)[below], side=s) for s in ("left", "right"))
        found[below] = parts.below[below] * (first + spin[below] * (last - first + 1)) / (len(self.refunds) + 1)
        return np.clip(found, 0.0, 1.0)

    def _parts(self, p_none: Array, expected_value: Array, X: Matrix, names: Sequence[str]) -> _Parts:
        unit = unit_of(p_none, expected_value, self.floor)
        band = np.searchsorted(self.edges, unit)
        evidence = evidence_of(unit, X, names, self.columns)
        signs = np.asarray(self.signs)[band]
        below, none, above = (p_none[:, None] * signs[:, 0] + (1 - p_none)[:, None] * signs[:, 1]).T
        log_typical = np.log(unit) + self.typical(evidence)
        return _Parts(unit, band, below, none, above, log_typical, np.exp(self.spread(evidence)))

    def _quantile(self, level: float, parts: _Parts) -> Array:
        found = np.zeros(len(parts.unit))
        left = level - parts.below - parts.none
        # Where a rounding error alone lies above zero, the value is zero.
        above = np.flatnonzero((left > 1e-12) & (parts.above > 0))
        rank = np.minimum(left[above] / parts.above[above], 1.0)
        residual = np.empty(len(above))
        for band, shape in enumerate(self.shapes):
            here = parts.band[above] == band
            residual[here] = np.interp(rank[here], LEVELS, shape)
        amount = np.exp(np.clip(parts.log_typical[above] + parts.spread[above] * residual, -LOG_MOST, LOG_MOST))
        found[above] = np.maximum(np.ceil(amount - 0.5), 1.0) if self.whole else amount
        below = np.flatnonzero(level < parts.below)
        if len(below) and self.refunds:
            rank = level / parts.below[below] * (len(self.refunds) - 1)
            found[below] = parts.unit[below] * np.interp(rank, np.arange(len(self.refunds)), self.refunds)
        return found

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters as plain numbers, for JSON."""
        return asdict(self)

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> Predictive:
        """Read back what `as_dict` gave."""
        plain = {field.name: _frozen(content[field.name]) for field in fields(Predictive)}
        for name in ("typical", "spread"):
            plain[name] = Line(**{key: _frozen(value) for key, value in content[name].items()})
        return Predictive(**plain)


@dataclass(frozen=True)
class _Parts:
    """Of each row: its unit and band, the chances of the three parts, and the part above zero in logarithms."""

    unit: Array
    band: NDArray[np.int64]
    below: Array
    none: Array
    above: Array
    log_typical: Array
    spread: Array


def unit_of(p_none: Array, expected_value: Array, floor: float) -> Array:
    """Return what is expected of a row that buys, E[value] / P(purchase), at least `floor`, shape (rows,)."""
    unit = np.minimum(expected_value, np.exp(LOG_MOST) / 1e3) / np.maximum(1 - p_none, 1e-3)
    return np.asarray(np.maximum(unit, floor))


def evidence_of(unit: Array, X: Matrix, names: Sequence[str], columns: Sequence[str]) -> Array:
    """Return what the typical amount and its spread go by, shape (rows, 1 + columns), NaN where missing."""
    found = (EVIDENCE[name](X[:, names.index(name)].astype(np.float64), unit) for name in columns)
    return np.column_stack([np.log(unit), *found])


def spread_evenly(whole: Array, spin: Array) -> Array:
    """Return whole numbers as a continuous quantity, each spread over half a unit to both sides by `spin`."""
    return np.asarray(np.maximum(whole - 0.5 + spin, 1e-9))


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list | tuple) else value
