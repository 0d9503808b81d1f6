"""What methods are measured by: each metric with the forecasts it judges and what is best."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from setia import metrics
from setia.evaluate.peers import Contender
from setia.learn.predictor import Array

RAW, CALIBRATED = "raw", "calibrated"


@dataclass(frozen=True)
class Truth:
    """What came of each customer: arrays of shape (customers,); `defected` is NaN where it does not apply.

    `yearly_value`: what each would bring in a year at their pace before.
    """

    customer_id: NDArray[np.object_]
    defected: Array
    value: Array
    yearly_value: Array


@dataclass(frozen=True)
class Measure:
    """A metric of the forecast fields it needs; `target` is what is best: inf (more), -inf (less) or a number.

    `form` tells the rows of the table in which peers speak raw or calibrated; ours speaks the same in both. `weighs`:
    the function takes what each customer would bring, behind what came of them.
    """

    name: str
    function: Callable[..., float]
    target: float
    needs: tuple[str, ...]
    form: str = RAW
    weighs: bool = False

    def loss(self, value: Any) -> Any:
        """Return how far a figure (or an array of them) is from the best: less is better."""
        if np.isinf(self.target):
            return -np.sign(self.target) * value
        return np.abs(value - self.target)

    def of(self, contender: Contender) -> tuple[Array, ...] | None:
        """Return the forecasts that are judged, or None where the method has nothing to say."""
        found = tuple(getattr(contender, name) for name in self.needs)
        return None if any(array is None for array in found) else found

    def figures(
        self, truth: Truth, said: tuple[Array, ...], weights: Iterable[NDArray[np.int64] | None]
    ) -> list[float]:
        """Return the figure for each weight of the customers (None: each counts once).

        Customers whose defection is not known are left out of what judges it.
        """
        actual = truth.defected if self.needs[0].startswith("p_") else truth.value
        rows = np.flatnonzero(~np.isnan(actual))
        # Sorted once here, the sorts inside the metrics run in linear time for every weight.
        rows = rows[np.argsort(-said[0][rows], kind="stable")]
        asked = (actual, truth.yearly_value, *said) if self.weighs else (actual, *said)
        asked = tuple(array[rows] for array in asked)
        return [float(self.function(*asked, weight=None if w is None else w[rows])) for w in weights]


def _pit_ks(_: Array, pit: Array, *, weight: Array | None) -> float:
    return metrics.pit_ks(pit, weight)


def _mpc(y: Array, p: Array, *, weight: Array | None) -> float:
    return metrics.mpc(y, p, weight).value


def _empc(y: Array, p: Array, *, weight: Array | None) -> float:
    return metrics.empc(y, p, weight).value


_MORE, _LESS = float("inf"), float("-inf")
_P, _PC, _V, _I = ("p_defect",), ("p_calibrated",), ("expected_value",), ("value_lo", "value_hi")
MEASURES: Final = (
    Measure("auc", metrics.auc, _MORE, _P),
    Measure("average_precision", metrics.average_precision, _MORE, _P),
    Measure("log_loss", metrics.log_loss, _LESS, _P),
    Measure("log_loss", metrics.log_loss, _LESS, _PC, CALIBRATED),
    Measure("calibration_error", metrics.calibration_error, _LESS, _P),
    Measure("calibration_error", metrics.calibration_error, _LESS, _PC, CALIBRATED),
    Measure("mpc", _mpc, _MORE, _P),
    Measure("empc", _empc, _MORE, _P),
    Measure("campaign_share", metrics.campaign_share, _MORE, _P, weighs=True),
    Measure("campaign_share", metrics.campaign_share, _MORE, _PC, CALIBRATED, weighs=True),
    Measure("gini", metrics.gini, _MORE, _V),
    Measure("rmse", metrics.rmse, _LESS, _V),
    Measure("mae", metrics.mae, _LESS, _V),
    Measure("bias", metrics.bias, 0.0, _V),
    Measure("top_decile_share", metrics.top_decile_share, _MORE, _V),
    Measure("interval_score", metrics.interval_score, _LESS, _I),
    Measure("coverage", metrics.coverage, 0.8, _I),
    Measure("pit_ks", _pit_ks, _LESS, ("pit",)),
)
