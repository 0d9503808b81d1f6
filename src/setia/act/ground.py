"""The score table of a moment, with what a contact could save, as policies see it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from setia.bundle import Bundle
from setia.engine import Engine
from setia.errors import InputError
from setia.policy.stakes import Stakes
from setia.progress import SILENT, Progress
from setia.scoring import ScoreSettings, score
from setia.source import Log

if TYPE_CHECKING:
    import pyarrow as pa

#: Fields of the forecast that the score table does not show.
MORE: Final = ("p_none", "value_leaving", "value_gone")
_TEXT: Final = ("customer_id", "status", "segment", "reason_1", "reason_2", "reason_3")
_NUMBERS: Final = ("frequency", "value_at_risk", "p_defect", "p_alive", "expected_value", "clv", "clv_hi", *MORE)
#: With more customers, reasons are given to those with the most at risk alone.
EXPLAINED: Final = 100_000


@dataclass(frozen=True)
class Scored:
    """`stakes`: all customers, money as the log has it. `reasons`: three texts of each, null where there are none."""

    stakes: Stakes
    reasons: tuple[pa.ChunkedArray, ...]


def scored(
    bundle: Bundle,
    log: Log,
    engine: Engine,
    settings: ScoreSettings,
    *,
    model_version: str,
    live: bool,
    progress: Progress = SILENT,
) -> Scored:
    """Score a log as of its last day, for a decision rather than for the table; nothing is kept of it.

    Raises:
        InputError: the log cannot be scored by this model, or is valued in purchases.
        StaleLogError: a live log ended too long ago.
    """
    import pyarrow.parquet as pq

    if bundle.facts.basis == "purchases":
        raise InputError(
            "A campaign weighs money against money, but this model counts value in purchases. Bring a log with amounts "
            "(source.columns.amount=NAME) and train on it."
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scores.parquet"
        asked = ScoreSettings(
            output=str(path),
            max_age_days=settings.max_age_days,
            reasons="all" if log.n_customers <= EXPLAINED else f"top:{EXPLAINED}",
            history=None,
            batch_rows=settings.batch_rows,
            allow_drift=settings.allow_drift,
        )
        score(bundle, log, engine, asked, model_version=model_version, live=live, progress=progress, more=MORE)
        table = pq.read_table(path, columns=[*_TEXT, *_NUMBERS])
    columns: dict[str, Any] = {name: table[name].to_numpy() for name in _TEXT[:3]}
    columns |= {name: np.asarray(table[name].to_numpy(), dtype=np.float64) for name in _NUMBERS}
    columns["leaving"], columns["gone"] = columns.pop("value_leaving"), columns.pop("value_gone")
    return Scored(Stakes(**columns), tuple(table[name] for name in _TEXT[3:]))
