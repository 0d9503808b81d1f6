"""A run of the divest policy: whom two runs in a row have found to cost more than they bring."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from setia.act.ground import scored
from setia.act.settings import ActSettings
from setia.bundle import Bundle
from setia.campaign import CampaignLedger
from setia.engine import Engine
from setia.errors import InputError
from setia.ledger import PARTS, UNITS, Book, Costs, book
from setia.policy.divest import Divest, Grounds
from setia.progress import SILENT, Progress
from setia.scoring import ScoreSettings
from setia.source import Log

if TYPE_CHECKING:
    import pyarrow as pa

#: The part of the ledger that costs are held against.
SALES: Final = "sales"


@dataclass(frozen=True)
class Divesting:
    """`found`: by this run, the largest loss first; those of them `confirmed` were found by the run before as well.

    `before`: there was one. `customers` were looked at.
    """

    log: str
    currency: str
    as_of: int
    found: tuple[Grounds, ...]
    before: bool
    customers: int
    months: int

    @property
    def confirmed(self) -> tuple[Grounds, ...]:
        """Whom two runs in a row have found."""
        return tuple(one for one in self.found if one.confirmed)


def divest(
    settings: ActSettings,
    policy: Divest,
    bundle: Bundle,
    log: Log,
    engine: Engine,
    score: ScoreSettings,
    *,
    model_version: str,
    live: bool,
    progress: Progress = SILENT,
) -> Divesting:
    """Find who, at the upper bound of the value to come, costs more than they bring; nothing is noted yet.

    Raises:
        InputError: the model does not count value as profit, or the log cannot be scored.
    """
    facts = bundle.facts
    if facts.basis != "profit" or facts.costs is None:
        raise InputError(
            f"policy=divest weighs profit, but the model counts {facts.basis}. Train one with value=profit and the "
            "costs (conf/value/profit.yaml), and name it with value=profit or model=URI."
        )
    stakes = scored(bundle, log, engine, score, model_version=model_version, live=live, progress=progress).stakes
    losing = np.flatnonzero((stakes.clv_hi < 0) & (stakes.frequency + 1 >= policy.least_purchases))
    months = book(log, engine, Costs(**facts.costs), progress)
    ledger = CampaignLedger(Path(settings.ledger), log.name)
    before = ledger.divest_before(log.last_day)
    upper = dict(zip(stakes.customer_id[losing].tolist(), stakes.clv_hi[losing].tolist(), strict=True))
    found = sorted(_grounds(months, upper, set(before), policy), key=lambda one: one.profit)
    return Divesting(log.name, log.currency, log.last_day, tuple(found), bool(before), len(stakes), policy.months)


def note_divested(made: Divesting, settings: ActSettings) -> None:
    """Write the run into the ledger; call it when its list is safe."""
    ids, upper = [one.customer_id for one in made.found], np.array([one.upper for one in made.found])
    CampaignLedger(Path(settings.ledger), made.log).note_divest(made.as_of, ids, upper)


def _grounds(found: Book, upper: dict[str, float], before: set[str], policy: Divest) -> list[Grounds]:
    """Tell the grounds of those who were there in the last months."""
    import pyarrow.compute as pc

    rows = found.months
    last = int(pc.max(rows["month"]).as_py())
    lately = rows.filter(pc.greater(rows["month"], last - policy.months))
    usual = _shares({name: float(pc.sum(lately[name]).as_py() or 0) for name in PARTS})
    mine = lately.filter(pc.is_in(lately["customer_id"], value_set=_texts(list(upper))))
    sums = mine.group_by("customer_id").aggregate([(name, "sum") for name in (*PARTS, "profit", "lines_sold")])
    told = []
    for row in sums.to_pylist():
        who, parts = str(row["customer_id"]), {name: float(row[f"{name}_sum"]) for name in PARTS}
        told.append(
            Grounds(
                customer_id=who,
                profit=row["profit_sum"] / UNITS,
                sales=parts[SALES] / UNITS,
                lines=int(row["lines_sold_sum"]),
                taken=_shares(parts),
                usual=usual,
                upper=upper[who],
                confirmed=who in before,
            )
        )
    return told


def _shares(parts: dict[str, float]) -> dict[str, float]:
    """Return what each part took, as a share of the sales at list."""
    sales = max(parts[SALES], 1e-9)
    return {name: -value / sales for name, value in parts.items() if name != SALES}


def _texts(ids: list[str]) -> pa.Array:
    import pyarrow as pa

    return pa.array(ids, type=pa.string())
