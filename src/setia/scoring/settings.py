"""What a configuration may choose about scoring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from setia.errors import InputError

REASONS: Final = ("all", "none")


@dataclass(frozen=True)
class ScoreSettings:
    """Where scores go and which logs are refused.

    `output` ends in .parquet, .csv or .csv.gz. `max_age_days` is how old the last day of a live log may be
    (null: any age; see `is_live`). `reasons` is all or none. `history` is the folder of the dated copies
    (null: none are kept). `batch_rows` customers are in memory at a time. `allow_drift` scores a log that
    does not look like the training's.

    Raises:
        InputError: a setting has a value that means nothing.
    """

    output: str = "scores.parquet"
    max_age_days: int | None = 30
    reasons: str = "all"
    history: str | None = "models/scores"
    batch_rows: int = 100_000
    allow_drift: bool = False

    def __post_init__(self) -> None:
        if self.reasons not in REASONS:
            raise InputError(f"score.reasons={self.reasons} is unknown; use {' or '.join(REASONS)}.")
        if self.batch_rows < 1:
            raise InputError(f"score.batch_rows={self.batch_rows} must be at least 1.")
        if self.max_age_days is not None and self.max_age_days < 0:
            raise InputError(f"score.max_age_days={self.max_age_days} must not be negative; null allows any age.")
