"""From the kind of a source to the code that opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setia.errors import InputError
from setia.source.settings import SourceSettings
from setia.source.staged import Origin

if TYPE_CHECKING:
    from setia.engine import DuckEngine


def open_origin(settings: SourceSettings, engine: DuckEngine) -> Origin:
    """Open the source that the settings name, without reading its lines.

    Raises:
        InputError: it cannot be opened.
    """
    from setia.source import files, samples

    if settings.path and settings.kind != "files":
        raise InputError(
            f"source={settings.kind} reads no source.path; use source=files source.path={settings.path}, or leave "
            f"it out."
        )
    if settings.kind == "complete_journey":
        return samples.open_complete_journey(settings, engine)
    if settings.kind == "cdnow":
        return samples.open_cdnow(engine)
    if settings.kind == "database":
        from setia.source import database

        return database.open_database(settings, engine)
    if settings.kind == "simulated":
        from setia.source import simulated

        return simulated.open_simulated(settings, engine)
    return files.open_files(settings, engine)
