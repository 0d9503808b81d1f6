"""The verdict on one cutoff: every metric of every method, with bootstrap intervals, whole and by group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from setia import metrics
from setia.evaluate.bootstrap import resample
from setia.evaluate.rules import Method
from setia.learn.predictor import Array
from setia.panel import Panel
from setia.proof import Figure, find

__all__ = [
    "CAMPAIGN_METRICS",
    "DEFECTION_METRICS",
    "VALUE_METRICS",
    "Evaluation",
    "Figure",
    "evaluate",
    "groups",
]

Metric = Callable[..., float]

#: name -> (function, whether more is better); of the bias, only nearness to 0 is good.
DEFECTION_METRICS: Final[dict[str, tuple[Metric, bool]]] = {
    "auc": (metrics.auc, True),
    "average_precision": (metrics.average_precision, True),
    "log_loss": (metrics.log_loss, False),
    "calibration_error": (metrics.calibration_error, False),
    "lift_top_decile": (metrics.lift_top_decile, True),
    "mpc": (lambda y, p, weight=None: metrics.mpc(y, p, weight).value, True),
    "empc": (lambda y, p, weight=None: metrics.empc(y, p, weight).value, True),
}
#: Of campaigns that weigh what each customer would bring: (who defected, that value, the probability).
CAMPAIGN_METRICS: Final[dict[str, tuple[Metric, bool]]] = {"campaign_share": (metrics.campaign_share, True)}
VALUE_METRICS: Final[dict[str, tuple[Metric, bool]]] = {
    "gini": (metrics.gini, True),
    "rmse": (metrics.rmse, False),
    "mae": (metrics.mae, False),
    "bias": (metrics.bias, False),
    "top_decile_share": (metrics.top_decile_share, True),
}


@dataclass(frozen=True)
class Evaluation:
    """What happened after a cutoff, what each method had said of it, and the figures that follow.

    `defected`, `value`, `purchases` are what came within the horizon, of shape (rows,), as in `Panel`.
    """

    cutoff: int
    defected: Array
    value: Array
    purchases: Array
    methods: tuple[Method, ...]
    figures: tuple[Figure, ...]

    @property
    def still_buying(self) -> float:
        """Return the share of the defected who bought all the same, only less; NaN where nobody defected."""
        gone = self.purchases[self.defected == 1]
        return float((gone > 0).mean()) if len(gone) else float("nan")

    def figure(self, metric: str, method: str, group: str = "all") -> Figure | None:
        """Return one figure, None where the method has nothing to say."""
        return find(self.figures, metric, method, group)


def groups(panel: Panel) -> tuple[tuple[str, NDArray[np.bool_]], ...]:
    """Return the groups that a verdict is split by: one-time and repeat buyers, thirds of tenure."""
    repeat = panel.column("frequency") > 0
    tenure = panel.column("T_days")
    young, old = np.quantile(tenure, [1 / 3, 2 / 3])
    return (
        ("one-time buyers", ~repeat),
        ("repeat buyers", repeat),
        (f"tenure up to {young:.0f} days", tenure <= young),
        (f"tenure {young:.0f} to {old:.0f} days", (tenure > young) & (tenure <= old)),
        (f"tenure over {old:.0f} days", tenure > old),
    )


def evaluate(panel: Panel, methods: Sequence[Method], cutoff: int, seed: int, replicates: int = 200) -> Evaluation:
    """Judge methods on the rows of one cutoff.

    Intervals are the 2.5 % and 97.5 % quantiles over bootstrap samples of customers (Efron 1979), the
    same samples for every method, so that differences can be read.
    """
    found: list[Figure] = []
    weights = resample(len(panel), seed, replicates)
    split = groups(panel)
    for method in methods:
        found += _figures(panel, method, "all", np.ones(len(panel), dtype=bool), weights)
        for name, members in split:
            found += _figures(panel, method, name, members, None)
    return Evaluation(cutoff, panel.defected, panel.value, panel.purchases, tuple(methods), tuple(found))


def _figures(
    panel: Panel, method: Method, group: str, members: NDArray[np.bool_], weights: NDArray[np.int64] | None
) -> list[Figure]:
    found = []
    for metric, function, actual, said in _questions(panel, method):
        rows = np.flatnonzero(members & ~np.isnan(actual))
        if not len(rows):
            continue
        # Sorted once here, the sorts inside the metrics run in linear time for every replicate.
        rows = rows[np.argsort(-said[-1][rows], kind="stable")]
        arrays = [array[rows] for array in said]
        lo = hi = float("nan")
        if weights is not None:
            draws = [function(*arrays, weight=w[rows]) for w in weights]
            lo, hi = (float(q) for q in np.nanquantile(draws, [0.025, 0.975]))
        found.append(Figure(metric, method.name, group, float(function(*arrays)), lo, hi, len(rows)))
    return found


def _questions(panel: Panel, method: Method) -> Iterator[tuple[str, Metric, Array, tuple[Array, ...]]]:
    """Yield each metric that a method can be asked for, with what tells who is known, and its arguments."""
    if method.p_defect is not None:
        for metric, (function, _) in DEFECTION_METRICS.items():
            yield metric, function, panel.defected, (panel.defected, method.p_defect)
        for metric, (function, _) in CAMPAIGN_METRICS.items():
            yield metric, function, panel.defected, (panel.defected, panel.yearly_value, method.p_defect)
    if method.expected_value is not None:
        for metric, (function, _) in VALUE_METRICS.items():
            yield metric, function, panel.value, (panel.value, method.expected_value)
    if method.value_lo is not None and method.value_hi is not None:
        bounds = (panel.value, method.value_lo, method.value_hi)
        yield "interval_score", metrics.interval_score, panel.value, bounds
        yield "coverage", metrics.coverage, panel.value, bounds
    if method.pit is not None:
        yield "pit_ks", metrics.pit_ks, panel.value, (method.pit,)
