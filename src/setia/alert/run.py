"""Telling whose pattern has changed: what is new since the last run, once, and kept in a ledger."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from setia.alert.ledger import Alert, Ledger
from setia.alert.odds import KINDS
from setia.alert.settings import AlertSettings
from setia.alert.telling import Order, tell_piece
from setia.alert.watching import Watched, watch
from setia.alert.words import sentence
from setia.engine import Engine
from setia.history import Prepared, prepare
from setia.progress import SILENT, Progress
from setia.source import Log

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Alerting:
    """A run: `alerts` of this day, those told by an earlier run of the same day included; `new` of them by this one.

    `customers` are watched at the end of the log, of `of` in all. `since`: alarms after that day were looked for.
    """

    log: str
    currency: str
    basis: str
    as_of: int
    since: int
    alerts: tuple[Alert, ...]
    new: int
    watched: Watched
    customers: int
    of: int


def alert(
    settings: AlertSettings, log: Log, engine: Engine, basis: str, seed: int, progress: Progress = SILENT
) -> Alerting:
    """Tell what has changed since the last run, at most once.

    The ledger is only read here: whoever writes the list first and then calls `keep` can lose nothing.

    Raises:
        InputError: the log is too short, or a later day was told already.
    """
    ledger = None if settings.ledger is None else Ledger(Path(settings.ledger), log.name)
    before = None if ledger is None else ledger.check(log.last_day)
    with progress.stage("customer days"):
        prepared = prepare(log.lines, engine)
    money = basis != "purchases"
    watched = watch(settings, prepared, log, seed, progress, money=money)
    since = max(log.first_day, log.last_day - settings.first_days if before is None else before)
    days = np.arange(max(since - settings.cool_days, log.first_day), log.last_day + 1)
    order = Order(days, log.last_day, watched.beliefs, watched.watching, watched.thresholds, 0.0, money)
    with progress.stage("who has changed"):
        tables = list(prepared.chunks.map(partial(tell_piece, order=order)))
    found = [alert for table in tables for alert in _alerts(table, prepared, log, settings.language)]
    prepared.close()
    told = {} if ledger is None else ledger.told(since - settings.cool_days)
    new = fresh(found, told, since, settings.cool_days, first=before is None)
    earlier = () if ledger is None else ledger.of_run(log.last_day)
    every = sorted([*earlier, *new], key=lambda one: (-one.stake, one.customer_id))
    return Alerting(
        log.name,
        log.currency,
        basis,
        log.last_day,
        since,
        tuple(every),
        len(new),
        watched,
        watched.customers,
        log.n_customers,
    )


def fresh(found: list[Alert], told: dict[str, int], since: int, cool_days: int, *, first: bool) -> list[Alert]:
    """Return the alerts after a day that do not follow too soon on one that was told: `told` by earlier runs, or here.

    The first run has told nobody anything, and so leaves out what follows on an alarm shortly before it.
    """
    last, new = dict(told), []
    for one in sorted(found, key=lambda one: (one.customer_id, one.day)):
        if (first or one.day > since) and one.day - last.get(one.customer_id, -(10**9)) >= cool_days:
            last[one.customer_id] = one.day
            if one.day > since:
                new.append(one)
    return new


def keep(result: Alerting, settings: AlertSettings) -> None:
    """Write the new alerts of a run into the ledger; call it when the list is safe."""
    if settings.ledger is None:
        return
    ledger = Ledger(Path(settings.ledger), result.log)
    earlier = {(one.customer_id, one.day) for one in ledger.of_run(result.as_of)}
    ledger.add(result.as_of, [one for one in result.alerts if (one.customer_id, one.day) not in earlier])


def _alerts(table: pa.Table, prepared: Prepared, log: Log, language: str) -> list[Alert]:
    if not table.num_rows:
        return []
    names = prepared.ids(table["customer_id"]).to_pylist()
    columns = {name: table[name].to_pylist() for name in table.column_names if name != "customer_id"}
    found = []
    for place, name in enumerate(names):
        row = {key: values[place] for key, values in columns.items()}
        kind = KINDS[row["kind"]]
        marked = kind != "visits"
        said = sentence(
            kind,
            row["day"],
            row["since"],
            row["last"],
            row["seen"],
            row["expected"],
            row["usual_days"],
            row["before"],
            row["after"],
            log.currency,
            language,
        )
        found.append(
            Alert(
                str(name),
                row["day"],
                log.last_day,
                kind,
                float(np.exp(row["odds"])),
                row["since"],
                row["seen"],
                row["expected"],
                row["before"] if marked else None,
                row["after"] if marked else None,
                row["stake"],
                said,
            )
        )
    return found
