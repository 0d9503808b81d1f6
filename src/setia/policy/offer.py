"""What a contact costs, and what it is taken to achieve until a campaign has measured it."""

from __future__ import annotations

from dataclasses import dataclass

from setia.errors import InputError


@dataclass(frozen=True)
class Offer:
    """The offer of a campaign. Money in the log's currency.

    `cost`: what the offer costs the business when somebody takes it. `contact_cost`: of every contact. `keep_chance`:
    the chance that the offer keeps a customer who would leave (gamma). `wake_share`: with one who has left already it
    is this part of that. `take_rate`: the share of those who buy anyhow who take it (a).

    Raises:
        InputError: a cost is negative, or a chance not between 0 and 1.
    """

    cost: float = 5.0
    contact_cost: float = 0.5
    keep_chance: float = 0.1
    wake_share: float = 0.25
    take_rate: float = 0.5

    def __post_init__(self) -> None:
        for name in ("cost", "contact_cost"):
            if not getattr(self, name) >= 0:
                raise InputError(f"policy.offer.{name}={getattr(self, name)} must not be negative.")
        for name in ("keep_chance", "wake_share", "take_rate"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"policy.offer.{name}={getattr(self, name)} is a chance; it must lie between 0 and 1.")
