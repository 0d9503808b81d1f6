"""Definitions of defection by the names of their files in conf/defection: those of `also`, and the parts of any_of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setia.errors import InputError

if TYPE_CHECKING:
    from setia.defection import Definition


def further_definitions(names: Sequence[str], folder: Path, said_by: str = "also") -> tuple[Definition, ...]:
    """Return the definitions with the settings of their files.

    Raises:
        InputError: there is no such file.
    """
    from hydra.utils import instantiate
    from omegaconf import OmegaConf

    found = []
    for name in names:
        path = folder / "defection" / f"{name}.yaml"
        if not path.exists():
            known = ", ".join(sorted(path.stem for path in (folder / "defection").glob("*.yaml")))
            raise InputError(f"{said_by} names {name}, which is no definition of defection; use any of {known}.")
        found.append(with_parts(instantiate(OmegaConf.load(path), _convert_="object"), folder))
    return tuple(found)


def check_parts(node: Mapping[str, Any]) -> None:
    """Refuse parts of a definition that are neither names nor definitions written out.

    Raises:
        InputError: they are something else, or any_of is among them.
    """
    parts = node.get("of", [])
    if not isinstance(parts, list) or not all(isinstance(part, str) or "_target_" in _mapping(part) for part in parts):
        raise InputError(f"defection.of={parts} must be a list of names of definitions, such as [silence,partial].")
    if any(part == "any_of" or str(_mapping(part).get("_target_")).endswith(".AnyOf") for part in parts):
        raise InputError("defection.of names any_of itself; name its parts.")


def _mapping(part: Any) -> Mapping[str, Any]:
    return part if isinstance(part, Mapping) else {}


def with_parts(definition: Definition, folder: Path) -> Definition:
    """Return a definition whose parts, where it has some, are definitions: a name stands for its file.

    Raises:
        InputError: there is no such file.
    """
    from setia.defection import AnyOf

    if not isinstance(definition, AnyOf):
        return definition
    parts: list[Definition] = []
    for part in definition.of:
        parts += further_definitions([part], folder, "defection.of") if isinstance(part, str) else [part]
    return replace(definition, of=tuple(parts))
