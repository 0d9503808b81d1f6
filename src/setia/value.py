"""What a customer brings in within a window of days, in the basis the business chose."""

from __future__ import annotations

from dataclasses import dataclass

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


def column_of(basis: str) -> str:
    """Return the column of customer-days (`DAY_COLUMNS`) that tells what one brought in."""
    return "purchases" if basis == "purchases" else "value"


def called(basis: str) -> str:
    """Return what value of a basis is called in sentences."""
    return "purchases" if basis == "purchases" else "spend"
