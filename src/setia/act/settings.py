"""What a campaign may choose beside its policy, and how one is read back."""

from __future__ import annotations

import re
from dataclasses import dataclass

from setia.errors import InputError
from setia.policy.choose import Limits

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,80}")


@dataclass(frozen=True)
class ActSettings:
    """A campaign.

    `campaign`: its name (null: made of the policy and the day); a name that exists already changes nothing. `budget`,
    `count`: of those contacted, for contact and offer; without either, all who pay. `control`: share of the members who
    are left alone (null: as many as it takes to detect a rise of retention by `detect`). `do_not_contact`: a file of
    ids. `cool_days`: nobody is contacted again so soon. `follow_up_days`: over which it is read back (null: the model's
    horizon). `margin`: share of revenue that is profit, where value is counted as revenue. `folder`: of the lists.
    `ledger`: of the campaigns, a SQLite file.

    Raises:
        InputError: a setting means nothing.
    """

    campaign: str | None = None
    budget: float | None = None
    count: int | None = None
    control: float | None = None
    detect: float = 0.03
    do_not_contact: str | None = None
    cool_days: int = 30
    follow_up_days: int | None = None
    margin: float = 0.3
    folder: str = "models/act"
    ledger: str = "models/act/campaigns.db"

    def __post_init__(self) -> None:
        _ = self.limits
        check_name(self.campaign, "act")
        for name in ("control", "detect"):
            value = getattr(self, name)
            if value is not None and not 0 < value < 1:
                raise InputError(f"act.{name}={value} must lie between 0 and 1; 0.2 means a fifth.")
        if self.cool_days < 0:
            raise InputError(f"act.cool_days={self.cool_days} must not be negative.")
        if self.follow_up_days is not None and self.follow_up_days < 1:
            raise InputError(f"act.follow_up_days={self.follow_up_days} must be at least 1.")
        if not 0 < self.margin <= 1:
            raise InputError(f"act.margin={self.margin} is a share of revenue; it must be above 0 and at most 1.")

    @property
    def limits(self) -> Limits:
        """How far the campaign may go."""
        return Limits(self.budget, self.count)


@dataclass(frozen=True)
class ReadbackSettings:
    """`campaign`: which one is read back (null: the last that is over). `uplift`: whether to learn whom the contact
    kept, for the next campaign. `folder`, `ledger`: as in `ActSettings`.

    Raises:
        InputError: the name cannot be one.
    """

    campaign: str | None = None
    uplift: bool = True
    folder: str = "models/act"
    ledger: str = "models/act/campaigns.db"

    def __post_init__(self) -> None:
        check_name(self.campaign, "readback")


def check_name(name: str | None, group: str) -> None:
    """Refuse a name that could not be a file's.

    Raises:
        InputError: it has other characters than letters, digits, blanks, dots, hyphens and underscores.
    """
    if name is not None and not _NAME.fullmatch(name):
        raise InputError(
            f"{group}.campaign={name!r} cannot name a file; use letters, digits, hyphens and underscores, such as "
            "spring-2026."
        )
