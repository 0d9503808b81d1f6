"""Definitions by name, and as plain values to travel with a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from setia.defection.any_of import AnyOf
from setia.defection.category import Category
from setia.defection.definition import Definition
from setia.defection.partial import Partial
from setia.defection.rhythm import Rhythm
from setia.defection.silence import Silence
from setia.errors import InputError

DEFINITIONS: Final[dict[str, Any]] = {kind.name: kind for kind in (Silence, Rhythm, Partial, Category, AnyOf)}


def as_dict(definition: Definition) -> dict[str, Any]:
    """Return a definition's name, version and settings as plain values, for JSON."""
    settings = {field.name: getattr(definition, field.name) for field in fields(definition)}  # type: ignore[arg-type]
    if isinstance(definition, AnyOf):
        settings["of"] = [as_dict(each) for each in definition.of]
    return {"name": definition.name, "version": definition.version, "settings": settings}


def definition_of(content: Mapping[str, Any]) -> Definition:
    """Return the definition that a model was trained for, from what `as_dict` gave.

    Raises:
        InputError: this Setia does not know it or its settings, or means something else by it now.
    """
    name, version, settings = content["name"], content["version"], dict(content["settings"])
    kind = DEFINITIONS.get(name)
    if kind is None:
        raise InputError(
            f"The model was trained for defection={name}, which this version of Setia does not know; "
            f"it knows {', '.join(DEFINITIONS)}. Train again, or use the version that made the model."
        )
    if kind.version != version:
        raise InputError(
            f"The model was trained for version {version} of defection={name}; this Setia has version "
            f"{kind.version}. Train again."
        )
    if "of" in settings:
        settings["of"] = tuple(definition_of(each) for each in settings["of"])
    try:
        definition: Definition = kind(**settings)
    except TypeError as error:
        raise InputError(
            f"The model was trained for defection={name} with settings that this Setia does not have "
            f"({', '.join(settings)}). Train again."
        ) from error
    return definition
