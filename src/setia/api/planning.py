"""A campaign that is planned: whom to contact, whom to leave alone by lot, and what that is expected to bring."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from setia.api.session import session
from setia.errors import InputError
from setia.report.cells import Cells, Shown, money, per_cent
from setia.timeline import date_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from setia.act import Acting, ActSettings
    from setia.api.measuring import Reading
    from setia.bundle import Bundle
    from setia.config import Config
    from setia.policy import Policy
    from setia.source import Log

#: The ledger of campaigns in a folder of theirs.
LEDGER: Final = "campaigns.db"
#: What SQLite calls a database that lies on no disk and is gone when it is closed: no campaign is known there.
NOWHERE: Final = ":memory:"
#: Of the offer: argument of `plan`, and the field of `setia.policy.Offer`.
TERMS: Final = {"offer_cost": "cost", "contact_cost": "contact_cost", "keep_chance": "keep_chance"}


@dataclass(frozen=True, repr=False, eq=False)
class Plan(Shown):
    """A campaign as of the log's last day. It exists in memory alone until `save` writes it."""

    made: Acting
    seed: int

    @property
    def name(self) -> str:
        """The campaign's name."""
        return self.made.campaign.name

    def table(self) -> pd.DataFrame:
        """Return whom to contact, most worthwhile first; nobody where no contact pays (docs/campaigns.md)."""
        return _members(self.made, control=False)

    def controls(self) -> pd.DataFrame:
        """Return whom to leave alone, to compare with; drawn by lot, which name, seed and members decide."""
        return _members(self.made, control=True)

    def figure(self) -> Figure:
        """Draw the expected profit by how many are contacted, with its band and the depth that brings most."""
        from setia.report.act import figure

        return figure(self.made)

    @property
    def summary(self) -> str:
        """What a manager needs to decide, in sentences."""
        made, chosen = self.made, self.made.chosen
        if chosen is None:
            return "\n".join((f"Contact {_nobody(made)}.", *self._remarks()))
        (lo, hi), until = chosen.bounds(made.spread), date_of(made.campaign.ends)
        return "\n".join(
            (
                f"Contact {chosen.contacted.sum():,} of {len(made.scored.stakes):,} customers, and leave "
                f"{chosen.control.size:,} alone by lot until {until}, to compare with.",
                f"Contacts and offers are expected to cost {_money(made, chosen.cost)}, and to bring "
                f"{_money(made, chosen.profit)} after that (80 % interval {money(lo)} to {money(hi)}).",
                *self._remarks(),
            )
        )

    def save(self, folder: str | Path) -> tuple[Path, ...]:
        """Write the two lists, the figure and the ledger of campaigns into a folder, as `make act` does.

        Returns the paths of the list to contact, the list to leave alone, and the figure; nothing is written where
        nobody is to be contacted. `setia.read_back(folder, log)` and `make readback` read the ledger.

        Raises:
            InputError: a campaign of that name is in the folder already, or it cannot be written.
        """
        from setia.act import note
        from setia.report.act import write

        settings = settings_in(Path(folder))
        refuse_known(settings, self.made.log, self.name)
        paths = write(self.made, settings)
        campaign, where = self.made.campaign, {"folder": settings.folder, "ledger": settings.ledger}
        said = {**campaign.settings, "act": {**campaign.settings["act"], **where}}
        note(replace(self.made, campaign=replace(campaign, settings=said)), settings)
        return paths

    def read_back(self, log: Log) -> Reading:
        """Say what the campaign has brought, from a log that reaches to the end of its follow-up.

        Raises:
            InputError: nobody was to be contacted, or the log ends too early or knows none of the members.
        """
        from setia.api.measuring import read_back

        return read_back(self, log)

    def _cells(self) -> Cells:
        made, campaign, chosen = self.made, self.made.campaign, self.made.chosen
        head = f"Plan {campaign.name}: policy {campaign.policy}, {made.log} as of {date_of(campaign.as_of)}"
        if chosen is None:
            return Cells(head, (("contact", _nobody(made)),), self._remarks())
        lo, hi = chosen.bounds(made.spread)
        expected = f"{_money(made, chosen.profit)} (80 % interval {money(lo)} to {money(hi)})"
        rows = (
            ("contact", f"{chosen.contacted.sum():,} of {len(made.scored.stakes):,} customers"),
            ("leave alone", f"{chosen.control.size:,} by lot, until {date_of(campaign.ends)}"),
            ("expected", f"{expected} after {_money(made, chosen.cost)} for contacts and offers"),
        )
        return Cells(head, rows, self._remarks())

    def _remarks(self) -> tuple[str, ...]:
        made, curve = self.made, self.made.curve
        if made.chosen is None:
            return made.notes
        beside = "; ".join(f"{name} {money(profit)}" for name, profit in made.beside)
        most = (
            f"Most profit: contact {per_cent(curve.best, 0)} of the {curve.customers:,} customers it is for (90 % "
            f"interval {per_cent(curve.best_lo, 0)} to {per_cent(curve.best_hi, 0)})."
        )
        said = (f"As many contacts by a plain rule: {beside}.", most, _even(made), made.chosen.power, *made.notes)
        return tuple(one for one in said if one)


def plan(
    bundle: Bundle,
    version: str,
    log: Log,
    config: Config,
    *,
    name: str | None,
    limits: tuple[float | None, int | None],
    terms: dict[str, float | None],
    folder: str | Path | None,
) -> Plan:
    """Choose whom to contact; see `setia.Model.plan`."""
    from setia.act import act, name_of

    budget, count = limits
    asked = {
        key: value for key, value in (("campaign", name), ("budget", budget), ("count", count)) if value is not None
    }
    settings = replace(config.act, ledger=NOWHERE, **asked)  # type: ignore[arg-type]
    policy = _policy(config, terms)
    if folder is not None and (Path(folder) / LEDGER).exists():
        there = settings_in(Path(folder))
        settings = replace(settings, folder=there.folder, ledger=there.ledger)
        refuse_known(settings, log.name, name_of(settings, policy, log))
    seed = config.train.seed
    made = act(settings, policy, bundle, log, session(), config.score, model_version=version, live=False, seed=seed)
    return Plan(made, seed)


def settings_in(folder: Path) -> ActSettings:
    """Return settings whose lists and ledger lie in a folder."""
    from setia.act import ActSettings

    return ActSettings(folder=str(folder), ledger=str(folder / LEDGER))


def refuse_known(settings: ActSettings, log: str, name: str) -> None:
    """Refuse a campaign that was made before: the same customers would be contacted twice.

    Raises:
        InputError: there is one of that name.
    """
    from setia.campaign import CampaignLedger

    if Path(settings.ledger).exists() and CampaignLedger(Path(settings.ledger), log).find(name) is not None:
        raise InputError(
            f"A campaign {name!r} of {log} is in {settings.folder} already. Read it back with "
            f"setia.read_back({settings.folder!r}, log, name={name!r}), or give the new one another name."
        )


def _policy(config: Config, terms: dict[str, float | None]) -> Policy:
    from setia.policy import Divest

    policy = config.policy
    if isinstance(policy, Divest):
        raise InputError(
            'policy="divest" contacts nobody: it lists whom to part with. Run `make act ARGS=policy=divest` for it; '
            "a plan takes retain, win_back or grow."
        )
    given = {TERMS[key]: float(value) for key, value in terms.items() if value is not None}
    if not given:
        return policy
    changed: Any = replace(policy, offer=replace(policy.offer, **given))  # type: ignore[type-var]
    return changed  # type: ignore[no-any-return]


def _members(made: Acting, *, control: bool) -> pd.DataFrame:
    import pandas as pd

    from setia.report.act import table

    if made.chosen is None:
        return pd.DataFrame(columns=["customer_id", "campaign", "segment", "status", "expected_profit"])
    frame: pd.DataFrame = table(made, made.chosen, control=control).to_pandas()
    return frame


def _nobody(made: Acting) -> str:
    if made.curve.customers:
        return f"nobody: at these costs a contact with any of the {made.curve.customers:,} customers loses money"
    return "nobody: all whom it is for are left out" if made.eligible else "nobody: there is nobody it is for"


def _even(made: Acting) -> str:
    """Say what the offer must achieve at least for the contacts to pay."""
    from setia.act.readback import MEASURED

    pays, keep = made.breaks_even, float(made.campaign.settings["policy"]["offer"]["keep_chance"])
    if pays is None:
        return ""
    if made.campaign.policy not in MEASURED:
        return f"It pays if a contact achieves {per_cent(pays, 0)} of what is assumed."
    return (
        f"It pays if the offer keeps {per_cent(keep * pays)} of those who would leave; {per_cent(keep, 0)} is assumed."
    )


def _money(made: Acting, amount: float) -> str:
    return money(amount, made.campaign.currency)
