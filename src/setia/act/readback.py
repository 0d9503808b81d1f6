"""Reading a campaign back: what came of those contacted beside those left alone, once the follow-up is over."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from setia.act.measured import Kept, Learnt, kept_by, learn_from, model_folder
from setia.act.settings import ReadbackSettings
from setia.campaign import Campaign, CampaignLedger, Followed, Members, ReadBack, read_back
from setia.engine import Engine
from setia.errors import InputError
from setia.history import Prepared
from setia.ledger import Costs
from setia.progress import SILENT, Progress
from setia.source import Log
from setia.timeline import date_of
from setia.value import ValueSettings, column_of, prepare_log

#: Policies whose offer keeps or wakes customers, so that retention tells what it achieves.
MEASURED: Final = ("retain", "win_back")


@dataclass(frozen=True)
class Reading:
    """A campaign with what came of its members within the follow-up, and what contact changed.

    `bought`: purchases of each member; `profit`: what each brought, before contact and offer. `expected`: the profit
    that contacting was expected to bring, in all. `kept`: the chance to keep a customer that fits what was measured;
    `learnt`: a model of whom the contact kept. Null where they cannot be told.
    """

    log: Log
    campaign: Campaign
    members: Members
    bought: NDArray[np.float64]
    profit: NDArray[np.float64]
    found: ReadBack
    expected: float
    kept: Kept | None
    learnt: Learnt | None


def readback(settings: ReadbackSettings, log: Log, engine: Engine, seed: int, progress: Progress = SILENT) -> Reading:
    """Measure what a campaign has brought, by everybody who was meant to be contacted.

    Who bought something within the follow-up was kept. Of those who did, the contacted are charged the offer at the
    campaign's `take_rate`, since no log tells who took it.

    Raises:
        InputError: there is no such campaign, or the log does not reach to the end of its follow-up.
    """
    ledger = CampaignLedger(Path(settings.ledger), log.name)
    campaign = _asked(settings, ledger, log)
    members = ledger.members(campaign.name)
    with progress.stage("what came"):
        prepared = prepare_log(log, engine, _valued(campaign))
        bought, value = _came(campaign, members, prepared, engine)
    profit = value * (1.0 if campaign.value_basis == "profit" else float(campaign.settings["act"]["margin"]))
    offer = campaign.settings["policy"]["offer"]
    cost = campaign.contact_cost + float(offer["cost"]) * float(offer["take_rate"]) * (bought > 0).astype(np.float64)
    known = np.column_stack([members.p_defect, members.expected_value])
    with progress.stage("what contact changed"):
        followed = Followed(
            ~members.control, members.stratum, bought > 0, profit, cost, covariates=known, segment=members.segment
        )
        effect = read_back(followed)
    learnt = None
    if settings.uplift and campaign.policy in MEASURED:
        with progress.stage("whom contact kept"):
            learnt = learn_from(campaign, members, bought > 0, prepared, seed)
    prepared.close()
    kept = kept_by(campaign, effect.overall.retention) if campaign.policy in MEASURED else None
    expected = float(members.expected_profit[~members.control].sum())
    return Reading(log, campaign, members, bought, profit, effect, expected, kept, learnt)


def keep(reading: Reading, settings: ReadbackSettings) -> None:
    """Note the result in the ledger, and keep the model that the campaign has taught."""
    ledger, result = CampaignLedger(Path(settings.ledger), reading.log.name), as_dict(reading.found)
    if reading.learnt is not None:
        reading.learnt.save(model_folder(Path(settings.folder), reading.campaign.name))
        result["uplift"] = reading.learnt.as_dict()
    ledger.add_readback(reading.campaign.name, reading.log.last_day, result)


def as_dict(found: ReadBack) -> dict[str, Any]:
    """Return the figures of a read-back, for JSON."""
    effects = (found.overall, *found.segments)
    return {
        "effects": [
            {
                "segment": effect.segment,
                "contacted": effect.contacted,
                "control": effect.control,
                "retention": None if effect.retention is None else vars(effect.retention),
                "profit": None if effect.profit is None else vars(effect.profit),
            }
            for effect in effects
        ],
        "evidence": found.evidence,
        "harm": found.harm,
    }


def _asked(settings: ReadbackSettings, ledger: CampaignLedger, log: Log) -> Campaign:
    """Return the campaign that is asked for: by its name, or the last that is over."""
    every = ledger.campaigns()
    if not every:
        raise InputError(f"No campaign of {log.name} has been made in {settings.ledger}; make one with `make act`.")
    if settings.campaign is None:
        over = [one for one in every if one.ends <= log.last_day]
        if over:
            return over[-1]
        chosen = min(every, key=lambda one: one.ends)
    else:
        named = [one for one in every if one.name == settings.campaign]
        if not named:
            names = ", ".join(one.name for one in every)
            raise InputError(f"There is no campaign {settings.campaign!r} of {log.name}; there are {names}.")
        chosen = named[0]
    if chosen.ends > log.last_day:
        raise InputError(
            f"Campaign {chosen.name} is followed up to {date_of(chosen.ends)}, but {log.name} is known up to "
            f"{date_of(log.last_day)} only. Bring a later log."
        )
    return chosen


def _valued(campaign: Campaign) -> ValueSettings:
    """Return how the campaign's money is counted: as it was when it was made."""
    costs = campaign.settings["costs"]
    return ValueSettings(campaign.value_basis, None if costs is None else Costs(**costs))


def _came(
    campaign: Campaign, members: Members, prepared: Prepared, engine: Engine
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return purchases and value of each member within the follow-up, shape (members,)."""
    future = prepared.future(campaign.as_of, campaign.ends - campaign.as_of)
    value, bought = nw.col(column_of(campaign.value_basis)).sum(), nw.col("is_purchase").cast(nw.Float64).sum()
    table = engine.arrow(future.days.group_by("customer_id").agg(value.alias("value"), bought.alias("bought")))
    ids = prepared.ids(table["customer_id"]).to_numpy(zero_copy_only=False).astype(np.str_)
    found = {name: np.zeros(len(members)) for name in ("bought", "value")}
    place = np.searchsorted(members.customer_id, ids)
    inside = place < len(members)
    inside[inside] = members.customer_id[place[inside]] == ids[inside]
    for name, column in found.items():
        column[place[inside]] = np.asarray(table[name].to_numpy(), dtype=np.float64)[inside]
    return found["bought"], found["value"]
