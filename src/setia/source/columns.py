"""Which of the user's columns plays which role: by name when told, else by its usual names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from setia.errors import InputError
from setia.source.settings import ColumnMap
from setia.source.text import listing, nearest

REQUIRED: Final = ("customer_id", "timestamp")

#: Usual names, compared without case, spaces, underscores, dots and hyphens.
_USUAL: Final = {
    "customer_id": (
        "customerid customer cust custid customerno customernumber customerkey clientid client householdid "
        "householdkey memberid member userid user cardid cardnumber loyaltyid accountid shopperid buyerid "
        "contactid idcustomer customercode"
    ),
    "timestamp": (
        "timestamp date datetime time day invoicedate orderdate transactiondate transactiontimestamp "
        "transactiontime transactiondatetime purchasedate purchasetimestamp orderpurchasetimestamp saledate "
        "salesdate eventtime eventdate createdat orderedat ordertimestamp dateoforder receiptdate bookingdate"
    ),
    "amount": (
        "amount amt total totalamount totalprice linetotal lineamount salesvalue salesamount sales revenue "
        "netamount netsales turnover spend purchaseamount transactionamount totalvalue paymentvalue dollarvalue "
        "ordervalue orderamount ordertotal extendedprice"
    ),
    "unit_price": "unitprice price priceperunit itemprice sellingprice",
    "order_id": (
        "orderid order invoice invoiceno invoiceid invoicenumber basketid basket transactionid receiptid "
        "receiptno receiptnumber ordernumber orderno ticketid"
    ),
    "product_id": (
        "productid product stockcode sku articleid article itemid item productcode itemcode upc ean materialid"
    ),
    "category": (
        "category productcategory productcategoryname department categoryid categoryname productgroup itemcategory"
    ),
    "quantity": "quantity qty units numberofunits numberofcds pieces unitssold salesquantity",
    "unit_cost": "unitcost cost costprice cogs purchaseprice costperunit",
    "discount": "discount discountamount discountvalue markdown",
    "channel": "channel saleschannel salechannel orderchannel",
}
SYNONYMS: Final = {role: frozenset(names.split()) for role, names in _USUAL.items()}


@dataclass(frozen=True)
class Roles:
    """Role -> name of the user's column, for the columns that exist; and what is worth telling."""

    names: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()

    def get(self, role: str) -> str | None:
        """Return the user's column that plays the role, None when none does."""
        return dict(self.names).get(role)

    def used(self) -> tuple[str, ...]:
        """Return the user's columns that are needed, each once."""
        return tuple(dict.fromkeys(name for _, name in self.names))


def folded(name: str) -> str:
    """Return a name without case, spaces and punctuation, as the synonyms are written."""
    return re.sub(r"[\W_]+", "", name).lower()


def assign(wanted: ColumnMap, columns: tuple[str, ...], where: str) -> Roles:
    """Give each role its column.

    Args:
        wanted: what the user named.
        columns: the columns that the source has.
        where: the source in words, for messages.

    Raises:
        InputError: a named column is missing, a required role has no column, or two columns could play a role.
    """
    names: dict[str, str] = {}
    for role, name in wanted.named().items():
        if name:
            names[role] = _named(role, name, columns, where)
        elif name is None:
            found = _found(role, [c for c in columns if c not in set(names.values())], where)
            if found is not None:
                names[role] = found
        if role in REQUIRED and role not in names:
            raise InputError(_missing(role, columns, where))
    return _settle_amount(wanted, names, where)


def _named(role: str, name: str, columns: tuple[str, ...], where: str) -> str:
    if name in columns:
        return name
    same = [column for column in columns if column.strip().lower() == name.strip().lower()]
    if len(same) == 1:
        return same[0]
    close = nearest(name, columns)
    hint = f" The nearest is {close!r}: set source.columns.{role}={close!r}." if close else ""
    raise InputError(
        f"source.columns.{role}={name!r} is not a column of {where}; its columns are {listing(columns)}.{hint}"
    )


def _found(role: str, columns: list[str], where: str) -> str | None:
    own = [column for column in columns if folded(column) == folded(role)]
    usual = own or [column for column in columns if folded(column) in SYNONYMS[role]]
    if len(usual) > 1:
        leave = "" if role in REQUIRED else f", or source.columns.{role}='' to leave it out"
        raise InputError(
            f"{where} has {len(usual)} columns that could be the {role}: {listing(usual)}. Say which one with "
            f"source.columns.{role}=NAME{leave}."
        )
    return usual[0] if usual else None


def _missing(role: str, columns: tuple[str, ...], where: str) -> str:
    def alike(column: str) -> float:
        return max(SequenceMatcher(None, folded(column), usual).ratio() for usual in SYNONYMS[role])

    best = max(columns, key=alike, default=None)
    close = f" The nearest is {best!r}." if best is not None and alike(best) >= 0.6 else ""
    return (
        f"{where} has no column that looks like the {role}; its columns are {listing(columns)}.{close} Say which "
        f"one it is with source.columns.{role}=NAME."
    )


def _settle_amount(wanted: ColumnMap, names: dict[str, str], where: str) -> Roles:
    """Decide between the total of a line and unit price x quantity."""
    notes: list[str] = []
    if wanted.unit_price and wanted.amount is None:
        names.pop("amount", None)  # who names the unit price means it, whatever else looks like a total
    if "amount" in names:
        names.pop("unit_price", None)
    elif "unit_price" in names and "quantity" not in names:
        if wanted.unit_price:
            raise InputError(
                f"source.columns.unit_price={wanted.unit_price!r} needs a quantity to make an amount, and {where} "
                f"has none that is known; set source.columns.quantity=NAME, or source.columns.amount="
                f"{wanted.unit_price!r} if it is the total of a line."
            )
        price = names.pop("unit_price")
        notes.append(
            f"Column {price!r} looks like a unit price but there is no quantity, so the log has no amounts; set "
            f"source.columns.amount={price!r} if it is the total of a line."
        )
    if wanted.amount == "" and not wanted.unit_price:
        names.pop("unit_price", None)
    return Roles(tuple(names.items()), tuple(notes))
