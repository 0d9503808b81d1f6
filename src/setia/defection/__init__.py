"""What it means to defect: one file per definition, and the horizon that the log suggests."""

from setia.defection.definition import Definition
from setia.defection.horizon import HorizonCurve, choose_horizon
from setia.defection.silence import Silence
from setia.errors import InputError

DEFINITIONS = {"silence": Silence}


def definition_named(name: str, version: int) -> Definition:
    """Return the definition a Bundle was trained with.

    Raises:
        InputError: this Setia does not know it, or means something else by it now.
    """
    kind = DEFINITIONS.get(name)
    if kind is None:
        raise InputError(
            f"The model was trained for defection={name}, which this version of Setia does not know; "
            f"it knows {', '.join(DEFINITIONS)}. Train again, or use the version that made the model."
        )
    definition = kind()
    if definition.version != version:
        raise InputError(
            f"The model was trained for version {version} of defection={name}; this Setia has version "
            f"{definition.version}. Train again."
        )
    return definition


__all__ = ["DEFINITIONS", "Definition", "HorizonCurve", "Silence", "choose_horizon", "definition_named"]
