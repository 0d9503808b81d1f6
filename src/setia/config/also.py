"""Further definitions of defection by the names of their files in conf/defection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from setia.errors import InputError

if TYPE_CHECKING:
    from setia.defection import Definition


def further_definitions(names: Sequence[str], folder: Path) -> tuple[Definition, ...]:
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
            raise InputError(f"also names {name}, which is no definition of defection; use any of {known}.")
        found.append(instantiate(OmegaConf.load(path), _convert_="object"))
    return tuple(found)
