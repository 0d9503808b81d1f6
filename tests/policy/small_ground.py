"""A small log with made-up customers on it: the ground that policies stand on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from makers import SPAN, START, engine, rows_of, small_log
from small_logs import Row

from setia.history import prepare
from setia.policy import Ground, Stakes
from setia.policy.stakes import Array

from .makers import stakes_of

COLUMNS = ("customer_id", "day", "amount")
HORIZON = 20
LAST = START + SPAN - 1


@contextmanager
def ground_of(
    stakes: Stakes | None = None, rows: list[Row] | None = None, keep_chance: Array | None = None
) -> Iterator[Ground]:
    where = engine()
    log = small_log(where, rows_of(60) if rows is None else rows, COLUMNS)
    prepared = prepare(log.lines, where)
    yield Ground(stakes or stakes_of(), log, lambda: prepared, where, HORIZON, 1.0, keep_chance)
    prepared.close()
    where.close()
