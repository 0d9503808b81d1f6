"""The sentences a user may meet, each with the exit code its pipeline ends with."""

from __future__ import annotations

from typing import ClassVar


class SetiaError(Exception):
    """A fault that is told to the user as one sentence, without a traceback."""

    exit_code: ClassVar[int] = 1


class InputError(SetiaError):
    """The log or the configuration is wrong: says what, where, and what to do."""

    exit_code = 2


class NoChampionError(SetiaError):
    """No model is registered under the name (or URI) that was asked for."""

    exit_code = 3


class LockedError(SetiaError):
    """Another run holds the lock on the same output."""

    exit_code = 4


class StaleLogError(SetiaError):
    """The log ends too long before today for its scores to mean anything."""

    exit_code = 5
