"""The days on which the pipeline stands still and looks back (cutoffs), and what each is used for.

A cutoff is inclusive: its history is `day <= cutoff`, its future is `cutoff < day <= cutoff + horizon`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from setia.errors import InputError

EPOCH = dt.date(1970, 1, 1)


def day_of(date: str | dt.date) -> int:
    """Return days since 1970-01-01 of an ISO date.

    Raises:
        InputError: the text is not a date written YYYY-MM-DD.
    """
    if isinstance(date, str):
        try:
            date = dt.date.fromisoformat(date)
        except ValueError as error:
            raise InputError(f"{date!r} is not a date; write it as YYYY-MM-DD, such as 2017-10-31.") from error
    return (date - EPOCH).days


def date_of(day: int) -> dt.date:
    """Return the date of a day counted from 1970-01-01."""
    return EPOCH + dt.timedelta(days=int(day))


@dataclass(frozen=True)
class TimelineSettings:
    """How the log's days are divided.

    `count` is the largest number of cutoffs a model is fitted on, `step_days` the days between two of
    them (null: the horizon in equal parts, at least two, of at most 30 days), `min_history_days` the
    days of log before the first of them (null: half the horizon).

    Raises:
        InputError: one of them is less than 1.
    """

    count: int = 6
    step_days: int | None = None
    min_history_days: int | None = None

    def __post_init__(self) -> None:
        for name in ("count", "step_days", "min_history_days"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"cutoffs.{name}={value} must be at least 1.")

    def history_days(self, horizon_days: int) -> int:
        """Return the days of log that the first cutoff needs behind it."""
        return max(1, (horizon_days + 1) // 2) if self.min_history_days is None else self.min_history_days


@dataclass(frozen=True)
class Timeline:
    """The cutoffs of one training run, each list oldest first.

    * `fit`: where the rehearsal's models grow. Their futures end on or before `validation`, unless
      the log is too short: then they share days and are kept apart by customer folds (`folded`).
    * `validation`: early stopping, calibration, blending. Its future ends on or before `holdout`.
    * `holdout`: judged once, by models that saw nothing after it. Its future ends on or before `as_of`.
    * `final`: every cutoff with a full future, for the models that go into use.
    * `sharing`: what the log was too short to keep apart, as sentences for the summary.
    """

    first_day: int
    as_of: int
    horizon_days: int
    fit: tuple[int, ...]
    validation: int
    holdout: int
    final: tuple[int, ...]
    folded: bool = False
    out_of_time: bool = True
    sharing: tuple[str, ...] = ()

    @property
    def cutoffs(self) -> tuple[int, ...]:
        """Every cutoff that the panel needs, oldest first."""
        return tuple(sorted({*self.fit, self.validation, self.holdout, *self.final}))


def longest_horizon(first_day: int, as_of: int, min_history_days: int | None = None) -> int:
    """Return the longest horizon (days) that leaves one cutoff its history (null: half the horizon); 0: none does."""
    length = as_of - first_day + 1
    return max(length * 2 // 3 if min_history_days is None else length - min_history_days, 0)


def _grid(last: int, earliest: int, horizon_days: int, step_days: int | None) -> tuple[int, ...]:
    """Return the days to cut at, latest first, so spaced that whole horizons before `last` lie among them.

    The lists of a timeline then share their cutoffs, and no day is computed for one of them alone.
    """
    if step_days:
        return tuple(range(last, earliest - 1, -step_days))
    parts = min(horizon_days, max(2, -(-horizon_days // 30)))
    days = (last - i * horizon_days // parts for i in range((last - earliest) * parts // horizon_days + 2))
    return tuple(day for day in days if day >= earliest)


def plan(settings: TimelineSettings, first_day: int, as_of: int, horizon_days: int) -> Timeline:
    """Lay out the cutoffs of a training run, as far apart as the log's length allows.

    The ladder: with three horizons of log after the first history, fitting, validation and holdout have
    futures of their own; with two, fitting and validation share cutoffs by customer folds; with one, the
    holdout shares it too and the evaluation is across customers, not across time.

    Raises:
        InputError: the log is shorter than one horizon and the history before it.
    """
    if horizon_days < 1:
        raise InputError(f"horizon_days={horizon_days} must be at least 1.")
    history = settings.history_days(horizon_days)
    earliest = first_day + history - 1
    holdout = as_of - horizon_days
    if holdout < earliest:
        raise _too_short(settings, first_day, as_of, horizon_days, history)

    def back_from(last: int) -> tuple[int, ...]:
        return _grid(last, earliest, horizon_days, settings.step_days)[: settings.count][::-1]

    validation = holdout - horizon_days
    fit = back_from(validation - horizon_days)
    if fit:
        return Timeline(first_day, as_of, horizon_days, fit, validation, holdout, back_from(holdout))
    if validation >= earliest:
        said = (
            f"Less than three horizons of log: fitting and validation share the cutoffs up to "
            f"{date_of(validation)}, kept apart by customer folds.",
        )
        fit = back_from(validation)
        return Timeline(first_day, as_of, horizon_days, fit, validation, holdout, back_from(holdout), True, True, said)
    said = (
        f"Less than two horizons of log: fitting, validation and holdout share the cutoffs up to "
        f"{date_of(holdout)}, kept apart by customer folds. The figures are across customers, not across time: "
        f"expect the future to be harder.",
    )
    fit = back_from(holdout)
    return Timeline(first_day, as_of, horizon_days, fit, holdout, holdout, fit, True, False, said)


def _too_short(
    settings: TimelineSettings, first_day: int, as_of: int, horizon_days: int, history_days: int
) -> InputError:
    longest = longest_horizon(first_day, as_of, settings.min_history_days)
    way_out = "No horizon is possible: bring a longer log."
    if longest:
        way_out = (
            f"The longest possible horizon is {longest} days: set horizon_days={longest} or less, or bring a longer "
            f"log."
        )
    return InputError(
        f"The log covers {as_of - first_day + 1} days ({date_of(first_day)} to {date_of(as_of)}), too few for "
        f"horizon_days={horizon_days} and {history_days} days of history before it. {way_out}"
    )
