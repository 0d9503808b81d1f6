"""Reading a log where its engine is: the same contract on this machine and on Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from setia.engine import DuckEngine, Engine
from setia.errors import InputError
from setia.source import log as local
from setia.source.log import Log
from setia.source.settings import SourceSettings
from setia.timeline import date_of

if TYPE_CHECKING:
    from setia.engine.spark import SparkEngine


def read(settings: SourceSettings, engine: Engine, *, as_of: int | None = None, today: int | None = None) -> Log:
    """Read a source through the contract.

    Args:
        settings: where the log lies and how it is written.
        engine: where its lines are kept from now on.
        as_of: the last day (since 1970-01-01) that may be seen; later lines are dropped, not refused.
        today: the day after which a line lies in the future; today in the business's time zone when None.

    Raises:
        InputError: the source cannot be read, its columns cannot be told, too many of its rows break the
            contract, no line is left, or `as_of` is outside the log.
    """
    if isinstance(engine, DuckEngine):
        return local.read(settings, engine, as_of=as_of, today=today)
    from setia.source.spark_log import read_on_spark

    return read_on_spark(settings, cast("SparkEngine", engine), as_of=as_of, today=today)


def until(log: Log, day: int, engine: Engine) -> Log:
    """Return the log as it was known at the end of a day (since 1970-01-01): what came later is not in it.

    The lines are a copy, a table of the engine. What was refused and noted is still that of the whole log.

    Raises:
        InputError: nothing had happened yet.
    """
    if day < log.first_day:
        raise InputError(
            f"On {date_of(day)} nothing had happened yet: {log.name} starts on {date_of(log.first_day)}; go later."
        )
    if isinstance(engine, DuckEngine):
        return local.until(log, day, engine)
    from setia.source.spark_log import known_on_spark

    return known_on_spark(log, day, cast("SparkEngine", engine))
