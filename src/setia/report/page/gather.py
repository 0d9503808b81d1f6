"""Everything the report tells, computed: each stage once, what cannot be made on this log noted with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from setia import act
from setia.act import COLUMNS as DECIDED
from setia.act import Acting, ActSettings, Scored, divided, scored_of, scored_table
from setia.act.ground import MORE
from setia.alert import alert
from setia.audit import audit, candidates
from setia.campaign import CampaignLedger
from setia.cohorts import retention
from setia.errors import InputError
from setia.ledger import Book, Costs, book
from setia.policy import Divest, Policy, Retain, WinBack
from setia.progress import SILENT, Progress
from setia.report.page.sales import sales_of
from setia.report.page.settings import ReportSettings
from setia.report.page.story import Stages, Story, Told
from setia.value import ValueSettings, sales_basis_of

if TYPE_CHECKING:
    from setia.bundle import Bundle
    from setia.engine import Engine
    from setia.source import Log

T = TypeVar("T")
#: What the page shows of each customer.
COLUMNS: Final = (
    *DECIDED,
    *("days_since_last", "expected_purchases", "expected_value_lo", "expected_value_hi", "clv_lo", "theme_1"),
)


def gather(
    settings: ReportSettings,
    stages: Stages,
    bundle: Bundle,
    log: Log,
    engine: Engine,
    *,
    model_version: str,
    live: bool,
    progress: Progress = SILENT,
) -> Story:
    """Run every stage that the report tells of, and write nothing: no ledger is touched.

    Raises:
        InputError: the log cannot be scored by this model.
        StaleLogError: a live log ended too long ago.
    """
    facts, missing = bundle.facts, dict[str, str]()
    horizon, basis = facts.horizon_days, sales_basis_of(ValueSettings(facts.basis), log.columns)
    score = replace(stages.score, language=settings.language)
    scores = scored_table(
        bundle,
        log,
        engine,
        score,
        COLUMNS,
        model_version=model_version,
        live=live,
        more=(*MORE, "theme_1"),
        progress=progress,
    )
    people = scored_of(scores)

    def tried(section: str, make: Callable[[], T]) -> T | None:
        if section in settings.leave_out:
            return None
        try:
            return make()
        except InputError as error:
            missing[section] = str(error)
            return None

    with progress.stage("the sales of each month"):
        sales = sales_of(log, engine)
    definition = bundle.definition
    kept = tried(
        "cohorts", lambda: retention(stages.retention, definition, log, engine, basis, horizon, progress=progress)
    )
    wanted = candidates(definition, log.columns)
    audited = tried(
        "definition", lambda: audit(stages.define, wanted, log, engine, basis, horizon, stages.seed, progress=progress)
    )
    # the list of the day has its own stage, whose ledger tells each alert once
    quiet = replace(stages.alert, ledger=None, language=settings.language)
    alerting = tried("alerts", lambda: alert(quiet, log, engine, basis, stages.seed, progress))
    plans = tried("headline", lambda: _plans(stages, bundle, log, engine, people, model_version, progress)) or ()
    return Story(
        log=log,
        facts=facts,
        definition=definition,
        divide=bundle.divide,
        version=model_version,
        scores=scores,
        segments=divided(stages.segments, bundle, log, engine, people.stakes, progress),
        sales=sales,
        retention=kept,
        audit=audited,
        alerting=alerting,
        plans=plans,
        campaigns=tried("campaigns", lambda: _campaigns(stages.act, log)) or (),
        book=_book(bundle, log, engine, progress),
        proof=bundle.proof,
        missing=missing,
        given=stages.given,
    )


def _book(bundle: Bundle, log: Log, engine: Engine, progress: Progress) -> Book | None:
    """Return the ledger of profit where the model counts profit: nobody has told the costs otherwise."""
    return None if bundle.facts.costs is None else book(log, engine, Costs(**bundle.facts.costs), progress)


def _plans(
    stages: Stages,
    bundle: Bundle,
    log: Log,
    engine: Engine,
    people: Scored,
    model_version: str,
    progress: Progress,
) -> tuple[Acting, ...]:
    """Return what campaigns of today would be: the policy that is set, and the defaults of the others."""
    if bundle.facts.basis == "purchases":
        return ()
    asked: Policy | Divest = stages.policy
    policies: dict[str, Policy] = {"retain": Retain(), "win_back": WinBack()}
    if not isinstance(asked, Divest):
        policies[asked.name] = asked
    return tuple(
        act.decide(
            replace(stages.act, campaign=None),
            policy,
            bundle,
            log,
            engine,
            people,
            model_version,
            stages.seed,
            progress,
        )
        for policy in policies.values()
    )


def _campaigns(settings: ActSettings, log: Log) -> tuple[Told, ...]:
    """Return every campaign of the log, the latest first; nothing where none has ever been made."""
    if not Path(settings.ledger).is_file():
        return ()
    ledger, told = CampaignLedger(Path(settings.ledger), log.name), []
    for campaign in reversed([one for one in ledger.campaigns() if one.as_of <= log.last_day]):
        members, readings = ledger.members(campaign.name), ledger.readbacks(campaign.name)
        alone = int(members.control.sum())
        expected = float(members.expected_profit[~members.control].sum())
        told.append(Told(campaign, len(members) - alone, alone, expected, readings[-1].result if readings else None))
    return tuple(told)
