"""Making the card of a customer from a log and a trained model."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import numpy as np

from setia.bundle import Bundle
from setia.card.advice import advice
from setia.card.ahead import chances_ahead
from setia.card.alive import alive_over_time
from setia.card.card import Card
from setia.card.parts import Days
from setia.card.scored import scored_alone
from setia.card.settings import CardSettings
from setia.card.who import check_customer, no_purchase
from setia.engine import Engine
from setia.history import Prepared
from setia.policy import Divest, Policy
from setia.progress import SILENT, Progress
from setia.scoring import ScoreSettings, valued
from setia.scoring.asking import currency_of, notes_of
from setia.scoring.refusal import refuse_missing, refuse_stale
from setia.source import Log
from setia.timeline import day_of
from setia.value import prepare_log


def card(
    bundle: Bundle,
    log: Log,
    engine: Engine,
    settings: CardSettings,
    score: ScoreSettings,
    *,
    policy: Policy | Divest | None = None,
    margin: float,
    model_version: str,
    live: bool,
    progress: Progress = SILENT,
) -> Card:
    """Look at one customer of a log, as of its last day, through a trained model.

    The whole log is made ready, since the base's statistics are the base's; scored are only the customers who lie
    beside the one in question, as a scoring run would score them. Nothing is written.

    Args:
        bundle: the model.
        log: what is known.
        engine: where the log lies.
        settings: whose card.
        score: of it the age that is allowed, the drift, the batches and the language count.
        policy: by whose offer a contact is reckoned; null, or another than retain and win_back: their defaults.
        margin: the share of revenue that is profit.
        model_version: for the card.
        live: whether the log should reach up to today (`setia.scoring.is_live`).
        progress: tells where the work is.

    Raises:
        InputError: no customer is named, or the log knows none of that name; or it cannot be scored by this model.
        StaleLogError: a live log ended too long ago.
    """
    who, facts = settings.customer_id, bundle.facts
    refuse_stale(log, score.max_age_days if live else None, dt.datetime.now(dt.UTC))
    refuse_missing(facts, log)
    with progress.stage("looking for the customer"):
        check_customer(log, engine, who)
    with progress.stage("customer days"):
        prepared = prepare_log(log, engine, valued(facts))
        base = prepared.bases([log.last_day])[log.last_day]
    try:
        notes = notes_of(bundle, log, base, score)
        currency = currency_of(facts, log)
        with progress.stage("scores and reasons"):
            found = scored_alone(bundle, log, prepared, base, score, who, currency, model_version)
        if found is None:
            raise no_purchase(log, who)
        days = _days(prepared, log, engine, who, facts.basis)
        with progress.stage("what to do"):
            advised = advice(bundle, log, engine, lambda: prepared, found.row, policy, margin)
    finally:
        prepared.close()
    model, bought = bundle.dropout.purchases, days.bought
    return Card(
        customer_id=who,
        log=log.name,
        as_of=log.last_day,
        basis=facts.basis,
        currency=currency,
        language=score.language,
        model_version=model_version,
        trained_to=day_of(facts.as_of),
        definition=facts.definition,
        horizon_days=facts.horizon_days,
        clv_horizon_days=facts.clv_horizon_days,
        days=days,
        alive=alive_over_time(model, bought, log.last_day),
        ahead=chances_ahead(model, bought, log.last_day, facts.horizon_days, found.score.p_none),
        score=found.score,
        advice=advised,
        notes=notes,
    )


def _days(prepared: Prepared, log: Log, engine: Engine, customer_id: str, basis: str) -> Days:
    known = prepared.known(log.last_day).filter(nw.col("customer_id") == prepared.number(customer_id))
    table = engine.arrow(known.select("day", "is_purchase", "value").sort("day"))
    value = np.asarray(table["value"].to_numpy(), dtype=np.float64)
    return Days(
        np.asarray(table["day"].to_numpy(), dtype=np.int64),
        np.asarray(table["is_purchase"].to_numpy(), dtype=np.bool_),
        None if basis == "purchases" else value,
    )
