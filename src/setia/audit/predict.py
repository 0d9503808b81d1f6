"""How well a definition can be foreseen: by a quick model, and by the plain rule that everybody knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from setia import metrics
from setia.learn.predictor import Array
from setia.panel import Panel

#: A quick model: enough to see whether there is something to learn.
QUICK: Final[dict[str, Any]] = {
    "n_estimators": 80,
    "num_leaves": 15,
    "learning_rate": 0.08,
    "min_child_samples": 40,
    "verbose": -1,
}
#: Fewer of a kind teach nothing, or judge nothing.
LEAST = 20


@dataclass(frozen=True)
class Predictability:
    """AUC on the last cutoff, of a model grown on cutoffs whose horizon was over by then, and of days since last."""

    model: float
    recency: float


def predictability(
    panel: Panel, label: Array, cutoffs: tuple[int, ...], horizon_days: int, seed: int
) -> Predictability | None:
    """Return how well labels can be told; null where too few of a kind are known."""
    from lightgbm import LGBMClassifier

    last = cutoffs[-1]
    known = ~np.isnan(label)
    train = known & np.isin(panel.cutoff, [cutoff for cutoff in cutoffs if cutoff + horizon_days <= last])
    test = known & (panel.cutoff == last)
    for rows in (train, test):
        counts = [int((label[rows] == kind).sum()) for kind in (0, 1)]
        if min(counts) < LEAST:
            return None
    model = LGBMClassifier(**QUICK, random_state=seed).fit(panel.X[train], label[train])
    said = np.asarray(model.predict_proba(panel.X[test]), dtype=np.float64)[:, 1]
    silent = panel.column("days_since_last")[test]
    return Predictability(metrics.auc(label[test], said), metrics.auc(label[test], silent))
