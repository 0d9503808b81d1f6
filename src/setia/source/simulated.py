"""`source=simulated`: a made-up world of buyers, of whom the truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setia.errors import InputError
from setia.source.settings import SourceSettings
from setia.source.staged import Origin, Staged, staged_query

if TYPE_CHECKING:
    from setia.engine import DuckEngine

LINES = "setia_simulated"


def open_simulated(settings: SourceSettings, engine: DuckEngine) -> Origin:
    """Make the world of `source.world` and offer its lines; its `day` is a day already.

    Raises:
        InputError: no world is given.
    """
    from setia.simulate import simulate

    if settings.world is None:
        raise InputError("source=simulated needs source.world: take conf/source/simulated.yaml as it is, or name it.")
    connection = engine.connection
    connection.register(LINES, simulate(settings.world).lines)
    # the contract reads dates; the world counts days
    query = f"select * exclude (day), date '1970-01-01' + cast(day as integer) as timestamp from {LINES}"
    columns = tuple(row[0] for row in connection.execute(f"describe {query}").fetchall())

    def stage(names: tuple[str, ...], hashed: bool) -> Staged:
        return staged_query(connection, query, names, hashed=hashed)

    def close() -> None:
        connection.unregister(LINES)

    return Origin("simulated", "the simulated world", ("simulated",), columns, stage, close=close)
