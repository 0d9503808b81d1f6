"""What was written on the command line, checked before Hydra sees it: one sentence with the nearest name."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from setia.errors import InputError


def check_override(override: str, folder: Path) -> None:
    """Refuse what cannot be meant.

    Raises:
        InputError: the override is not understood, or names what does not exist.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    key, equals, value = override.partition("=")
    if not key or not equals or key.startswith(("-", "~")):
        raise InputError(f"{override!r} is not understood; write settings as NAME=VALUE, or see --help.")
    try:
        several = OverridesParser.create().parse_override(override).is_sweep_override()
    except HydraException as error:
        raise InputError(
            f"{override} is not understood; put a value with spaces, commas or signs in quotes: '{key}=\"{value}\"'."
        ) from error
    if several:
        raise InputError(f"{override} gives several values; write a list as {key}=[{value}], or give one.")
    group = folder / key
    if group.is_dir() and value != "null" and not (group / f"{value}.yaml").exists():
        known = sorted(path.stem for path in group.glob("*.yaml"))
        raise InputError(f"{key}={value} is unknown; use one of {', '.join(known)}.{_nearest(value, known)}")
    added = key.lstrip("+")
    if added != key and not (folder / added.split(".")[0]).is_dir() and added not in _keys(folder):
        raise InputError(no_setting(added, folder))


def no_setting(key: str, folder: Path) -> str:
    """Return the sentence for a setting that the chosen options do not have."""
    known = _keys(folder)
    if key in known:
        return f"{key} is a setting of {known[key]} only; choose that as well."
    if ".estimator." in key:
        return f"conf/ names no {key}.{_nearest(key, list(known))} To give the estimator another parameter: +{key}=..."
    return f"There is no setting {key}.{_nearest(key, list(known))} See --config for all of them."


def _nearest(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, 1)
    return f" The nearest is {close[0]}." if close else ""


def _keys(folder: Path) -> dict[str, str]:
    """Return every setting, dotted, with the option (such as source=database) that brings it."""
    from omegaconf import OmegaConf

    found: dict[str, str] = {}

    def walk(node: Any, prefix: str, option: str) -> None:
        for key, value in node.items():
            if key not in ("_target_", "_partial_", "defaults", "hydra"):
                found.setdefault(f"{prefix}{key}", option)
                if isinstance(value, dict):
                    walk(value, f"{prefix}{key}.", option)

    walk(OmegaConf.to_container(OmegaConf.load(folder / "config.yaml")), "", "config.yaml")
    for path in sorted(folder.glob("*/*.yaml")):
        group = path.parent.name
        found.setdefault(group, group)
        if group != "experiment":
            walk(OmegaConf.to_container(OmegaConf.load(path)), f"{group}.", f"{group}={path.stem}")
    return found
