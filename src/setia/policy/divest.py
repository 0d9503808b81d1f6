"""Divest: customers who will cost more than they bring, for certain; on what grounds, and what to try first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from setia.errors import InputError

#: What takes the money away -> the remedies to try, cheapest first; parting is the last.
REMEDIES: Final[Mapping[str, tuple[str, ...]]] = {
    "goods": ("reprice", "minimum order"),
    "discounts": ("end the discounts", "reprice"),
    "refunds": ("charge for returns", "reprice"),
    "commission": ("another channel", "reprice"),
    "service": ("minimum order", "self-service", "reprice"),
}


@dataclass(frozen=True)
class Divest:
    """`months`: over which grounds are told. `least_purchases`: who bought on fewer days is not judged.

    Raises:
        InputError: one is below 1.
    """

    months: int = 12
    least_purchases: int = 3

    def __post_init__(self) -> None:
        for name in ("months", "least_purchases"):
            if getattr(self, name) < 1:
                raise InputError(f"policy.{name}={getattr(self, name)} must be at least 1.")

    @property
    def name(self) -> str:
        """What the policy is called."""
        return "divest"


@dataclass(frozen=True)
class Grounds:
    """Why a customer costs more than they bring, over the last months; money in the log's currency.

    `taken`: what each part of the costs took as a share of the sales at list. `worst`: the part that takes most more
    than with customers at large. `upper`: the upper bound of the value to come; `confirmed`: the run before found the
    customer too.
    """

    customer_id: str
    profit: float
    sales: float
    lines: int
    taken: Mapping[str, float]
    usual: Mapping[str, float]
    upper: float
    confirmed: bool

    @property
    def worst(self) -> str:
        """The part of the costs that takes most more than with customers at large."""
        return max(self.taken, key=lambda part: self.taken[part] - self.usual[part])

    @property
    def price_rise(self) -> float | None:
        """The rise of prices that would have covered the loss, as a share; null without sales."""
        return -self.profit / self.sales if self.sales > 0 else None

    @property
    def remedies(self) -> tuple[str, ...]:
        """What to try before parting, cheapest first."""
        return REMEDIES[self.worst]

    @property
    def said(self) -> str:
        """The grounds in a sentence."""
        mine, usual = 100 * self.taken[self.worst], 100 * self.usual[self.worst]
        loss = f"lost {-self.profit:,.2f} on sales of {self.sales:,.2f} ({self.lines:,} lines)"
        take = "take" if self.worst.endswith("s") else "takes"
        why = f"{self.worst} {take} {mine:.0f} % of sales, {usual:.0f} % with customers at large"
        rise = "" if self.price_rise is None else f"; prices {100 * self.price_rise:.0f} % higher would cover it"
        return f"{loss}: {why}{rise}. Try first: {', '.join(self.remedies)}."
