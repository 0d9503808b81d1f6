"""What a customer brings in within a window of days, in the basis the business chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from setia.engine import Engine
from setia.errors import InputError
from setia.history import Prepared, prepare
from setia.ledger import Costs, costed
from setia.source import Log

BASES: Final = ("revenue", "purchases", "profit")


@dataclass(frozen=True)
class ValueSettings:
    """What value is counted in.

    `basis`: revenue (net of refunds), purchases (counted; what a log without amounts falls back to) or profit (what is
    left of the revenue after `costs`; without them of a log whose lines all have a unit cost).
    """

    basis: str = "revenue"
    costs: Costs | None = None


def basis_of(settings: ValueSettings, columns: tuple[str, ...]) -> str:
    """Return the basis that this log can serve: `purchases` instead of revenue where it has no amounts.

    Raises:
        InputError: the basis is unknown, or profit is asked of a log without amounts.
    """
    if settings.basis not in BASES:
        raise InputError(f"value={settings.basis} is unknown; use value=revenue, value=purchases or value=profit.")
    if "amount" in columns:
        return settings.basis
    if settings.basis == "profit":
        # revenue is the default and may give way; profit was asked for
        raise InputError(
            "value=profit needs amounts, which the log lacks; name their column with source.columns.amount=NAME, or "
            "use value=purchases."
        )
    return "purchases"


def sales_basis_of(settings: ValueSettings, columns: tuple[str, ...]) -> str:
    """Return the basis of what looks at how customers come and go: profit is looked at before costs, as revenue.

    Raises:
        InputError: as `basis_of`.
    """
    basis = basis_of(settings, columns)
    return "revenue" if basis == "profit" else basis


def column_of(basis: str) -> str:
    """Return the column of customer-days (`DAY_COLUMNS`) that tells what one brought in."""
    return {"purchases": "purchases", "profit": "profit"}.get(basis, "value")


def called(basis: str) -> str:
    """Return what value of a basis is called in sentences."""
    return {"purchases": "purchases", "profit": "profit"}.get(basis, "spend")


def costs_of(settings: ValueSettings) -> Costs:
    """Return the costs of a basis that counts them.

    Raises:
        InputError: it counts none.
    """
    if settings.basis != "profit":
        raise InputError(
            f"value={settings.basis} counts no costs, and a ledger of profit needs them: say value=profit and, where "
            "the log has no unit cost, what goods cost as a share of the list price, such as "
            "value.costs.goods_rate=0.7; conf/value/profit.yaml lists the other costs."
        )
    return settings.costs or Costs()


def prepare_log(log: Log, engine: Engine, settings: ValueSettings) -> Prepared:
    """Make a log ready for any number of cutoffs, in the basis that it is to be valued in.

    Raises:
        InputError: the log is empty; or profit is asked for and a line's cost is not known, or the contacts cannot
            be read.
    """
    if settings.basis != "profit":
        return prepare(log.lines, engine)
    found = costed(log, engine, costs_of(settings))
    return prepare(found.lines, engine, found.profit)
