"""What the ledger of campaigns holds: a campaign, its members, a reading of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from setia.campaign.strata import Floats, Index
from setia.errors import InputError


@dataclass(frozen=True)
class Campaign:
    """A campaign as it was made; days count from 1970-01-01.

    `as_of`: the day whose scores chose the members; `ends`: the last day of the follow-up. `made_at`: the moment, ISO
    8601 in UTC. `contact_cost`: money per contacted customer, of contact alone. `settings`: what it was made with, as
    JSON takes it. `seed` and the name decide the lot; `fingerprint` tells the log and settings apart from others.
    """

    name: str
    policy: str
    as_of: int
    ends: int
    made_at: str
    model_version: str
    value_basis: str
    currency: str
    offer: str
    contact_cost: float
    settings: Mapping[str, Any] = field(hash=False)
    seed: int
    fingerprint: str


@dataclass(frozen=True, eq=False)
class Members:
    """The members of a campaign, one array each of shape (members,), in the order of their ids.

    `control`: left alone by lot; `stratum` and `chance`: within which and how likely. `segment`, `p_defect`,
    `value_saved`, `expected_profit` and `expected_value` are what was known when they were chosen; NaN where not.

    Raises:
        InputError: the arrays differ in length.
    """

    customer_id: NDArray[np.str_]
    control: NDArray[np.bool_]
    stratum: Index
    chance: Floats
    segment: NDArray[np.str_]
    p_defect: Floats
    value_saved: Floats
    expected_profit: Floats
    expected_value: Floats

    def __post_init__(self) -> None:
        lengths = {one.name: len(getattr(self, one.name)) for one in fields(self)}
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"{name} {length:,}" for name, length in lengths.items())
            raise InputError(f"The columns of a campaign's members differ in length: {said}.")

    def __len__(self) -> int:
        return len(self.customer_id)


@dataclass(frozen=True)
class Reading:
    """One read-back: the moment (ISO 8601 in UTC), the last day of the log, and the result as JSON takes it."""

    read_at: str
    as_of: int
    result: Mapping[str, Any] = field(hash=False)


#: The columns of the members, each with its kind in SQLite and in NumPy; the arm is told in words.
COLUMNS: Final[Mapping[str, tuple[str, type]]] = {
    "customer_id": ("text", np.str_),
    "arm": ("text", np.str_),
    "stratum": ("integer", np.int64),
    "chance": ("real", np.float64),
    "segment": ("text", np.str_),
    "p_defect": ("real", np.float64),
    "value_saved": ("real", np.float64),
    "expected_profit": ("real", np.float64),
    "expected_value": ("real", np.float64),
}
VERSION: Final = 1
TABLES: Final = (
    "create table campaigns (log text, name text, policy text, as_of integer, ends integer, made_at text, "
    "model_version text, value_basis text, currency text, offer text, contact_cost real, settings text, seed integer, "
    "fingerprint text, primary key (log, name)) without rowid",
    f"create table members (log text, name text, {', '.join(f'{n} {kind}' for n, (kind, _) in COLUMNS.items())}, "
    "primary key (log, name, customer_id)) without rowid",
    "create table readbacks (log text, name text, read_at text, as_of integer, result text)",
    "create table divest_runs (log text, as_of integer, run_at text, primary key (log, as_of)) without rowid",
    "create table divest_found (log text, as_of integer, customer_id text, upper_bound real, "
    "primary key (log, as_of, customer_id)) without rowid",
)
