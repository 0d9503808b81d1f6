"""What a scoring run asks of a log, and what there is to say before: the same for one customer as for all."""

from __future__ import annotations

from setia.bundle import Bundle, Facts
from setia.errors import InputError
from setia.features import named, select
from setia.history import Base, Prepared
from setia.scoring.batches import Asked
from setia.scoring.refusal import refuse_drifted
from setia.scoring.rows import READ
from setia.scoring.settings import ScoreSettings
from setia.source import Log
from setia.timeline import date_of


def notes_of(bundle: Bundle, log: Log, base: Base, settings: ScoreSettings) -> tuple[str, ...]:
    """Return notes on how the log and the model fit.

    Raises:
        InputError: nobody has bought anything, or the log is in other units than the training's.
    """
    if base.customers == 0:
        raise InputError(f"No customer of the log {log.name} has a purchase up to {date_of(log.last_day)}.")
    return (*_looking_back(bundle, log), *refuse_drifted(bundle.facts, log, base, settings))


def asked_of(bundle: Bundle, log: Log, prepared: Prepared, base: Base) -> Asked:
    """Return what is to be computed of every customer: the model's features, and those that scoring itself reads."""
    allowed = {feature.name for feature in select(prepared.columns)}
    more = tuple(read for read in READ if read in allowed and read not in bundle.feature_names)
    features, horizon = (*bundle.features, *named(more)), bundle.facts.horizon_days
    return Asked(features, bundle.definition, horizon, log.last_day, base, prepared.first_day, prepared.columns)


def currency_of(facts: Facts, log: Log) -> str:
    """Return the label of money: the training's, since its units are the forecast's; none for counts."""
    return "" if facts.basis == "purchases" else facts.currency or log.currency


def _looking_back(bundle: Bundle, log: Log) -> tuple[str, ...]:
    """Say when the model was trained on days after as_of, of which the table cannot tell."""
    as_of = date_of(log.last_day).isoformat()
    if as_of >= bundle.facts.as_of:
        return ()
    return (
        f"The model was trained on days up to {bundle.facts.as_of}, later than as_of={as_of}: it may know what "
        f"these scores forecast. To look back honestly, train with as_of={as_of} too.",
    )
