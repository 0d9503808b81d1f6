"""The score table of a moment, with what a contact could save, as policies see it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
#: What policies need of the score table.
COLUMNS: Final = (*_TEXT, *_NUMBERS)
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
    refuse_purchases(bundle)
    table = scored_table(
        bundle, log, engine, settings, COLUMNS, model_version=model_version, live=live, progress=progress
    )
    return scored_of(table)


def refuse_purchases(bundle: Bundle) -> None:
    """Refuse a model without money.

    Raises:
        InputError: it values customers in purchases.
    """
    if bundle.facts.basis == "purchases":
        raise InputError(
            "A campaign weighs money against money, but this model counts value in purchases. Bring a log with amounts "
            "(source.columns.amount=NAME) and train on it."
        )


def scored_table(
    bundle: Bundle,
    log: Log,
    engine: Engine,
    settings: ScoreSettings,
    columns: Sequence[str],
    *,
    model_version: str,
    live: bool,
    more: tuple[str, ...] = MORE,
    progress: Progress = SILENT,
) -> pa.Table:
    """Score a log as of its last day and return some columns of the table; `more` as `setia.scoring.score` takes it.

    Raises:
        InputError: the log cannot be scored by this model.
        StaleLogError: a live log ended too long ago.
    """
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scores.parquet"
        explained = "all" if log.n_customers <= EXPLAINED else f"top:{EXPLAINED}"
        asked = replace(settings, output=str(path), reasons=explained, history=None)
        score(bundle, log, engine, asked, model_version=model_version, live=live, progress=progress, more=more)
        return pq.read_table(path, columns=list(columns))


def scored_of(table: pa.Table) -> Scored:
    """Return a score table with the columns COLUMNS as policies see it."""
    columns: dict[str, Any] = {name: table[name].to_numpy() for name in _TEXT[:3]}
    columns |= {name: np.asarray(table[name].to_numpy(), dtype=np.float64) for name in _NUMBERS}
    columns["leaving"], columns["gone"] = columns.pop("value_leaving"), columns.pop("value_gone")
    return Scored(Stakes(**columns), tuple(table[name] for name in _TEXT[3:]))
