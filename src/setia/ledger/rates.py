"""The shares that are set by category and by channel, written beside each line while names are still names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import narwhals as nw

from setia.engine import Frame
from setia.errors import InputError
from setia.ledger.costs import Costs
from setia.ledger.parts import COMMISSION, CONTACT, GOODS

if TYPE_CHECKING:
    from narwhals.typing import IntoDType


def with_rates(lines: Frame, costs: Costs) -> Frame:
    """Add the columns GOODS, COMMISSION and CONTACT (null: these are lines of the log).

    Raises:
        InputError: a share is set by category or channel, and the log names none.
    """
    names = lines.collect_schema().names()
    _check(costs.category_goods, "category_goods", "category", names)
    _check(costs.channel_commission, "channel_commission", "channel", names)
    return lines.with_columns(
        _share(costs.category_goods, "category", costs.goods_rate).alias(GOODS),
        _share(costs.channel_commission, "channel", costs.commission_rate).alias(COMMISSION),
        nothing().alias(CONTACT),
    )


def nothing(dtype: IntoDType = nw.Float64) -> nw.Expr:
    """Return a column of nulls."""
    return nw.lit(None).cast(dtype)


def _share(table: Mapping[str, float], column: str, otherwise: float | None) -> nw.Expr:
    found = nothing() if otherwise is None else nw.lit(float(otherwise))
    for name, share in table.items():
        found = nw.when(nw.col(column) == name).then(nw.lit(float(share))).otherwise(found)
    return found


def _check(table: Mapping[str, float], setting: str, column: str, names: list[str]) -> None:
    if table and column not in names:
        raise InputError(
            f"value.costs.{setting} gives shares by {column}, but the log has no {column}; set "
            f"source.columns.{column}=NAME, or leave them out."
        )
