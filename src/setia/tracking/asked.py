"""The model that a run is to use: one by its address, or the champion of a name."""

from __future__ import annotations

from setia.bundle import Bundle
from setia.source import Log
from setia.tracking.registry import find_champion, load_model
from setia.tracking.settings import TrackingSettings, champion_name
from setia.training import TrainSettings


def asked_model(
    settings: TrackingSettings, model: str | None, name: str | None, log: Log, train: TrainSettings
) -> tuple[Bundle, str]:
    """Return the model and its version: `model` where it is given, else the champion of `name` (null: of the name that
    the log and the settings of training ask for).

    Raises:
        NoChampionError: no model has been trained for it, or there is none at the address.
        InputError: the model cannot be read, or the name fits several.
    """
    if model:
        return load_model(settings, model)
    return find_champion(settings, name or champion_name(log, train))
