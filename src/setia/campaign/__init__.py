"""Campaigns that can be believed: who is left alone by lot, what can be detected, and what contact brought."""

from setia.campaign.control import Control, draw_control
from setia.campaign.effect import Effect, Followed, ReadBack, read_back
from setia.campaign.exclusions import Exclusions, apply_exclusions, read_do_not_contact
from setia.campaign.figure import Figure
from setia.campaign.power import (
    Recommended,
    detectable,
    detectable_money,
    needed_controls,
    needed_controls_money,
    recommended_share,
    sentence,
)
from setia.campaign.store import CampaignLedger
from setia.campaign.strata import strata_of
from setia.campaign.tables import Campaign, Members, Reading
from setia.campaign.telling import sentences, verdict

__all__ = [
    "Campaign",
    "CampaignLedger",
    "Control",
    "Effect",
    "Exclusions",
    "Figure",
    "Followed",
    "Members",
    "ReadBack",
    "Reading",
    "Recommended",
    "apply_exclusions",
    "detectable",
    "detectable_money",
    "draw_control",
    "needed_controls",
    "needed_controls_money",
    "read_back",
    "read_do_not_contact",
    "recommended_share",
    "sentence",
    "sentences",
    "strata_of",
    "verdict",
]
