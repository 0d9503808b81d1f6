"""What a scoring run has done, for the terminal."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ScoreSummary:
    """The score table in a few figures.

    `history` is the dated copy. `statuses` counts customers by status, every status once. `p_defect_mean` is
    over the customers whom the definition covers, null without any. `expected_value_total` is the sum over
    all customers, within the horizon. `seconds` lists the stages in order, by the clock. `busy` says what was done
    in that of the scores: the seconds that each part kept a thread busy (features also: kept it waiting), added up
    over the threads, which work side by side. Its parts: features, forests, forecast (all the rest of it), reasons,
    table, writing. `notes` are sentences that whoever reads the scores should know.
    """

    path: Path | str
    history: Path | str | None
    rows: int
    as_of: dt.date
    horizon_days: int
    definition: str
    value_basis: str
    currency: str
    model_version: str
    statuses: tuple[tuple[str, int], ...]
    p_defect_mean: float | None
    expected_value_total: float
    seconds: tuple[tuple[str, float], ...]
    notes: tuple[str, ...] = ()
    busy: tuple[tuple[str, float], ...] = ()
