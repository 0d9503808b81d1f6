"""What a reader of a ledger should know before believing it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from setia.ledger.accounts import Account
from setia.ledger.costed import Costed
from setia.ledger.costs import Costs


def notes(costs: Costs, found: Costed, total: Account, names: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Say in sentences where figures rest on settings, and what was left out.

    Args:
        costs: the settings.
        found: the log with its costs.
        total: of all lines.
        names: by `category` and `channel`, those that the log has.
    """
    return (*_goods(costs, found), *_lines(found, total), *_contacts(found), *_unknown(costs, names))


def _goods(costs: Costs, found: Costed) -> Iterator[str]:
    seen = found.coverage
    if seen.uncosted and costs.goods_rate is not None:
        share = _share(seen.uncosted_revenue, seen.revenue)
        said = (
            f"No cost of goods is known for {seen.uncosted:,} of {seen.sold:,} lines sold ({share} of the money): it "
            f"is counted at {100 * costs.goods_rate:.1f} % of their list price (value.costs.goods_rate)"
        )
        yield f"{said}; the others cost {100 * seen.measured:.1f} %." if seen.measured is not None else f"{said}."
    if seen.lost_refunds:
        yield f"Refunds without any cost, for which no goods are counted as come back: {seen.lost_refunds:,}."


def _lines(found: Costed, total: Account) -> Iterator[str]:
    if total.lines_below_cost:
        share = _share(total.lines_below_cost, total.lines_sold)
        yield f"Lines sold for less than their goods cost: {total.lines_below_cost:,} ({share} of those sold)."
    if found.coverage.rounded:
        yield f"Amounts with more than 4 decimals, which were rounded to 4: {found.coverage.rounded:,}."


def _contacts(found: Costed) -> Iterator[str]:
    left = found.contacts
    reasons = {
        "of people who had not bought anything by then": left.strangers,
        "outside the days of the log": left.outside,
        "that could not be read": left.refused,
    }
    said = ", ".join(f"{count:,} {why}" for why, count in reasons.items() if count)
    if said:
        yield f"Contacts not booked: {said}; booked: {left.booked:,}."


def _unknown(costs: Costs, names: Mapping[str, Collection[str]]) -> Iterator[str]:
    for setting, kind, table in (
        ("category_goods", "category", costs.category_goods),
        ("channel_commission", "channel", costs.channel_commission),
    ):
        if strange := sorted(set(table) - set(names.get(kind, ()))):
            yield f"value.costs.{setting} names {', '.join(strange)}, which no line has as its {kind}."


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %"
