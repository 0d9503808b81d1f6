"""What a campaign teaches the next one: how many it kept of those it could have, and whom a contact moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from setia.campaign import Campaign, CampaignLedger, Figure, Members
from setia.features import named, select, table
from setia.history import Prepared
from setia.learn.predictor import Array, Matrix
from setia.learn.uplift import Uplift, UpliftSettings, Verdict, cross_fitted, fit_uplift, proves_better
from setia.policy.offer import Offer
from setia.policy.profit import reach
from setia.policy.stakes import Stakes

#: With fewer members in either arm nothing can be learnt of whom a contact moves.
LEAST_IN_ARM: Final = 200
#: Scores that a model of the effect has to beat, and whose column of the members each is.
RULES: Final[Mapping[str, str]] = {
    "by risk": "p_defect",
    "by value": "expected_value",
    "by expected profit": "expected_profit",
}


@dataclass(frozen=True)
class Kept:
    """The chance to keep a customer that fits what was measured, with its 95 % interval; not below 0 nor above 1."""

    chance: float
    lo: float
    hi: float


def kept_by(campaign: Campaign, retention: Figure | None) -> Kept | None:
    """Return what `keep_chance` would have made the campaign's members expect what was measured; null where unknown.

    The rise of retention over the mean reach: the chance that somebody is there to be kept, or woken.
    """
    reached = float(campaign.settings.get("reach") or 0.0)
    if retention is None or reached <= 0:
        return None
    return Kept(*(float(np.clip(x / reached, 0.0, 1.0)) for x in (retention.estimate, retention.lo, retention.hi)))


@dataclass(frozen=True)
class Learnt:
    """A model of whom a contact keeps. `better`: it has proved to earn more than every rule, out of sample."""

    uplift: Uplift
    names: tuple[str, ...]
    verdict: Verdict

    @property
    def better(self) -> bool:
        """Whether the next campaign of the same policy goes by it."""
        return self.verdict.better

    def save(self, folder: Path) -> None:
        """Write the model and the names of its features."""
        self.uplift.save(folder)
        (folder / "features.txt").write_text("\n".join(self.names) + "\n", encoding="utf-8")

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict, for JSON."""
        return {field.name: getattr(self.verdict, field.name) for field in fields(Verdict)}


def learn_from(
    campaign: Campaign, members: Members, kept: NDArray[np.bool_], prepared: Prepared, seed: int
) -> Learnt | None:
    """Learn whom the contact kept, from the features that were known when the campaign was made.

    Null where an arm is too small. Judged by what contacting those who are expected to pay would have earned, by models
    that had not seen them, at the mean worth of a customer who is kept.
    """
    contacted = ~members.control
    if min(contacted.sum(), members.control.sum()) < LEAST_IN_ARM:
        return None
    names = tuple(feature.name for feature in select(prepared.columns))
    X = features_of(prepared, campaign.as_of, names, members.customer_id)
    treated, outcome, chance = contacted.astype(np.float64), kept.astype(np.float64), 1.0 - members.chance
    settings = UpliftSettings()
    unseen = cross_fitted(settings, X, treated, outcome, chance, seed)
    rules = {name: np.nan_to_num(getattr(members, column)) for name, column in RULES.items()}
    worth, cost = (float(campaign.settings[name]) for name in ("worth", "cost"))
    verdict = proves_better(unseen, treated, outcome, chance, rules, worth, cost, seed)
    return Learnt(fit_uplift(settings, X, treated, outcome, chance, seed), names, verdict)


def proven(ledger: CampaignLedger, policy: str, folder: Path) -> tuple[str, Path] | None:
    """Return the last campaign of a policy whose model has proved better, and where the model lies; null without."""
    for campaign in reversed(ledger.campaigns()):
        readings = ledger.readbacks(campaign.name) if campaign.policy == policy else ()
        if readings:
            uplift = readings[-1].result.get("uplift")
            place = model_folder(folder, campaign.name)
            if uplift is not None and uplift["better"] and place.is_dir():
                return campaign.name, place
    return None


def model_folder(folder: Path, name: str) -> Path:
    """Return where the model that a campaign taught lies."""
    return folder / f"{name}-uplift"


def keep_chances(place: Path, prepared: Prepared, as_of: int, stakes: Stakes, offer: Offer) -> Array:
    """Return the chance to keep each customer by a model of the effect, shape (customers,).

    The effect is a rise of retention: it is divided by the chance that there is somebody to keep or to wake.
    """
    names = tuple((place / "features.txt").read_text(encoding="utf-8").split())
    effect = Uplift.load(place).predict(features_of(prepared, as_of, names, stakes.customer_id))
    return np.asarray(np.clip(effect / np.maximum(reach(stakes, offer), 1e-6), 0.0, 1.0))


def features_of(prepared: Prepared, as_of: int, names: tuple[str, ...], ids: NDArray[Any]) -> Matrix:
    """Return features as of a day for some customers, in their order, shape (customers, features)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = table(prepared, as_of, named(names))
    place = pc.index_in(pa.array(ids.astype(str)), value_set=found["customer_id"].combine_chunks().cast(pa.string()))
    columns = [found[name].take(place).to_numpy().astype(np.float32) for name in names]
    return np.column_stack(columns)
