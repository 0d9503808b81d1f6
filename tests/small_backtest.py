"""A real backtest on a small made-up log, in seconds: for tests of what it says and how it is told."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from makers import HORIZON, SPAN, START, engine, quick, rows_of, small_log
from small_logs import Row

from setia.backtest import Backtest, BacktestSettings, backtest
from setia.progress import SILENT, Progress
from setia.timeline import date_of

#: The last full horizon, and a cutoff one horizon earlier.
LAST = START + SPAN - 1 - HORIZON
DAYS = (LAST - HORIZON, LAST)
ROWS = rows_of(250)


def backtest_on(rows: Iterable[Row], days: tuple[int, ...] = DAYS, progress: Progress = SILENT) -> Backtest:
    """Backtest quickly on rows."""
    where = engine()
    try:
        settings = BacktestSettings(cutoffs=tuple(date_of(day).isoformat() for day in days))
        return backtest(settings, quick(), small_log(where, rows), where, progress)
    finally:
        where.close()


@functools.cache
def usual_backtest() -> Backtest:
    """The backtest that tests look at when any will do; one per process. One cutoff is left out."""
    return backtest_on(ROWS, (START + 5, *DAYS))
