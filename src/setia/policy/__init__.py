"""Policies: whom it pays to contact, to win back, to offer more, or to part with, and how sure that is."""

from setia.policy.choose import Limits, choose
from setia.policy.curve import ProfitCurve, profit_curve
from setia.policy.divest import Divest, Grounds
from setia.policy.doubt import Doubt, Sureness, sureness
from setia.policy.ground import Appraisal, Ground, Policy
from setia.policy.grow import Grow, Growth
from setia.policy.offer import Offer
from setia.policy.profit import Expected, expected_profit
from setia.policy.retain import Retain
from setia.policy.stakes import Stakes
from setia.policy.win_back import WinBack

__all__ = [
    "Appraisal",
    "Divest",
    "Doubt",
    "Expected",
    "Ground",
    "Grounds",
    "Grow",
    "Growth",
    "Limits",
    "Offer",
    "Policy",
    "ProfitCurve",
    "Retain",
    "Stakes",
    "Sureness",
    "WinBack",
    "choose",
    "expected_profit",
    "profit_curve",
    "sureness",
]
