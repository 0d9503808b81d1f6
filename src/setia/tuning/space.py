"""From ranges to settings: every name is checked against the settings as they stand."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from setia.errors import InputError
from setia.training import TrainSettings
from setia.tuning.settings import Range

#: What a trial may vary. Anything else decides over features and outcomes, which are built once and kept.
VARIED: Final = ("classifier.", "regressor.", "combine.", "cutoffs.count", "panel.max_fit_rows")


@dataclass(frozen=True)
class Recipe:
    """The training settings as they stand, and a way to others.

    `numbers` holds every number of them by its dotted name; `make` returns the settings with some of
    them replaced; `text` tells two recipes apart.
    """

    numbers: Mapping[str, float]
    make: Callable[[Mapping[str, float]], TrainSettings]
    text: str


def check_space(ranges: Sequence[Range], numbers: Mapping[str, float]) -> None:
    """Refuse a search that cannot be made.

    Raises:
        InputError: a name is unknown, cannot be varied, or stands twice; a default lies outside its range.
    """
    if not ranges:
        raise InputError("tune.space is empty, so there is nothing to search; see conf/tune/default.yaml.")
    seen: set[str] = set()
    for spread in ranges:
        for name in spread.names:
            _check_name(name, spread, numbers)
            if name in seen:
                raise InputError(f"tune.space names {name} twice; leave one of the ranges out (null).")
            seen.add(name)
        if len({numbers[name] for name in spread.names}) > 1:
            each = " and ".join(f"{name}={numbers[name]:g}" for name in spread.names)
            raise InputError(
                f"tune.space gives {each} one value, but they differ as they stand; give each a range of its own."
            )


def _check_name(name: str, spread: Range, numbers: Mapping[str, float]) -> None:
    known = [each for each in numbers if each.startswith(VARIED)]
    close = difflib.get_close_matches(name, known, 1)
    nearest = f" The nearest is {close[0]}." if close else ""
    if name not in numbers:
        raise InputError(f"tune.space names {name}, which is no number among the settings.{nearest}")
    if not name.startswith(VARIED):
        raise InputError(
            f"tune.space names {name}, but features and outcomes are built once for all trials: only "
            f"{', '.join(part.rstrip('.') for part in VARIED)} can be varied.{nearest}"
        )
    if not spread.low <= numbers[name] <= spread.high:
        raise InputError(
            f"{name}={numbers[name]:g} as it stands lies outside of its range in tune.space, {spread.low:g} to "
            f"{spread.high:g}; widen the range."
        )


def spelled(ranges: Sequence[Range], values: Mapping[str, float]) -> dict[str, float]:
    """Return every setting by its dotted name, from values that go by the first name of their range."""
    return {name: values[spread.name] for spread in ranges for name in spread.names if spread.name in values}


def overrides(settings: Mapping[str, float]) -> tuple[str, ...]:
    """Return settings as they are written on the command line."""
    return tuple(f"{name}={value!r}" for name, value in settings.items())
