"""Further logs of a search: options of conf/source by their names, anything else by its path."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from setia.errors import InputError

if TYPE_CHECKING:
    from setia.source import SourceSettings


def further_sources(logs: Sequence[str], folder: Path) -> tuple[SourceSettings, ...]:
    """Return the settings of each log; one that is a path is read as source=files reads it by default.

    Raises:
        InputError: a name is neither an option of conf/source nor a path that exists.
    """
    from hydra.utils import instantiate
    from omegaconf import OmegaConf

    found = []
    for log in logs:
        option = folder / "source" / f"{log}.yaml"
        if option.exists():
            node = OmegaConf.load(option)
        elif Path(log).exists() or any(sign in log for sign in "*?["):
            node = OmegaConf.load(folder / "source" / "files.yaml")
            # The refused rows of `source` lie there; those of another log must not replace them.
            node.update({"path": log, "quarantine_path": None})
        else:
            known = ", ".join(sorted(path.stem for path in (folder / "source").glob("*.yaml")))
            raise InputError(f"tune.logs names {log}, which is neither a source ({known}) nor a file or folder here.")
        found.append(instantiate(node, _convert_="object"))
    return tuple(found)
