"""How small an effect a campaign can detect, and how large its control group must be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from setia.errors import InputError

#: A control group's share of all members is recommended between these.
LEAST_SHARE, MOST_SHARE = 0.05, 0.5
POWER: Final = 0.8
ALPHA: Final = 0.05


def detectable(n_contacted: int, n_control: int, base_rate: float, power: float = POWER, alpha: float = ALPHA) -> float:
    """Return the smallest rise of the kept share that a two-sided test finds with that power (0.031 is 3.1 points).

    `base_rate`: the share kept without contact. Normal approximation with each arm's own variance (Fleiss, Levin & Paik
    2003, 4.2), as the read-back's without covariates, which with them finds a little less. Infinite where not even
    keeping everybody would be found.

    Raises:
        InputError: an arm is empty, or a rate, power or alpha is not between 0 and 1.
    """
    from scipy.optimize import brentq

    reach = _reach(n_contacted, n_control, power, alpha)
    _check_rate(base_rate)

    def short(rise: float) -> float:
        return rise - reach * _error(n_contacted, n_control, base_rate, base_rate + rise)

    return float(brentq(short, 0.0, 1 - base_rate)) if short(1 - base_rate) >= 0 else math.inf


def detectable_money(
    n_contacted: int, n_control: int, deviation: float, power: float = POWER, alpha: float = ALPHA
) -> float:
    """Return the smallest difference of mean profit, in money per customer, that is found with that power.

    `deviation` is the standard deviation of profit over members within the follow-up, the same in both arms.
    """
    reach = _reach(n_contacted, n_control, power, alpha)
    return reach * deviation * math.sqrt(1 / n_contacted + 1 / n_control)


def needed_controls(
    members: int, base_rate: float, difference: float, power: float = POWER, alpha: float = ALPHA
) -> int | None:
    """Return the smallest control group out of so many members with which a rise is found, null where none is.

    Raises:
        InputError: the difference is not above 0 or lifts the rate above 1.
    """
    _check_rate(base_rate)
    if not 0 < difference <= 1 - base_rate:
        raise InputError(
            f"A rise of retention by {100 * difference:g} points from {100 * base_rate:g} % cannot be; "
            f"ask for one above 0 and up to {100 * (1 - base_rate):g} points."
        )
    reach = _reach(max(members - 1, 1), 1, power, alpha)
    return _least(members, lambda k: reach * _error(members - k, k, base_rate, base_rate + difference) <= difference)


def needed_controls_money(
    members: int, deviation: float, difference: float, power: float = POWER, alpha: float = ALPHA
) -> int | None:
    """Return the smallest control group with which a difference of mean profit is found, null where none is."""
    if not difference > 0:
        raise InputError(f"A difference of {difference:g} cannot be looked for; ask for one above 0.")
    return _least(members, lambda k: detectable_money(members - k, k, deviation, power, alpha) <= difference)


@dataclass(frozen=True)
class Recommended:
    """A control group: its share of the members, its size, what it can detect, and whether that is what was wanted."""

    share: float
    controls: int
    detectable: float
    enough: bool
    sentence: str


def recommended_share(
    members: int, base_rate: float, difference: float, power: float = POWER, alpha: float = ALPHA
) -> Recommended:
    """Return the least control group, between 5 % and 50 % of the members, that detects a wanted rise of retention.

    Where even half of the members are too few, it is half of them, and the sentence says so.

    Raises:
        InputError: there are fewer than two members, or the rise cannot be.
    """
    if members < 2:
        raise InputError(f"A campaign of {members} members has none to leave alone; it needs at least 2.")
    wanted = needed_controls(members, base_rate, difference, power, alpha)
    controls = max(wanted or members // 2, math.ceil(LEAST_SHARE * members), 1)
    found = detectable(members - controls, controls, base_rate, power, alpha)
    said = sentence(members - controls, controls, base_rate, power, alpha)
    if wanted is None:
        said += (
            f" That is more than the {100 * difference:.1f} points that are wanted: {members:,} members are too few, "
            "even with half of them left alone."
        )
    return Recommended(controls / members, controls, found, wanted is not None, said)


def sentence(n_contacted: int, n_control: int, base_rate: float, power: float = POWER, alpha: float = ALPHA) -> str:
    """Say what a campaign can detect."""
    found = detectable(n_contacted, n_control, base_rate, power, alpha)
    arms = f"With {n_control:,} controls and {n_contacted:,} contacted you "
    if math.isinf(found):
        return f"{arms}cannot detect any rise of retention from {100 * base_rate:.1f} % ({100 * power:g} % power)."
    return f"{arms}can detect {100 * found:+z.1f} points of retention ({100 * power:g} % power)."


def _error(n1: int, n0: int, rate0: float, rate1: float) -> float:
    return math.sqrt(max(rate1 * (1 - rate1), 0.0) / n1 + rate0 * (1 - rate0) / n0)


def _reach(n_contacted: int, n_control: int, power: float, alpha: float) -> float:
    """Return how many standard errors a difference must have."""
    from scipy.stats import norm

    if min(n_contacted, n_control) < 1:
        raise InputError(f"A campaign of {n_contacted:,} contacted and {n_control:,} controls has an empty arm.")
    if not (0 < power < 1 and 0 < alpha < 1):
        raise InputError(f"Power and alpha must lie between 0 and 1; they are {power:g} and {alpha:g}.")
    return float(norm.ppf(1 - alpha / 2) + norm.ppf(power))


def _check_rate(base_rate: float) -> None:
    if not 0 < base_rate < 1:
        raise InputError(f"A base rate of {base_rate:g} leaves nothing to change; it must lie between 0 and 1.")


def _least(members: int, finds: Callable[[int], bool]) -> int | None:
    """Return the least control group up to half of the members that finds it, by halving, null where none does."""
    low, high = 0, members // 2
    if high < 1 or not finds(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if finds(middle) else (middle, high)
    return high
