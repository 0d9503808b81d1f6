"""What a campaign has brought: `make readback` from Python, of a plan, of a folder of campaigns, or of a table."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from setia.api.log import check_log
from setia.api.planning import LEDGER, Plan, settings_in
from setia.api.session import session
from setia.errors import InputError
from setia.report.cells import Cells, Shown
from setia.timeline import date_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from setia.act import Reading as Read
    from setia.campaign import Members
    from setia.source import Log


@dataclass(frozen=True, repr=False, eq=False)
class Reading(Shown):
    """What contact changed, beside those who were left alone, and whether that is evidence."""

    read: Read

    @property
    def evidence(self) -> bool:
        """Whether the campaign has been shown to pay: the interval of its net profit lies above nothing."""
        return self.read.found.evidence

    @property
    def summary(self) -> str:
        """The verdict, and what it rests on, in sentences."""
        from setia.campaign import sentences, verdict

        return "\n".join((verdict(self.read.found), *sentences(self.read.found, self.read.campaign.currency)))

    def table(self) -> pd.DataFrame:
        """Return the effect on all members and on each segment: a row each, with intervals."""
        from setia.report.readback import table

        frame: pd.DataFrame = table(self.read).to_pandas()
        return frame

    def figure(self) -> Figure:
        """Draw the net profit per contacted customer with its interval, of all and by segment."""
        from setia.report.readback import figure

        return figure(self.read)

    def _cells(self) -> Cells:
        from setia.campaign import sentences, verdict

        campaign, found = self.read.campaign, self.read.found
        head = f"Campaign {campaign.name}, {date_of(campaign.as_of)} to {date_of(campaign.ends)}"
        arms = f"{found.overall.contacted:,} contacted, {found.overall.control:,} left alone"
        return Cells(head, (("members", arms), ("verdict", verdict(found))), sentences(found, campaign.currency))


def read_back(plan: Any, log: Log, *, name: str | None = None, **trial: Any) -> Reading:
    """Say what a campaign has brought, by everybody who was meant to be contacted; nothing is noted.

    Args:
        plan: a `Plan`; a folder that `Plan.save` or `make act` wrote; or a table of a campaign that Setia did not make
            (pandas, Polars, Arrow), one row per member: customer_id, contacted (true or false, drawn by lot) and, where
            known, segment, p_defect, expected_value.
        log: reaches to the end of the follow-up.
        name: which campaign of a folder (null: the last that is over), or what a table's is called.
        trial: of a table (`setia.api.trial.Trial`): as_of="2017-10-31", the last day before the contact; days=35, how
            long it is followed up; and where they are not nothing: contact_cost, offer_cost, take_rate, margin.

    Raises:
        InputError: there is no such campaign, the log ends before the follow-up, or knows none of the members.
    """
    check_log(log, "setia.read_back(plan, log)")
    if isinstance(plan, str | Path | Plan):
        if trial:
            raise InputError(f"{', '.join(trial)} belong to a table of a campaign; a plan and a folder know their own.")
        return _of_plan(plan, log) if isinstance(plan, Plan) else _of_folder(Path(plan), log, name)
    from setia.api.trial import Trial, members_of
    from setia.campaign import CampaignLedger

    try:
        about = Trial(name=name or "campaign", **trial)
    except TypeError as error:
        raise InputError(
            'A table is read back with as_of and days, such as setia.read_back(table, log, as_of="2017-10-31", '
            f"days=35): {error}."
        ) from error
    members = members_of(plan)
    with tempfile.TemporaryDirectory() as folder:
        CampaignLedger(Path(folder) / LEDGER, log.name).add(about.campaign(log), members)
        found = _read(Path(folder), log, about.name)
    if len(np.unique(members.segment)) > 1:
        return found
    return Reading(replace(found.read, found=replace(found.read.found, segments=())))  # one segment is all of them


def _of_plan(plan: Plan, log: Log) -> Reading:
    from setia.act import note

    if plan.made.chosen is None:
        raise InputError(f"The plan {plan.name} contacts nobody, so there is nothing to read back.")
    with tempfile.TemporaryDirectory() as folder:
        note(replace(plan.made, log=log.name), settings_in(Path(folder)))
        return _read(Path(folder), log, plan.name)


def _of_folder(folder: Path, log: Log, name: str | None) -> Reading:
    folder = folder.parent if folder.name == LEDGER else folder
    if not (folder / LEDGER).exists():
        raise InputError(
            f"{folder} holds no {LEDGER}: no campaign was saved there. Plan.save(folder) and `make act` write it."
        )
    return _read(folder, log, name)


def _read(folder: Path, log: Log, name: str | None) -> Reading:
    from setia.act import ReadbackSettings, readback

    place = settings_in(folder)
    settings = ReadbackSettings(campaign=name, uplift=False, folder=place.folder, ledger=place.ledger)
    found = readback(settings, log, session(), seed=0)
    _check_known(found.members, log)
    return Reading(found)


def _check_known(members: Members, log: Log) -> None:
    """Refuse a log of other customers: it would say that nobody came.

    Raises:
        InputError: no member is in the log.
    """
    ids = session().arrow(log.lines.select("customer_id").unique())["customer_id"].to_numpy().astype(str)
    if not np.isin(members.customer_id, ids).any():
        raise InputError(
            f"None of the {len(members):,} members has ever bought in {log.name}; is it the log of another shop, or "
            "are its customers named otherwise?"
        )
