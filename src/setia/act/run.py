"""Making a campaign: scores, a policy, exclusions, a list and its control group, noted once under its name."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from setia.act.ground import Scored, scored
from setia.act.measured import keep_chances, proven
from setia.act.plan import Chosen, plan
from setia.act.settings import ActSettings
from setia.bundle import Bundle, Facts
from setia.campaign import Campaign, CampaignLedger, Exclusions, Members, apply_exclusions, read_do_not_contact
from setia.engine import Engine
from setia.history import Prepared
from setia.policy.curve import ProfitCurve, profit_curve
from setia.policy.divest import Divest
from setia.policy.doubt import Sureness, sureness
from setia.policy.ground import Appraisal, Ground, Policy
from setia.policy.offer import Offer
from setia.policy.profit import Expected, reach
from setia.policy.stakes import Stakes
from setia.progress import SILENT, Progress
from setia.scoring import ScoreSettings, valued
from setia.source import Log
from setia.timeline import date_of
from setia.value import prepare_log


@dataclass(frozen=True)
class Acting:
    """A campaign that has been made.

    `chosen` is null where contacting nobody pays; the campaign is then not noted. `scored`: all customers;
    `appraisal`: what the policy says of the `eligible` customers it is for; `sure`: how sure that is of each member.
    `margin`: what the money of the log was multiplied with. `spread`: standard deviation of the logarithm of what is
    saved, shared by all. `beside`: what as many contacts, chosen by a plain rule, are expected to bring.
    """

    log: str
    campaign: Campaign
    scored: Scored
    appraisal: Appraisal
    chosen: Chosen | None
    sure: Sureness | None
    curve: ProfitCurve
    excluded: Exclusions
    eligible: int
    margin: float
    spread: float
    beside: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]

    @property
    def breaks_even(self) -> float | None:
        """The share of the assumed chance to keep a customer at which the contacted bring what they cost."""
        if self.chosen is None:
            return None
        of = self.chosen.expected.rows(self.chosen.contacted)
        return float(of.cost.sum() / of.saved.sum()) if of.saved.sum() > 0 else None


def name_of(settings: ActSettings, policy: Policy | Divest, log: Log) -> str:
    """Return the campaign's name."""
    return settings.campaign or f"{policy.name}-{date_of(log.last_day)}"


def found(settings: ActSettings, log: Log, name: str) -> Campaign | None:
    """Return a campaign of that name that was made before."""
    return CampaignLedger(Path(settings.ledger), log.name).find(name)


def act(
    settings: ActSettings,
    policy: Policy,
    bundle: Bundle,
    log: Log,
    engine: Engine,
    score: ScoreSettings,
    *,
    model_version: str,
    live: bool,
    seed: int,
    progress: Progress = SILENT,
) -> Acting:
    """Choose whom to contact, and who is left alone to compare with.

    Nothing is noted: whoever writes the list first and then calls `note` can lose nothing.

    Raises:
        InputError: the log cannot be scored, a list cannot be read, or the limits leave nobody.
    """
    everybody = scored(bundle, log, engine, score, model_version=model_version, live=live, progress=progress)
    return decide(settings, policy, bundle, log, engine, everybody, model_version, seed, progress)


def decide(
    settings: ActSettings,
    policy: Policy,
    bundle: Bundle,
    log: Log,
    engine: Engine,
    everybody: Scored,
    model_version: str,
    seed: int,
    progress: Progress = SILENT,
) -> Acting:
    """Choose among customers who have been scored already, as `act` does.

    Raises:
        InputError: a list cannot be read, or the limits leave nobody.
    """
    facts = bundle.facts
    margin = 1.0 if facts.basis == "profit" else settings.margin
    # what is left of the log's money: of the base's, where every customer's own share is in the stakes already
    left = margin if bundle.margin is None else bundle.margin.share
    stakes = everybody.stakes.times(margin)
    ledger = CampaignLedger(Path(settings.ledger), log.name)
    taught = proven(ledger, policy.name, Path(settings.folder))
    with progress.stage(f"policy {policy.name}"), ExitStack() as opened:

        @cache
        def prepare() -> Prepared:
            made = prepare_log(log, engine, valued(facts))
            opened.callback(made.close)
            return made

        keep = None if taught is None else keep_chances(taught[1], prepare(), log.last_day, stakes, policy.offer)
        appraisal = policy.appraise(Ground(stakes, log, prepare, engine, facts.horizon_days, left, keep))
    excluded = _excluded(settings, stakes.customer_id[appraisal.places], log, ledger)
    name = name_of(settings, policy, log)
    with progress.stage("choosing"):
        free = np.flatnonzero(excluded.keep)
        expected = appraisal.expected.rows(free)
        chosen = plan(settings, stakes, appraisal.places[free], expected, name, seed)
        curve = profit_curve(expected, policy.doubt, seed)
        beside = () if chosen is None else by_rules(stakes.rows(appraisal.places[free]), expected, chosen)
    days = settings.follow_up_days or facts.horizon_days
    campaign = _campaign(settings, policy, facts, log, name, days, model_version, seed)
    if chosen is not None:
        campaign = replace(campaign, settings={**campaign.settings, **_terms(stakes, chosen, policy.offer)})
    sure = None if chosen is None else sureness(chosen.expected, policy.doubt)
    notes = (*appraisal.notes, *_assumed(settings, facts, taught))
    return Acting(
        log.name,
        campaign,
        everybody,
        appraisal,
        chosen,
        sure,
        curve,
        excluded,
        len(appraisal.places),
        margin,
        policy.doubt.spread,
        beside,
        notes,
    )


def by_rules(stakes: Stakes, expected: Expected, chosen: Chosen) -> tuple[tuple[str, float], ...]:
    """Return what contacting as many customers by plain rules is expected to bring, by the same reckoning."""
    # a rule's members are left alone by the same lot
    many, share = len(chosen.places), float(chosen.contacted.mean())
    rules = (("those most at risk", stakes.p_none), ("the most valuable", stakes.clv))
    best = [
        (name, float(expected.profit[np.argsort(-score, kind="stable")[:many]].sum()) * share) for name, score in rules
    ]
    return (*best, ("anybody, by lot", float(expected.profit.mean()) * many * share))


def note(made: Acting, settings: ActSettings) -> None:
    """Write a campaign into the ledger; call it when its list is safe."""
    if made.chosen is None:
        return
    chosen, stakes = made.chosen, made.scored.stakes.rows(made.chosen.places)
    members = Members(
        customer_id=stakes.customer_id.astype(np.str_),
        control=chosen.control.mask,
        stratum=chosen.control.stratum,
        chance=chosen.control.chance,
        segment=stakes.segment.astype(np.str_),
        p_defect=np.where(np.isnan(stakes.p_defect), stakes.p_none, stakes.p_defect),
        value_saved=chosen.expected.saved,
        expected_profit=chosen.expected.profit,
        expected_value=stakes.expected_value,
    )
    CampaignLedger(Path(settings.ledger), made.log).add(made.campaign, members)


def _excluded(settings: ActSettings, ids: NDArray[np.object_], log: Log, ledger: CampaignLedger) -> Exclusions:
    listed = frozenset[str]() if settings.do_not_contact is None else read_do_not_contact(settings.do_not_contact)
    lately = ledger.contacted_since(log.last_day - settings.cool_days + 1)
    alone = ledger.left_alone(log.last_day)
    return apply_exclusions(ids.astype(np.str_), listed, lately, log.last_day, settings.cool_days, alone)


def _assumed(settings: ActSettings, facts: Facts, taught: tuple[str, Path] | None) -> tuple[str, ...]:
    """Say what was measured, and what was not."""
    notes = []
    if facts.basis != "profit":
        notes.append(
            f"Value is counted as revenue; {100 * settings.margin:.0f} % of it is taken to be profit (act.margin). "
            "value=profit counts each customer's own."
        )
    if taught is not None:
        notes.append(f"Whom the offer keeps is told by what campaign {taught[0]} measured (make readback).")
    else:
        notes.append("What the offer achieves is assumed, not measured: read the campaign back when it is over.")
    return tuple(notes)


def _campaign(
    settings: ActSettings,
    policy: Policy,
    facts: Facts,
    log: Log,
    name: str,
    days: int,
    model_version: str,
    seed: int,
) -> Campaign:
    # costs and offer are what a read-back counts with, whatever the settings are by then
    about: dict[str, Any] = json.loads(
        json.dumps({"act": asdict(settings), "policy": _plain(policy), "costs": facts.costs}, default=str)
    )
    text = json.dumps([about, log.fingerprint, model_version, seed], sort_keys=True)
    offer = policy.offer
    return Campaign(
        name=name,
        policy=policy.name,
        as_of=log.last_day,
        ends=log.last_day + days,
        made_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        model_version=model_version,
        value_basis=facts.basis,
        currency=log.currency or facts.currency,
        offer=f"{offer.cost:g}",
        contact_cost=offer.contact_cost,
        settings=about,
        seed=seed,
        fingerprint=hashlib.sha256(text.encode()).hexdigest()[:16],
    )


def _terms(stakes: Stakes, chosen: Chosen, offer: Offer) -> dict[str, float]:
    """Return what a read-back learns with: the mean chance that there is somebody to keep, what one who is kept is
    worth, and what contacting one costs."""
    of = chosen.expected
    worth = float(of.saved.sum()) / max(float(of.kept.sum()), 1e-12)
    there = float(reach(stakes.rows(chosen.places), offer).mean())
    return {"reach": there, "worth": worth, "cost": float(of.cost.mean())}


def _plain(policy: Policy) -> dict[str, Any]:
    return asdict(policy)  # type: ignore[call-overload, no-any-return]
