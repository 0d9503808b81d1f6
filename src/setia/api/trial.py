"""A campaign that Setia did not make, told by a table of its members."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from setia.api.reading import frame_of
from setia.errors import InputError
from setia.timeline import day_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from setia.campaign import Campaign, Members
    from setia.source import Log

#: What need not be known of a member.
KNOWN: Final = ("p_defect", "expected_value")


@dataclass(frozen=True)
class Trial:
    """When a campaign took place and what it cost.

    `as_of`: the last day before the contact, YYYY-MM-DD; `days`: of the follow-up. `contact_cost`: of each contact;
    `offer_cost`: of each offer that is taken, by `take_rate` of those contacted who buy. `margin`: the share of
    revenue that is profit.

    Raises:
        InputError: the day is no date, or a number means nothing.
    """

    name: str
    as_of: str
    days: int
    contact_cost: float = 0.0
    offer_cost: float = 0.0
    take_rate: float = 1.0
    margin: float = 1.0

    def __post_init__(self) -> None:
        _ = day_of(str(self.as_of))
        if not (isinstance(self.days, int) and self.days >= 1):
            raise InputError(f"days={self.days} must be a whole number of days, at least 1.")
        for name in ("contact_cost", "offer_cost"):
            if not getattr(self, name) >= 0:
                raise InputError(f"{name}={getattr(self, name)} must not be negative.")
        for name in ("take_rate", "margin"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name}={getattr(self, name)} is a share; it must lie between 0 and 1.")

    def campaign(self, log: Log) -> Campaign:
        """Return it as the ledger of campaigns holds one."""
        from setia.campaign import Campaign

        day = day_of(str(self.as_of))
        return Campaign(
            name=self.name,
            policy="own",
            as_of=day,
            ends=day + self.days,
            made_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            model_version="",
            value_basis="revenue" if "amount" in log.columns else "purchases",
            currency=log.currency,
            offer=f"{self.offer_cost:g}",
            contact_cost=self.contact_cost,
            settings={
                "act": {"margin": self.margin},
                "policy": {"offer": {"cost": self.offer_cost, "take_rate": self.take_rate}},
                "costs": None,
            },
            seed=0,
            fingerprint="",
        )


def members_of(table: Any) -> Members:
    """Return the members of a campaign from a table of them.

    Raises:
        InputError: a column is missing, or `contacted` is neither true nor false.
    """
    from setia.campaign import Members

    columns = {name: column.to_numpy() for name, column in frame_of(table, "The table of the campaign").items()}
    for name in ("customer_id", "contacted"):
        if name not in columns:
            raise InputError(
                f"The table of the campaign has no column {name}; it has {', '.join(columns)}. It needs customer_id "
                "and contacted, a row for each member."
            )
    said = columns["contacted"]
    if not np.isin(said, [0, 1]).all():
        raise InputError("The column contacted must be true or false (or 1 or 0) for every member.")
    contacted = said.astype(np.bool_)
    many = len(contacted)
    unknown: NDArray[np.float64] = np.full(many, np.nan)
    known = {name: np.asarray(columns.get(name, unknown), dtype=np.float64) for name in KNOWN}
    return Members(
        customer_id=columns["customer_id"].astype(np.str_),
        control=~contacted,
        stratum=np.zeros(many, dtype=np.int64),
        chance=np.full(many, float((~contacted).mean()) if many else 0.0),
        segment=columns["segment"].astype(np.str_) if "segment" in columns else np.full(many, "all"),
        value_saved=unknown,
        expected_profit=unknown,
        **known,
    )
