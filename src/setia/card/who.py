"""Whether a log knows a customer, and whom else one may have meant."""

from __future__ import annotations

import difflib
from typing import Final

import narwhals as nw

from setia.engine import Engine, Frame
from setia.errors import InputError
from setia.source import Log

#: At most so many ids are compared with one that is not there, for each way to look for them.
SAMPLE: Final = 2_000
NAMED: Final = 3
_LONG: Final = 60


def check_customer(log: Log, engine: Engine, customer_id: str) -> None:
    """Refuse a customer of whom the log has no line.

    Raises:
        InputError: names some who are near, or one who is there.
    """
    ids = log.lines.select("customer_id")
    if engine.arrow(ids.filter(nw.col("customer_id") == customer_id).head(1)).num_rows:
        return
    near = _near(ids, engine, customer_id)
    meant = f"Near to it are {_listed(near)}" if near else f"One who is there is {_listed(_some(ids, engine, 1))}"
    raise InputError(
        f"The log {log.name} knows no customer {_quoted(customer_id)}. {meant}. Ids are compared letter by letter, "
        "leading zeros, spaces and capitals too."
    )


def no_purchase(log: Log, customer_id: str) -> InputError:
    """Return the sentence for somebody who is in the log, but has not bought anything."""
    return InputError(
        f"Customer {_quoted(customer_id)} of the log {log.name} has refunds or free lines only and no purchase, so "
        "that there is nothing to tell."
    )


def _near(ids: Frame, engine: Engine, customer_id: str) -> list[str]:
    """Return the ids most like this one, of those that begin or end alike."""
    typed = customer_id.lower()
    core = typed.strip().lstrip("0")
    column = nw.col("customer_id").str.to_lowercase().str
    looks = [column.starts_with(typed[:length]) for length in _lengths(typed)]
    looks += [column.ends_with(core)] if core else []
    by_folded: dict[str, str] = {}
    for look in looks:
        for found in _some(ids.filter(look), engine, SAMPLE):
            by_folded.setdefault(found.casefold(), found)
    close = difflib.get_close_matches(customer_id.casefold(), list(by_folded), NAMED)
    return [by_folded[name] for name in close]


def _lengths(customer_id: str) -> list[int]:
    """Return how many letters at the beginning must agree: nearly all, a half, one."""
    return sorted({length for length in (len(customer_id) - 1, len(customer_id) // 2, 1) if length > 0}, reverse=True)


def _some(ids: Frame, engine: Engine, count: int) -> list[str]:
    """Return the first ids in their order."""
    found: list[str] = engine.arrow(ids.unique().sort("customer_id").head(count))["customer_id"].to_pylist()
    return found


def _listed(ids: list[str]) -> str:
    quoted = [_quoted(name) for name in ids]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _quoted(name: str) -> str:
    return repr(name if len(name) <= _LONG else f"{name[:_LONG]}...")
