"""What a configuration may choose about scoring."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from setia.errors import InputError
from setia.languages import check_language

#: `all`, `none`, or `top:` and a number.
_TOP: Final = re.compile(r"top:([1-9]\d{0,8})")


@dataclass(frozen=True)
class ScoreSettings:
    """Where scores go and which logs are refused.

    `output` ends in .parquet, .csv or .csv.gz. `max_age_days` is how old the last day of a live log may be
    (null: any age; see `is_live`). `reasons` is all, none or top:N: reasons for the N customers alone who have the
    most value at risk, of those whom the definition covers and who have not lapsed; of equals, the first in the
    order of the ids. The features of those N are kept in memory. `history` is the folder of the dated copies
    (null: none are kept). `batch_rows` customers are worked on at a time, by each core. `allow_drift` scores a
    log that does not look like the training's. `language` is that of the reasons.

    Raises:
        InputError: a setting has a value that means nothing.
    """

    output: str = "scores.parquet"
    max_age_days: int | None = 30
    reasons: str = "all"
    history: str | None = "models/scores"
    batch_rows: int = 65_536
    allow_drift: bool = False
    language: str = "en"

    def __post_init__(self) -> None:
        if self.reasons not in ("all", "none") and self.top is None:
            raise InputError(
                f"score.reasons={self.reasons} is unknown; use all, none, or top:N for the N customers with the most "
                f"value at risk, such as top:10000."
            )
        if self.batch_rows < 1:
            raise InputError(f"score.batch_rows={self.batch_rows} must be at least 1.")
        if self.max_age_days is not None and self.max_age_days < 0:
            raise InputError(f"score.max_age_days={self.max_age_days} must not be negative; null allows any age.")
        check_language(self.language, "score.language")

    @property
    def top(self) -> int | None:
        """How many customers get reasons, where not all or none do."""
        found = _TOP.fullmatch(self.reasons)
        return None if found is None else int(found[1])
