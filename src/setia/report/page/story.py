"""What the report tells of: everything that its sections are made from, gathered before a word is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from setia.act import Acting, ActSettings, Segments, SegmentSettings
from setia.alert import Alerting, AlertSettings
from setia.audit import Audit, AuditSettings
from setia.bundle import Facts
from setia.campaign import Campaign
from setia.cohorts import Retention, RetentionSettings
from setia.defection import Definition
from setia.learn.divide import Divide
from setia.ledger import Book, Whale
from setia.policy import Divest, Policy
from setia.proof import Proof
from setia.scoring import ScoreSettings
from setia.source import Log

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stages:
    """How the stages that the report brings together are set, as for the stages themselves.

    `given` are the settings of the command line: the commands that the page shows repeat those that matter (null: there
    was no command line, and no command is shown).
    """

    score: ScoreSettings
    define: AuditSettings
    retention: RetentionSettings
    alert: AlertSettings
    segments: SegmentSettings
    policy: Policy | Divest
    act: ActSettings
    seed: int
    given: tuple[str, ...] | None = ()


@dataclass(frozen=True)
class Sales:
    """What the log holds by month, oldest first: `ends` (last days of the months), `value`, and first purchases.

    The last month is left out where the log ends within it. `lately`: how the value of the last year is spread over
    those who bought in it.
    """

    ends: tuple[int, ...]
    value: tuple[float, ...]
    new: tuple[int, ...]
    lately: Whale


@dataclass(frozen=True)
class Told:
    """A campaign that was made: how many were contacted and left alone, and its last reading (null: not read yet)."""

    campaign: Campaign
    contacted: int
    control: int
    expected: float
    result: Mapping[str, object] | None


@dataclass(frozen=True)
class Story:
    """All that is told; null where a section is left out, or cannot be made (`missing`: section -> why, a sentence).

    `scores`: every customer, the columns of `setia.report.page.gather.COLUMNS`. `plans`: what a campaign of today
    would be, for retain and win_back, where value is money.
    """

    log: Log
    facts: Facts
    definition: Definition
    divide: Divide
    version: str
    scores: pa.Table
    segments: Segments
    sales: Sales
    retention: Retention | None
    audit: Audit | None
    alerting: Alerting | None
    plans: tuple[Acting, ...]
    campaigns: tuple[Told, ...]
    book: Book | None
    proof: Proof | None
    missing: Mapping[str, str]
    given: tuple[str, ...] | None = ()

    def column(self, name: str) -> Floats:
        """Return a column of numbers of the scores, NaN for null, shape (customers,)."""
        return np.asarray(self.scores[name].to_numpy(), dtype=np.float64)

    def texts(self, name: str) -> NDArray[np.object_]:
        """Return a column of texts of the scores, shape (customers,)."""
        return np.asarray(self.scores[name].to_pylist(), dtype=object)
