"""Logs that a model must not score: too old, without its columns, or in other units; and other questions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from setia.bundle import Facts
from setia.defection import Definition, as_dict
from setia.errors import InputError, StaleLogError
from setia.history import Base
from setia.ledger import Costs
from setia.scoring.settings import ScoreSettings
from setia.source import Log, SourceSettings
from setia.timeline import date_of
from setia.value import ValueSettings

#: Means that differ by more than this are another unit, another currency or another kind of base.
DRIFT_FACTOR = 5.0
#: Sources whose logs ended years ago, for ever.
_SAMPLES = ("complete_journey", "cdnow", "simulated")


def is_live(source: SourceSettings, as_of: int | None) -> bool:
    """Whether a log is meant to reach up to today: no sample, and nobody asked to look back with as_of."""
    return as_of is None and source.kind not in _SAMPLES


def refuse_stale(log: Log, max_age_days: int | None, scored_at: dt.datetime) -> None:
    """Stop on a log whose last day lies too long before the run, both in the business's time zone.

    Raises:
        StaleLogError: says how old it is and what to do.
    """
    if max_age_days is None:
        return
    last, today = date_of(log.last_day), scored_at.astimezone(ZoneInfo(log.timezone)).date()
    age = (today - last).days
    if age > max_age_days:
        raise StaleLogError(
            f"The log {log.name} ends on {last}, {age:,} days before today ({today}); score.max_age_days allows "
            f"{max_age_days}. Bring a newer log, say as_of={last} to look back on purpose, or raise "
            f"score.max_age_days (null allows any age)."
        )


def refuse_other_definition(facts: Facts, definition: Definition, overrides: Sequence[str]) -> None:
    """Stop where another definition of defection was asked for, in so many words, than the model was trained for.

    What is not said on the command line is not asked for: the model brings its own settings along.

    Raises:
        InputError: names what was asked for and what the model knows.
    """
    asked = {override.partition("=")[0] for override in overrides}
    settings = as_dict(definition)["settings"]
    wrong = [f"defection={definition.name}"] if "defection" in asked and definition.name != facts.definition else []
    wrong += [
        f"defection.{name}={value}"
        for name, value in settings.items()
        if f"defection.{name}" in asked and (name, value) not in facts.definition_settings.items()
    ]
    if wrong:
        known = "".join(f" defection.{name}={value}" for name, value in facts.definition_settings.items())
        raise InputError(
            f"The model was trained for defection={facts.definition}{known}, not for {' '.join(wrong)}. Leave that "
            f"out, name another model, or train for it."
        )


def refuse_missing(facts: Facts, log: Log) -> None:
    """Stop on a log that lacks what the model's features or its value are made of.

    Raises:
        InputError: names the columns that are missing and those that are there.
    """
    if missing := [column for column in facts.columns if column not in log.columns]:
        raise InputError(
            f"The model was trained with the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}, which the "
            f"log {log.name} lacks; it has {', '.join(log.columns) or 'none of the optional columns'}. Map the "
            f"columns with source.columns.{missing[0]}=NAME, or train a model on a log without them."
        )
    if facts.basis != "purchases" and "amount" not in log.columns:
        raise InputError(
            f"The model forecasts {facts.basis}, but the log {log.name} has no amounts. Map them with "
            f"source.columns.amount=NAME, or train a model with value=purchases."
        )


def valued(facts: Facts) -> ValueSettings:
    """Return how the model's value is counted, at the costs of its training."""
    return ValueSettings(facts.basis, None if facts.costs is None else Costs(**facts.costs))


def refuse_drifted(facts: Facts, log: Log, base: Base, settings: ScoreSettings) -> tuple[str, ...]:
    """Stop on a log in other units than the training's; return the differences where they are allowed.

    A label of currency is compared only where both logs have one.

    Raises:
        InputError: names both sides of every difference.
    """
    found = (*_labels(facts, log), *_figures(facts, log, base))
    if found and not settings.allow_drift:
        raise InputError(
            f"The log {log.name} is not in the units that the model was trained in: {'; '.join(found)}. Correct the "
            f"source, train a model on this log, or score all the same with score.allow_drift=true."
        )
    return tuple(f"Scored in spite of drift: {difference}." for difference in found)


def _labels(facts: Facts, log: Log) -> list[str]:
    found = []
    if facts.currency and log.currency and facts.currency != log.currency:
        found.append(f"its currency is {log.currency}, in training it was {facts.currency} (source.currency)")
    if facts.timezone != log.timezone:
        found.append(
            f"its days are counted in {log.timezone}, in training they were in {facts.timezone} (source.timezone)"
        )
    return found


def _figures(facts: Facts, log: Log, base: Base) -> list[str]:
    figures = (
        ("the mean value of a purchase", facts.purchase_value_mean, base.value_mean, facts.currency or log.currency),
        ("the median gap between purchases", facts.gap_median_days, base.median_gap_days, "days"),
    )
    found = []
    for what, then, now, unit in figures:
        if then is None or now is None or then <= 0:
            continue
        if not then / DRIFT_FACTOR <= now <= then * DRIFT_FACTOR:
            unit = f" {unit}" if unit else ""
            found.append(f"{what} is {now:,.4g}{unit}, in training it was {then:,.4g}{unit}")
    return found
