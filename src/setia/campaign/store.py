"""The ledger of campaigns: a small SQLite file of what was made, of whom, and how it was read back."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from setia.campaign.strata import Floats
from setia.campaign.tables import COLUMNS, TABLES, VERSION, Campaign, Members, Reading
from setia.errors import InputError

CONTACT, CONTROL = "contact", "control"
ABOUT: Final = tuple(field.name for field in fields(Campaign))


@dataclass(frozen=True)
class CampaignLedger:
    """The campaigns of one log. Every method reads or writes the file at once; nothing is held open.

    Raises (every method):
        InputError: the file cannot be used: another database, another version, or no permission.
    """

    path: Path
    log: str

    def campaigns(self) -> tuple[Campaign, ...]:
        """Return every campaign, oldest first."""
        with self._open() as base:
            rows = base.execute(
                f"select {', '.join(ABOUT)} from campaigns where log = ? order by as_of, made_at, name", (self.log,)
            ).fetchall()
        return tuple(_campaign(row) for row in rows)

    def find(self, name: str) -> Campaign | None:
        """Return a campaign by its name, null where there is none."""
        return next((one for one in self.campaigns() if one.name == name), None)

    def members(self, name: str) -> Members:
        """Return the members of a campaign in the order of their ids; none of one that was never made."""
        with self._open() as base:
            rows = base.execute(
                f"select {', '.join(COLUMNS)} from members where log = ? and name = ? order by customer_id",
                (self.log, name),
            ).fetchall()
        columns = zip(*rows, strict=True) if rows else ((),) * len(COLUMNS)
        read = dict(zip(COLUMNS, columns, strict=True))
        of: dict[str, Any] = {name: np.array(read[name], dtype=kind) for name, (_, kind) in COLUMNS.items()}
        arm = of.pop("arm")
        return Members(control=arm == CONTROL, **of)

    def add(self, campaign: Campaign, members: Members) -> None:
        """Write a campaign and its members, all or nothing.

        Raises:
            InputError: a campaign of that name exists, a customer comes twice, or the settings are no JSON.
        """
        settings = _written(campaign.settings, f"The settings of campaign {campaign.name!r}")
        about = [settings if name == "settings" else getattr(campaign, name) for name in ABOUT]
        words = {"arm": np.where(members.control, CONTROL, CONTACT)}
        columns = [words[name] if name in words else getattr(members, name) for name in COLUMNS]
        with self._writing() as base:
            if base.execute("select 1 from campaigns where log = ? and name = ?", (self.log, campaign.name)).fetchone():
                raise InputError(
                    f"A campaign named {campaign.name!r} of {self.log} is in {self.path} already; "
                    "give the new one another name."
                )
            base.execute(f"insert into campaigns values ({_slots(len(ABOUT) + 1)})", (self.log, *about))
            rows = zip(*(column.tolist() for column in columns), strict=True)
            try:
                base.executemany(
                    f"insert into members values ({_slots(len(COLUMNS) + 2)})",
                    ((self.log, campaign.name, *row) for row in rows),
                )
            except sqlite3.IntegrityError as error:
                raise InputError(
                    f"Campaign {campaign.name!r} holds a customer twice; each can be in it once."
                ) from error

    def contacted_since(self, day: int) -> dict[str, int]:
        """Return the day of the last campaign of each customer who was to be contacted on or after a day."""
        with self._open() as base:
            rows = base.execute(
                "select customer_id, max(as_of) from campaigns join members using (log, name) "
                "where log = ? and as_of >= ? and arm = ? group by customer_id",
                (self.log, day, CONTACT),
            ).fetchall()
        return {str(customer): int(last) for customer, last in rows}

    def left_alone(self, day: int) -> frozenset[str]:
        """Return who is in the control group of a campaign that is under way on a day: its follow-up is not over."""
        with self._open() as base:
            rows = base.execute(
                "select distinct customer_id from campaigns join members using (log, name) "
                "where log = ? and as_of <= ? and ends > ? and arm = ?",
                (self.log, day, day, CONTROL),
            ).fetchall()
        return frozenset(str(customer) for (customer,) in rows)

    def add_readback(self, name: str, as_of: int, result: Mapping[str, Any]) -> None:
        """Write a reading of a campaign.

        Raises:
            InputError: there is no campaign of that name, or the result is no JSON.
        """
        text = _written(result, f"The read-back of campaign {name!r}")
        with self._writing() as base:
            if not base.execute("select 1 from campaigns where log = ? and name = ?", (self.log, name)).fetchone():
                names = ", ".join(one.name for one in self.campaigns())
                raise InputError(
                    f"There is no campaign {name!r} of {self.log} in {self.path}; it holds {names or 'none'}."
                )
            base.execute("insert into readbacks values (?, ?, ?, ?, ?)", (self.log, name, _now(), as_of, text))

    def readbacks(self, name: str) -> tuple[Reading, ...]:
        """Return every reading of a campaign, in the order in which they were written."""
        with self._open() as base:
            rows = base.execute(
                "select read_at, as_of, result from readbacks where log = ? and name = ? order by rowid",
                (self.log, name),
            ).fetchall()
        return tuple(Reading(str(read_at), int(as_of), json.loads(result)) for read_at, as_of, result in rows)

    def note_divest(self, as_of: int, ids: Sequence[str] | NDArray[np.str_], bounds: Floats) -> None:
        """Write a run of the divest policy: whom it found, with the upper bound of what each brings.

        A run that found nobody is a run too; one of the same day takes the place of the earlier.
        """
        rows = zip((str(one) for one in ids), (float(bound) for bound in bounds), strict=True)
        with self._writing() as base:
            base.execute("delete from divest_found where log = ? and as_of = ?", (self.log, as_of))
            base.execute("insert or replace into divest_runs values (?, ?, ?)", (self.log, as_of, _now()))
            base.executemany(
                "insert into divest_found values (?, ?, ?, ?)", ((self.log, as_of, one, bound) for one, bound in rows)
            )

    def divest_before(self, as_of: int) -> dict[str, float]:
        """Return whom the last run before a day found, with the upper bounds; nobody where there was none."""
        with self._open() as base:
            rows = base.execute(
                "select customer_id, upper_bound from divest_found where log = ? and as_of = "
                "(select max(as_of) from divest_runs where log = ? and as_of < ?)",
                (self.log, self.log, as_of),
            ).fetchall()
        return {str(customer): float(bound) for customer, bound in rows}

    @contextmanager
    def _open(self, *, to_write: bool = False) -> Iterator[sqlite3.Connection]:
        place: Path | str = self.path
        try:
            if to_write:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            elif not self.path.exists():  # whoever only looks leaves no empty file behind
                place = ":memory:"
            # transactions are begun by hand, so that a writer holds the file from its first look on
            with closing(sqlite3.connect(place, timeout=30, isolation_level=None)) as base:
                self._prepare(base)
                yield base
        except (sqlite3.Error, OSError) as error:
            raise InputError(
                f"{self.path} cannot be used as the ledger of campaigns ({error}); set act.ledger to another file."
            ) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Open for a transaction: what is written in the block stays as a whole, or not at all if it fails."""
        with self._open(to_write=True) as base, _transaction(base):
            yield base

    def _prepare(self, base: sqlite3.Connection) -> None:
        if _version(base) == VERSION:
            return
        if _version(base) or base.execute("select count(*) from sqlite_master").fetchone()[0]:
            raise sqlite3.DatabaseError("it is another database, or one of another version")
        with _transaction(base):
            if _version(base) == VERSION:  # another writer was first
                return
            for table in TABLES:
                base.execute(table)
            base.execute(f"pragma user_version = {VERSION}")


@contextmanager
def _transaction(base: sqlite3.Connection) -> Iterator[None]:
    base.execute("begin immediate")
    with base:
        yield


def _version(base: sqlite3.Connection) -> int:
    return int(base.execute("pragma user_version").fetchone()[0])


def _campaign(row: Sequence[Any]) -> Campaign:
    of = dict(zip(ABOUT, row, strict=True))
    return Campaign(**{**of, "settings": json.loads(of["settings"])})


def _written(what: Mapping[str, Any], called: str) -> str:
    try:
        return json.dumps(what, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"{called} cannot be written as JSON ({error}); use plain numbers, text and lists.") from error


def _slots(number: int) -> str:
    return ", ".join("?" * number)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
