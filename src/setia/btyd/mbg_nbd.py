"""MBG/NBD (Batislam, Denizel & Filiztekin 2007; Hoppe & Wagner 2007): leaving after any purchase, the first too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from setia.btyd.beta_geometric import BetaGeometricNBD, climb
from setia.btyd.counts import Counts
from setia.btyd.maximise import PENALTY


@dataclass(frozen=True)
class MBGNBD(BetaGeometricNBD):
    """A fitted MBG/NBD: a BG/NBD in which one-time buyers may have left as well."""

    leaves_at_first: ClassVar[bool] = True


def fit(counts: Counts, *, penalty: float = PENALTY) -> MBGNBD:
    """Fit by weighted maximum likelihood over distinct rows (`penalty`: see `maximise`; 0 is plain)."""
    (r, alpha, a, b), found = climb(counts, True, penalty)
    return MBGNBD(float(r), float(alpha), float(a), float(b), found.log_likelihood, found.converged)
