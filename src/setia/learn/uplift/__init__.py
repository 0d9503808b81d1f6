"""Uplift: whom a contact moves, learnt from a past campaign with a random control group."""

from __future__ import annotations

from setia.learn.uplift.fit import cross_fitted, fit_uplift
from setia.learn.uplift.proven import Verdict, proves_better
from setia.learn.uplift.settings import UpliftSettings
from setia.learn.uplift.uplift import Uplift

__all__ = ["Uplift", "UpliftSettings", "Verdict", "cross_fitted", "fit_uplift", "proves_better"]
