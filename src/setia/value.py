"""What a customer brings in within a window of days, in the basis the business chose."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from setia.errors import InputError


@dataclass(frozen=True)
class ValueSettings:
    """`basis`: revenue (net of refunds) or purchases (counted; what a log without amounts falls back to)."""

    basis: str = "revenue"


def basis_of(settings: ValueSettings, columns: tuple[str, ...]) -> str:
    """Return the basis that this log can serve: `purchases` where it has no amounts.

    Raises:
        InputError: the basis is unknown.
    """
    if settings.basis not in ("revenue", "purchases"):
        raise InputError(f"value={settings.basis} is unknown; use value=revenue or value=purchases.")
    return settings.basis if "amount" in columns else "purchases"


def of_days(basis: str) -> nw.Expr:
    """Return the value of one customer-day as an expression over the `days` table."""
    if basis == "purchases":
        return nw.col("is_purchase").cast(nw.Float64)
    return nw.col("value").cast(nw.Float64)
