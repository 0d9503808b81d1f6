"""What a training run may choose."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from setia.defection import Definition, Silence
from setia.errors import InputError
from setia.features import FeatureSettings
from setia.learn.combine import CombineSettings
from setia.learn.distributed import DistributedSettings
from setia.learn.dropout import DropoutSettings
from setia.learn.interval import IntervalSettings
from setia.learn.members import ClassifierSettings, RegressorSettings
from setia.panel import PanelSettings
from setia.timeline import TimelineSettings
from setia.value import ValueSettings


@dataclass(frozen=True)
class TrainSettings:
    """Everything a training run may choose. `horizon_days` null lets the log choose.

    `definition` is what p_defect means; `also` are further definitions, of which models are trained beside it.

    Raises:
        InputError: a number is too small to mean anything, or a definition is asked for twice.
    """

    classifier: ClassifierSettings
    regressor: RegressorSettings
    definition: Definition = field(default_factory=Silence)
    also: tuple[Definition, ...] = ()
    value: ValueSettings = field(default_factory=ValueSettings)
    features: FeatureSettings = field(default_factory=FeatureSettings)
    cutoffs: TimelineSettings = field(default_factory=TimelineSettings)
    panel: PanelSettings = field(default_factory=PanelSettings)
    dropout: DropoutSettings = field(default_factory=DropoutSettings)
    combine: CombineSettings = field(default_factory=CombineSettings)
    interval: IntervalSettings = field(default_factory=IntervalSettings)
    distributed: DistributedSettings = field(default_factory=DistributedSettings)
    horizon_days: int | None = None
    clv_horizon_days: int = 1095
    discount_rate_annual: float = 0.1
    leak_allow: Collection[str] = ()
    seed: int = 7

    def __post_init__(self) -> None:
        for name in ("horizon_days", "clv_horizon_days"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name}={value} must be at least 1.")
        if self.discount_rate_annual < 0:
            raise InputError(f"discount_rate_annual={self.discount_rate_annual} must not be negative.")
        if self.seed < 0:
            raise InputError(f"seed={self.seed} must not be negative.")
        names = [definition.name for definition in (self.definition, *self.also)]
        for name in names:
            if names.count(name) > 1:
                # under one name their models would compete, though they answer different questions
                raise InputError(f"Each definition can be asked for once; {name} stands twice in defection and also.")

    @property
    def apart(self) -> bool:
        """Whether to defect means something else than to buy nothing within the horizon."""
        return self.definition.name != Silence.name
