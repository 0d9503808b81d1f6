"""The leak alarm: a single feature that knows the answer has seen the future."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from setia import metrics
from setia.errors import InputError
from setia.learn.members import means_silence
from setia.panel import Panel

#: A feature alone may not do better than this.
CERTAIN_AUC = 0.99
#: Nor close this share of the way from the recency rule to perfection, where that rule is informative.
HEADROOM_SHARE = 0.75
#: Of a definition that is made of the customer's own past, a feature may know nearly all, but not this much.
PERFECT_AUC = 0.9999
#: Among fewer defectors, or stayers, some feature separates them by chance; so few are refused elsewhere, as too few.
LEAST_OF_EACH = 10


def stop_on_leak(panel: Panel, allow: Collection[str] = ()) -> None:
    """Stop the training where one feature alone separates defectors from stayers.

    Under other definitions than silence a feature may honestly tell much more than days since the last purchase: whose
    rhythm allows a gap longer than the horizon cannot break it. What has seen the future is then told by silence, of
    which every customer's is known, and by a perfect separation of the definition's own labels.

    Raises:
        InputError: names the feature, its AUC and the setting that lets it pass.
    """
    known = panel.rows(~np.isnan(panel.defected))
    if _too_few(known):
        return
    if means_silence(known):
        _stop(known, allow, "defection", None)
        return
    _stop(known, allow, "defection", PERFECT_AUC)
    silence = replace(panel, defected=(panel.purchases == 0).astype(np.float64), also=())
    if not _too_few(silence):
        _stop(silence, allow, "silence", None)


def _too_few(panel: Panel) -> bool:
    gone = int(panel.defected.sum())
    return min(gone, len(panel) - gone) < LEAST_OF_EACH


def _stop(panel: Panel, allow: Collection[str], what: str, limit: float | None) -> None:
    """Refuse a feature whose AUC is above the limit; null: one that goes by the recency rule."""
    recency = max(_one_sided(panel, "days_since_last"), 0.5)
    limit = limit or min(CERTAIN_AUC, recency + HEADROOM_SHARE * (1 - recency))
    for name in panel.names:
        if name in allow:
            continue
        found = _one_sided(panel, name)
        if found > limit:
            raise InputError(
                f"The feature {name} alone predicts {what} with AUC {found:.3f} (days since last purchase: "
                f"{recency:.3f}); it has probably seen the future. Look at how its columns are filled; if it "
                f"is honest, allow it with leak.allow=[{name}]."
            )


def _one_sided(panel: Panel, name: str) -> float:
    score = panel.column(name)
    score = np.where(np.isnan(score), -np.inf, score)
    found = metrics.auc(panel.defected, np.nan_to_num(score, neginf=-1e300))
    return max(found, 1 - found)
