"""The training settings as a search varies them: composed anew by Hydra, so that what it finds can be pasted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from setia.config import Config, compose
from setia.training import TrainSettings
from setia.tuning import Recipe

#: What the score of a trial does not depend on.
_ASIDE = (
    "tune",
    "backtest",
    "tracking",
    "score",
    "source",
    "engine",
    "name",
    "model",
    "output",
    "features_output",
    "language",
    "customer",
    "report",
    "quiet",
)


def recipe_of(config: Config) -> Recipe:
    """Return how to make training settings that differ from those of a configuration in some numbers."""
    import yaml  # type: ignore[import-untyped]

    tree = {name: node for name, node in yaml.safe_load(config.yaml).items() if name not in _ASIDE}

    def make(values: Mapping[str, float]) -> TrainSettings:
        changed = [f"{name}={value!r}" for name, value in values.items()]
        return compose([*config.overrides, *changed], config.folder).train

    return Recipe(dict(_numbers(tree, "")), make, yaml.safe_dump(tree, sort_keys=True))


def _numbers(node: Mapping[str, Any], where: str) -> Iterator[tuple[str, float]]:
    for name, value in node.items():
        if isinstance(value, dict):
            yield from _numbers(value, f"{where}{name}.")
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield f"{where}{name}", value
