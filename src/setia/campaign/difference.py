"""The difference that contact makes to a mean: by stratum, adjusted for what was known before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from setia.campaign.figure import Figure
from setia.campaign.strata import Floats, Index, filled

Mask = NDArray[np.bool_]

#: A variance within a stratum needs so many of each arm.
PAIR: Final = 2
#: Members of an arm for each stratum and covariate that is fitted to it; with fewer, covariates are left out.
PER_PARAMETER: Final = 5
#: Leverage is kept below this, so that a member who is a fit's only witness does not divide by nothing.
MOST_LEVERAGE: Final = 0.99


@dataclass(frozen=True)
class _Arm:
    """One arm carried over to all members: mean and slopes per stratum, and what each stratum adds to the variance."""

    mean: Floats
    slope: Floats
    variance: Floats
    members: Floats


def difference(outcome: Floats, contacted: Mask, stratum: Index, covariates: Floats, level: float) -> Figure | None:
    """Return the average difference of an outcome between contact and no contact, null where it cannot be told.

    `outcome`, `contacted` and `stratum` have shape (members,), `covariates` (members, any number), known before the
    contact; one that is not a number counts as the mean. It cannot be told where an arm has fewer than two members or
    the outcome does not vary within an arm.

    Each arm's outcome is regressed on strata and covariates and foretold for all members (Lin 2013, eq. 2: the fully
    interacted regression; without covariates it is the stratified difference in means). The variance is HC2, which
    without covariates is Neyman's s1^2/n1 + s0^2/n0 in each stratum (Samii & Aronow 2012), plus the spread of the
    effect over members divided by their number, since these members stand for all customers like them (Imbens & Rubin
    2015, 6.7). Degrees of freedom are Satterthwaite's (1946) over strata and arms.
    """
    from scipy.stats import t

    if min(contacted.sum(), (~contacted).sum()) < PAIR or any(not np.ptp(outcome[a]) for a in (contacted, ~contacted)):
        return None
    cell = filled(stratum, np.stack([contacted, ~contacted], axis=1), PAIR)
    weight = np.bincount(cell) / len(cell)
    x = _usable(covariates, cell, contacted)
    centre = _means(x, cell, len(weight))
    with_contact, without = (_arm(outcome, x, cell, weight, centre, arm) for arm in (contacted, ~contacted))
    gap = with_contact.mean - without.mean
    estimate = float(weight @ gap)
    of_each = gap[cell] + (x - centre[cell]) @ (with_contact.slope - without.slope)
    spread = float(np.mean((of_each - estimate) ** 2)) / len(cell)
    parts = np.concatenate([with_contact.variance, without.variance, [spread]])
    freedom = np.concatenate([with_contact.members, without.members, [len(cell)]]) - 1
    error = float(np.sqrt(parts.sum()))
    if not error:  # strata explain all that varies: nothing is left to judge by
        return None
    df = parts.sum() ** 2 / np.sum(parts**2 / freedom)
    reach = error * float(t.ppf((1 + level) / 2, df))
    p = 2 * float(t.sf(abs(estimate) / error, df))
    return Figure(estimate, estimate - reach, estimate + reach, p, float(weight @ without.mean), level)


def _arm(outcome: Floats, x: Floats, cell: Index, weight: Floats, centre: Floats, arm: Mask) -> _Arm:
    """Carry one arm over to all members.

    The mean that is foretold is a weighted sum of the arm's outcomes; HC2 is the sum of the squares of these weights
    times residuals, each residual grown by its leverage.
    """
    y, x, cell, cells = outcome[arm], x[arm], cell[arm], len(weight)
    members = np.bincount(cell, minlength=cells)
    own = _means(x, cell, cells)
    mean = np.bincount(cell, y, minlength=cells) / members
    x, rest = x - own[cell], y - mean[cell]
    inverse = np.linalg.pinv(x.T @ x, hermitian=True)
    slope = inverse @ (x.T @ rest)
    rest = rest - x @ slope
    share = (weight / members)[cell] + x @ (inverse @ (weight @ (centre - own)))
    leverage = 1 / members[cell] + np.einsum("ij,jk,ik->i", x, inverse, x)
    squares: Floats = (share * rest) ** 2 / (1 - np.minimum(leverage, MOST_LEVERAGE))
    return _Arm(
        mean=mean + (centre - own) @ slope,
        slope=slope,
        variance=np.bincount(cell, squares, minlength=cells).astype(np.float64),
        members=members.astype(np.float64),
    )


def _usable(covariates: Floats, cell: Index, contacted: Mask) -> Floats:
    """Return the covariates in units of their spread, constant ones left out; none where an arm is too small."""
    known = np.where(np.isfinite(covariates), covariates, np.nan)
    known = known[:, np.isfinite(known).any(axis=0)]
    if known.shape[1]:
        mean = np.nanmean(known, axis=0)
        known = np.where(np.isnan(known), mean, known) - mean
        spread = known.std(axis=0)
        varies = spread > 1e-12 * np.abs(mean)
        known = known[:, varies] / spread[varies]
    smaller = min(contacted.sum(), (~contacted).sum())
    enough = smaller >= PER_PARAMETER * (cell.max() + 1 + known.shape[1])
    return known if enough else known[:, :0]


def _means(x: Floats, cell: Index, cells: int) -> Floats:
    """Return the mean of each covariate in each stratum, shape (cells, covariates)."""
    members = np.bincount(cell, minlength=cells)
    sums = [np.bincount(cell, column, minlength=cells) for column in x.T]
    return np.stack(sums, axis=1) / members[:, None] if sums else np.empty((cells, 0))
