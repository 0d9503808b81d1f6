"""What became of those a definition had labelled, and of those it had not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setia.learn.predictor import Array
from setia.panel import Panel

#: Somebody is back in full who buys at no less than this share of the former pace.
IN_FULL = 0.75
#: The former pace is read off so many days.
PACE_DAYS = 180


@dataclass(frozen=True)
class Followed:
    """Shares of the labelled who came back, and of the silent who were missed; NaN where nobody can tell."""

    came_back: float
    in_full: float
    missed: float


def followed(panel: Panel, label: Array, later: Array, follow_up_days: int) -> Followed:
    """Return what the follow-up shows. `later`: purchases of each row in it, NaN where it is not over."""
    known = ~np.isnan(later)
    gone, covered = known & (label == 1), known & ~np.isnan(label)
    days = np.minimum(panel.column("T_days") + 1.0, PACE_DAYS)
    former = panel.column(f"purchases_{PACE_DAYS}d") / days * follow_up_days
    silent = covered & (later == 0)
    return Followed(
        _share(later > 0, gone),
        _share((later > 0) & (later >= IN_FULL * former), gone),
        _share(label == 0, silent),
    )


def _share(what: np.ndarray, among: np.ndarray) -> float:
    return float(what[among].mean()) if among.any() else float("nan")
