"""The leak alarm: a single feature that knows the answer has seen the future."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from setia import metrics
from setia.errors import InputError
from setia.panel import Panel

#: A feature alone may not do better than this.
CERTAIN_AUC = 0.99
#: Nor close this share of the way from the recency rule to perfection, where that rule is informative.
HEADROOM_SHARE = 0.75


def stop_on_leak(panel: Panel, allow: Collection[str] = ()) -> None:
    """Stop the training where one feature alone separates defectors from stayers.

    Raises:
        InputError: names the feature, its AUC and the setting that lets it pass.
    """
    known = panel.rows(~np.isnan(panel.defected))
    if len(known) == 0 or known.defected.min() == known.defected.max():
        return
    recency = max(_one_sided(known, "days_since_last"), 0.5)
    limit = min(CERTAIN_AUC, recency + HEADROOM_SHARE * (1 - recency))
    for name in known.names:
        if name in allow:
            continue
        found = _one_sided(known, name)
        if found > limit:
            raise InputError(
                f"The feature {name} alone predicts defection with AUC {found:.3f} (days since last purchase: "
                f"{recency:.3f}); it has probably seen the future. Look at how its columns are filled; if it "
                f"is honest, allow it with leak.allow=[{name}]."
            )


def _one_sided(panel: Panel, name: str) -> float:
    score = panel.column(name)
    score = np.where(np.isnan(score), -np.inf, score)
    found = metrics.auc(panel.defected, np.nan_to_num(score, neginf=-1e300))
    return max(found, 1 - found)
