"""What a search found: its trials, the best beside the defaults, and whether the gain is more than noise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from setia.output import written
from setia.tuning.cases import Figures
from setia.tuning.settings import TuneSettings
from setia.tuning.space import overrides, spelled

#: Of the interval within which the true gain lies.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Trial:
    """One set of settings and what it scored, case by case; 0 is the defaults' own score, less is better.

    `state` is done, pruned or failed; `values` go by the first name of their range; `running` holds the mean
    after each case. A pruned trial has figures of the first cases only, and no score. Times are in
    milliseconds since 1970-01-01.
    """

    number: int
    state: str
    values: Mapping[str, float]
    figures: tuple[Figures, ...]
    scores: tuple[float, ...]
    running: tuple[float, ...]
    defaults: bool
    started: int
    ended: int

    @property
    def score(self) -> float | None:
        """The mean over logs of the mean over cases; None unless all cases were judged."""
        return self.running[-1] if self.state == "done" and self.running else None


@dataclass(frozen=True)
class Gain:
    """A score with its 95 % interval over cases (infinite with a single case)."""

    score: float
    lo: float
    hi: float

    @property
    def beyond_noise(self) -> bool:
        """Whether the whole interval is better than the defaults."""
        return self.hi < 0


@dataclass(frozen=True)
class Tuning:
    """A search so far. `logs` and `cases` name what each score is of, in the order in which trials meet them.

    `importance` is each range's share in what made trials differ, by its first name (empty: too few trials).
    """

    study: str
    settings: TuneSettings
    numbers: Mapping[str, float]
    logs: tuple[str, ...]
    cases: tuple[str, ...]
    trials: tuple[Trial, ...]
    importance: tuple[tuple[str, float], ...]

    def count(self, state: str) -> int:
        """Return how many trials are in a state."""
        return sum(trial.state == state for trial in self.trials)

    @property
    def defaults(self) -> Trial:
        """The trial of the settings as they stand."""
        return next(trial for trial in self.trials if trial.defaults and trial.state == "done")

    @property
    def best(self) -> Trial:
        """The trial with the lowest score; of equal ones the first."""
        return min((trial for trial in self.trials if trial.score is not None), key=lambda trial: trial.score or 0.0)

    @property
    def gain(self) -> Gain:
        """The best trial's score, with what the cases say of its noise."""
        return gain_of(self.best.scores, self.logs)

    @property
    def chosen(self) -> dict[str, float]:
        """The best trial's settings by their dotted names."""
        ranges = self.settings.ranges
        if self.best.defaults:
            return {name: self.numbers[name] for spread in ranges for name in spread.names}
        return spelled(ranges, self.best.values)

    @property
    def line(self) -> str:
        """The best trial's settings as overrides to paste."""
        return " ".join(overrides(self.chosen))

    @property
    def verdict(self) -> str:
        """One sentence on whether the best trial is worth taking over."""
        gain, scored = self.gain, len(self.cases)
        if self.best.defaults:
            return "No trial did better than the defaults."
        if scored == 1:
            return "No better than the defaults as far as anyone can tell: one case says nothing about noise."
        if gain.beyond_noise:
            return (
                "Better than the defaults beyond the noise between cases. The best of many trials is flattered all the "
                "same: prove it on the last horizon, which no trial has seen."
            )
        return f"No better than the defaults: over {scored} cases the gain is within the noise."


def score(figures: Figures, defaults: Figures, settings: TuneSettings) -> float:
    """Return the weighted sum of the logarithms of both ratios to the defaults; below 0 is better."""

    def log_ratio(ours: float, theirs: float) -> float:
        return math.log(max(ours, 1e-12) / max(theirs, 1e-12))

    return settings.log_loss_weight * log_ratio(figures.log_loss, defaults.log_loss) + (
        settings.rmse_weight * log_ratio(figures.rmse, defaults.rmse)
    )


def shares(logs: Sequence[str]) -> np.ndarray:
    """Return the weight of each case, so that every log counts the same; they sum to one."""
    weights = np.array([1.0 / logs.count(log) for log in logs])
    return np.asarray(weights / weights.sum())


def gain_of(scores: Sequence[float], logs: Sequence[str]) -> Gain:
    """Return the mean over logs with its t interval over cases, which are taken to be independent."""
    from scipy.stats import t

    weights, values = shares(logs), np.asarray(scores, dtype=np.float64)
    mean, n = float(weights @ values), len(values)
    if n < 2:
        return Gain(mean, -math.inf, math.inf)
    error = math.sqrt(n / (n - 1) * float(weights**2 @ (values - mean) ** 2))
    reach = float(t.ppf((1 + CONFIDENCE) / 2, n - 1)) * error
    return Gain(mean, mean - reach, mean + reach)


def write_best(tuning: Tuning) -> Path:
    """Write the best settings as an experiment: a copy in conf/experiment/ works as experiment=NAME.

    Raises:
        InputError: the file cannot be written.
    """
    import yaml  # type: ignore[import-untyped]

    tree: dict[str, Any] = {}
    for name, value in tuning.chosen.items():
        *groups, last = name.split(".")
        node = tree
        for group in groups:
            node = node.setdefault(group, {})
        node[last] = value
    gain, path = tuning.gain, Path(tuning.settings.output)
    text = (
        "# @package _global_\n"
        f"# The best of {len(tuning.trials)} trials over {', '.join(tuning.cases)}.\n"
        f"# Score {gain.score:+.4f} (95 % interval {gain.lo:+.4f} to {gain.hi:+.4f}; the defaults' own is 0, less is "
        f"better).\n# {tuning.verdict}\n# To use it: copy it to conf/experiment/NAME.yaml and say experiment=NAME.\n"
    )
    with written(path) as unfinished:
        unfinished.write_text(text + yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    return path
