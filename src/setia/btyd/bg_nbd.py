"""BG/NBD (Fader, Hardie & Lee 2005, "Counting Your Customers the Easy Way"): leaving after a repeat purchase.

Never rank customers by its p_alive: a one-time buyer cannot have left, so p_alive is 1 however long ago
that was. Take `p_none`, or the MBG/NBD.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from setia.btyd.beta_geometric import BetaGeometricNBD, climb
from setia.btyd.counts import Counts
from setia.btyd.maximise import PENALTY


@dataclass(frozen=True)
class BGNBD(BetaGeometricNBD):
    """A fitted BG/NBD; p_alive is 1 for one-time buyers, so never rank by it."""

    leaves_at_first: ClassVar[bool] = False


def fit(counts: Counts, *, penalty: float = PENALTY) -> BGNBD:
    """Fit by weighted maximum likelihood over distinct rows (`penalty`: see `maximise`; 0 is plain)."""
    (r, alpha, a, b), found = climb(counts, False, penalty)
    return BGNBD(float(r), float(alpha), float(a), float(b), found.log_likelihood, found.converged)
