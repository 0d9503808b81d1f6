"""What the calls of a session share: one engine, and the customer-days of the log that was looked at last."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setia.engine import Engine
    from setia.history import Prepared
    from setia.source import Log


@functools.cache
def session() -> Engine:
    """One engine for the session: logs, features and scores of a notebook live in it."""
    from setia.engine import connect

    return connect()


#: The customer-days of the log that was looked at last: several figures of one log prepare it once.
_last_prepared: dict[tuple[object, ...], Prepared] = {}


def prepared_of(log: Log) -> Prepared:
    """Return the customer-days of a log, made once while nobody looks at another."""
    from setia.history import prepare

    key = (log.fingerprint, log.columns, log.first_day, log.last_day)
    if key not in _last_prepared:
        for other in _last_prepared.values():
            other.close()
        _last_prepared.clear()
        _last_prepared[key] = prepare(log.lines, session())
    return _last_prepared[key]
