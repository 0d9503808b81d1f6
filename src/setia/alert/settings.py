"""How alarms are given."""

from __future__ import annotations

from dataclasses import dataclass

from setia.errors import InputError
from setia.languages import check_language


@dataclass(frozen=True)
class AlertSettings:
    """How alarms are given, and how they are judged.

    `false_alarms`: how many are wanted per 1,000 customers watched and month of whom nothing is amiss.
    `follow_up_days`: within so many a change is followed (null: by the log's gaps). `min_expected_visits` in a
    follow-up, and `min_visits` so far, make a customer one who is watched. `cool_days`: no second alarm so soon.
    `first_days`: how far back the first run tells. `lead_days`, `contacts_a_week`: what the replay asks.
    `max_customers`: the sample that thresholds and the replay rest on. `output`: the list, .csv or .parquet; a figure
    lies beside it. `ledger`: the alarms that were told, a SQLite file (null: every run is the first). `language`: of
    the sentences; those that an earlier run of the day has told stay in theirs.

    Raises:
        InputError: a number is out of its range, the output has another ending, or the language is unknown.
    """

    false_alarms: float = 10.0
    follow_up_days: int | None = None
    min_expected_visits: float = 6.0
    min_visits: int = 4
    cool_days: int = 60
    first_days: int = 28
    lead_days: int = 30
    contacts_a_week: int = 20
    max_customers: int = 20_000
    output: str = "models/alert/alerts.csv"
    ledger: str | None = "models/alert/ledger.db"
    language: str = "en"

    def __post_init__(self) -> None:
        if not self.false_alarms > 0:
            raise InputError(f"alert.false_alarms={self.false_alarms} must be above 0.")
        if not self.min_expected_visits > 0:
            raise InputError(f"alert.min_expected_visits={self.min_expected_visits} must be above 0.")
        for name in ("follow_up_days", "min_visits", "cool_days", "first_days", "contacts_a_week", "max_customers"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"alert.{name}={value} must be at least 1.")
        if self.lead_days < 0:
            raise InputError(f"alert.lead_days={self.lead_days} must not be below 0.")
        if not self.output.endswith((".csv", ".parquet")):
            raise InputError(f"alert.output={self.output} must end in .csv or .parquet.")
        check_language(self.language, "alert.language")
