"""What a user may say about a search: how long, over what, judged how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from setia.errors import InputError

KINDS: Final = ("int", "float")


@dataclass(frozen=True)
class Range:
    """Settings that take one value between `low` and `high` (both included), by their dotted names.

    Several names share the value. `kind` is int or float; `log` draws evenly over orders of magnitude.
    """

    names: tuple[str, ...]
    kind: str
    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))

    @property
    def name(self) -> str:
        """The first of the names, by which the range goes."""
        return self.names[0]

    def fault(self) -> str | None:
        """Return what is wrong with the range, as the end of a sentence; None if nothing."""
        if not self.names:
            return "names no setting"
        if self.kind not in KINDS:
            return f"has kind={self.kind}; use int or float"
        if not self.low < self.high:
            return f"ends at {self.high:g}, which is not above its start, {self.low:g}"
        if self.log and self.low <= 0:
            return f"cannot be log with low={self.low:g}; low must be above 0"
        if self.kind == "int" and (self.low != int(self.low) or self.high != int(self.high)):
            return "is of kind int but has a fraction at an end"
        return None

    def tidy(self, value: float) -> float:
        """Return the value with four digits, so that it can be read and pasted; still within the range."""
        if self.kind == "int":
            return int(value)
        return min(max(float(f"{value:.4g}"), self.low), self.high)


@dataclass(frozen=True)
class TuneSettings:
    """How to search. `space` maps a label to a range; null drops one.

    The study has `trials` trials altogether, however many calls it takes; after `minutes` (null: no limit) no
    further one begins. Each is judged at up to `cutoffs` days of `source` and of every further log in
    `logs` (names of conf/source, or paths). Two weights say how much the logarithm of each ratio to the
    defaults counts. The study lies in the SQLite file `storage`, the best settings go to `output`.

    Raises:
        InputError: a number is too small, or a range means nothing.
    """

    trials: int = 20
    minutes: float | None = None
    cutoffs: int = 3
    logs: tuple[str, ...] = ()
    log_loss_weight: float = 1.0
    rmse_weight: float = 1.0
    storage: str = "models/tune.db"
    output: str = "models/tune/best.yaml"
    space: Mapping[str, Range | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "logs", tuple(self.logs))
        for name in ("trials", "cutoffs"):
            if getattr(self, name) < 1:
                raise InputError(f"tune.{name}={getattr(self, name)} must be at least 1.")
        if self.minutes is not None and self.minutes <= 0:
            raise InputError(f"tune.minutes={self.minutes} must be above 0, or null for no limit.")
        weights = (self.log_loss_weight, self.rmse_weight)
        if min(weights) < 0 or max(weights) == 0:
            raise InputError("tune.log_loss_weight and tune.rmse_weight must not be negative, nor both 0.")
        for label, spread in self.space.items():
            if spread is not None and (fault := spread.fault()):
                raise InputError(f"tune.space.{label} {fault}.")

    @property
    def ranges(self) -> tuple[Range, ...]:
        """The ranges that are searched."""
        return tuple(spread for spread in self.space.values() if spread is not None)
