"""What a configuration may choose about features."""

from __future__ import annotations

from dataclasses import dataclass

from setia.features.feature import FAMILIES


@dataclass(frozen=True)
class FeatureSettings:
    """`families`: those to compute; families whose columns the log lacks switch themselves off."""

    families: tuple[str, ...] = FAMILIES

    def __post_init__(self) -> None:
        object.__setattr__(self, "families", tuple(self.families))
