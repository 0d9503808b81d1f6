"""Which alerts were told already: a small SQLite file, so that a rerun does not repeat them."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from setia.errors import InputError
from setia.timeline import date_of

VERSION = 1


@dataclass(frozen=True)
class Alert:
    """One customer's change for the worse. Days count from 1970-01-01.

    `day`: of the alarm; `as_of`: of the run that told it. `kind`: visits, spend or breadth; `probability`: that it has
    just changed; `since`: the day of the last visit of the old pattern; `seen` visits since, where `expected` were to
    be expected; `before`, `after`: what a visit brought or held (null where visits have become fewer); `stake`: what is
    missing of a year's value at the old pace.
    """

    customer_id: str
    day: int
    as_of: int
    kind: str
    probability: float
    since: int
    seen: int
    expected: float
    before: float | None
    after: float | None
    stake: float
    sentence: str


COLUMNS = tuple(field.name for field in fields(Alert))


@dataclass(frozen=True)
class Ledger:
    """The alerts told of one log. Every method reads or writes the file at once; nothing is held open."""

    path: Path
    log: str

    def last_run(self) -> int | None:
        """Return the day up to which the last run looked, null before the first."""
        with self._open() as base:
            (last,) = base.execute("select max(as_of) from runs where log = ?", (self.log,)).fetchone()
        return None if last is None else int(last)

    def told(self, since: int) -> dict[str, int]:
        """Return the day of the last alert of each customer, of those on or after a day."""
        with self._open() as base:
            rows = base.execute(
                "select customer_id, max(day) from alerts where log = ? and day >= ? group by customer_id",
                (self.log, since),
            ).fetchall()
        return {str(customer): int(day) for customer, day in rows}

    def of_run(self, as_of: int) -> tuple[Alert, ...]:
        """Return the alerts that runs of a day told, most money first."""
        with self._open() as base:
            rows = base.execute(
                f"select {', '.join(COLUMNS)} from alerts where log = ? and as_of = ? order by stake desc, customer_id",
                (self.log, as_of),
            ).fetchall()
        return tuple(Alert(*row) for row in rows)

    def add(self, as_of: int, alerts: Sequence[Alert]) -> None:
        """Write a run and its alerts, all or nothing."""
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        slots = ", ".join("?" * (len(COLUMNS) + 2))
        with self._open() as base, base:
            base.execute("insert into runs values (?, ?, ?, ?)", (self.log, as_of, now, len(alerts)))
            base.executemany(
                f"insert or ignore into alerts (log, told_at, {', '.join(COLUMNS)}) values ({slots})",
                [(self.log, now, *astuple(alert)) for alert in alerts],
            )

    def check(self, as_of: int) -> int | None:
        """Return the day of the last run.

        Raises:
            InputError: a later day was looked at already, so that telling now would mix up what was told when.
        """
        last = self.last_run()
        if last is not None and last > as_of:
            raise InputError(
                f"Alerts of {self.log} were told up to {date_of(last)} already, and this log ends on {date_of(as_of)}; "
                f"bring a later log, or set alert.ledger to another file than {self.path}."
            )
        return last

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=30)) as base:
                self._prepare(base)
                yield base
        except (sqlite3.Error, OSError) as error:
            raise InputError(
                f"{self.path} cannot be used as the ledger of alerts ({error}); set alert.ledger to another file."
            ) from error

    def _prepare(self, base: sqlite3.Connection) -> None:
        (version,) = base.execute("pragma user_version").fetchone()
        if version == VERSION:
            return
        if version or base.execute("select count(*) from sqlite_master").fetchone()[0]:
            raise sqlite3.DatabaseError("it is another database, or one of another version")
        with base:
            base.execute("create table runs (log text, as_of integer, run_at text, alerts integer)")
            kinds = {"customer_id": "text", "kind": "text", "sentence": "text"}
            whole = {"day", "as_of", "since", "seen"}
            columns = ", ".join(f"{name} {kinds.get(name, 'integer' if name in whole else 'real')}" for name in COLUMNS)
            base.execute(
                f"create table alerts (log text, told_at text, {columns}, primary key (log, customer_id, day))"
            )
            base.execute(f"pragma user_version = {VERSION}")
