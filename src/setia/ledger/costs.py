"""What serving a customer costs, as the business knows it: settings alone, nothing is learnt from a log."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from setia.errors import InputError

_SHARES: Final = ("goods_rate", "returned_goods", "commission_rate")
_MONEY: Final = ("per_order", "per_line", "per_refund", "per_contact")
_TABLES: Final = ("category_goods", "channel_commission")
#: A share above this is a per cent by mistake; goods may well cost more than they are sold for.
_MOST: Final = {"goods_rate": 10.0, "category_goods": 10.0}


@dataclass(frozen=True)
class Costs:
    """What is taken off the money that comes in.

    Shares lie between 0 and 1 (goods sold below cost: above 1), money is in the log's currency.

    Attributes:
        goods_rate: cost of goods as a share of the list price, where a line has no unit cost and its category
            no share; null: such a line is refused.
        category_goods: the same by category, counted before `goods_rate`.
        returned_goods: share of the goods' cost that comes back with a refund, because they can be sold again.
        commission_rate: share of what is paid that goes to whoever sold or collected; given back with a refund.
        channel_commission: the same by channel, counted before `commission_rate`.
        per_order: of each order (lines without an order's name: of each day of a customer with a sale).
        per_line: of each line sold.
        per_refund: of each line refunded.
        per_contact: of each contact whose own cost is not given.
        contacts: a CSV or Parquet file of contacts: customer_id, date and, if they differ, cost. Null: none.

    Raises:
        InputError: a share or a cost means nothing.
    """

    goods_rate: float | None = None
    category_goods: Mapping[str, float] = field(default_factory=dict)
    returned_goods: float = 1.0
    commission_rate: float = 0.0
    channel_commission: Mapping[str, float] = field(default_factory=dict)
    per_order: float = 0.0
    per_line: float = 0.0
    per_refund: float = 0.0
    per_contact: float = 0.0
    contacts: str | None = None

    def __post_init__(self) -> None:
        for name in _SHARES:
            if getattr(self, name) is not None:
                _check_share(f"value.costs.{name}", getattr(self, name), _MOST.get(name, 1.0))
        for name in _TABLES:
            table = getattr(self, name)
            if not isinstance(table, Mapping):
                raise InputError(
                    f"value.costs.{name}={table} must give a share for each name, such as {{GROCERY: 0.7}}."
                )
            for key, share in table.items():
                _check_share(f"value.costs.{name}.{key}", share, _MOST.get(name, 1.0))
        for name in _MONEY:
            value = getattr(self, name)
            if not (_is_number(value) and value >= 0):
                raise InputError(f"value.costs.{name}={value} must be money, 0 or more.")
            if abs(value * 1e4 - round(value * 1e4)) > 1e-6:
                raise InputError(
                    f"value.costs.{name}={value} is finer than the ledger, which counts in 0.0001; round it."
                )
        if self.per_contact and self.contacts is None:
            raise InputError(
                f"value.costs.per_contact={self.per_contact} needs to know the contacts: name their file with "
                "value.costs.contacts=PATH (columns customer_id, date)."
            )


def _check_share(name: str, value: float, most: float) -> None:
    if not (_is_number(value) and 0 <= value <= most):
        raise InputError(f"{name}={value} must be a share between 0 and {most:g}; 0.3 means 30 %.")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
