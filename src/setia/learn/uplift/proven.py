"""Whether contacting by predicted effect has been shown to earn more than what could be done without a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from setia.errors import InputError
from setia.learn.predictor import Array
from setia.metrics import profit_curve

ALL: Final = "treat all"
NOBODY: Final = "treat nobody"
#: The chance of being called better without being so, against any one alternative.
DOUBT: Final = 0.05


@dataclass(frozen=True)
class Verdict:
    """Incremental profits per customer of the base, in money, measured in the campaign.

    `profit` is that of contacting who is expected to bring one, `share` how many these are. `alternatives` holds the
    profit of "treat all", "treat nobody" and of each rule at its best depth, `depths` the share each contacts. `best`
    names the most profitable alternative; `gain` is the profit beyond it, `low` and `high` its 5 % and 95 % bounds.
    `lows` holds the 5 % bound of the gain over each alternative, and `better` is whether all of them are above 0.
    """

    profit: float
    share: float
    alternatives: dict[str, float]
    depths: dict[str, float]
    best: str
    gain: float
    low: float
    high: float
    lows: dict[str, float]
    better: bool


def proves_better(
    effects_oos: ArrayLike,
    treated: ArrayLike,
    outcome: ArrayLike,
    propensity: ArrayLike,
    rules: Mapping[str, ArrayLike],
    value_per_outcome: float,
    contact_cost: float,
    seed: int,
    draws: int = 500,
) -> Verdict:
    """Judge "contact whoever's effect x `value_per_outcome` exceeds `contact_cost`" by a randomised campaign.

    `effects_oos` are effects by models that did not see the row (`cross_fitted`), (rows,), as `treated` (1 or 0),
    `outcome`, each rule's score (highest first) and `propensity` (or one chance for all). Profits are means of inverse
    propensity weighted outcomes; the bounds are those of `draws` bootstrap samples of customers, the same for all.
    A rule's depth is the best one in this very campaign, which flatters the rule and never the model.

    Raises:
        InputError: a shape differs, a number is missing, an arm is absent, or a chance or a rule's name cannot be.
    """
    y, t = np.asarray(outcome, dtype=np.float64), np.asarray(treated, dtype=np.float64)
    effects = np.asarray(effects_oos, dtype=np.float64)
    _check(
        y,
        {
            "outcomes": y,
            "effects": effects,
            "treated": t,
            **{name: np.asarray(score, dtype=np.float64) for name, score in rules.items()},
        },
    )
    if not 0 < t.mean() < 1:
        raise InputError("The campaign has only one arm: without a control group no profit can be shown.")
    if taken := {ALL, NOBODY} & rules.keys():
        raise InputError(f"A rule may not be called {taken.pop()!r}: that is compared with in any case.")
    if draws < 1:
        raise InputError("The bootstrap needs at least one draw.")
    contacted = {ALL: np.ones(len(y), dtype=bool), NOBODY: np.zeros(len(y), dtype=bool)}
    for name, score in rules.items():
        contacted[name] = _at_best(y, t, np.asarray(score, np.float64), propensity, value_per_outcome, contact_cost)
    ours = value_per_outcome * effects > contact_cost
    names, worth = list(contacted), _worth(y, t, propensity, value_per_outcome, contact_cost)
    plans = np.array([ours, *contacted.values()], dtype=np.float64)
    profit = worth(plans, np.ones(len(y)))
    random, even = np.random.default_rng(seed), np.full(len(y), 1 / len(y))
    drawn = np.array([worth(plans, random.multinomial(len(y), even).astype(np.float64)) for _ in range(draws)])
    gains = drawn[:, :1] - drawn[:, 1:]
    lows = dict(zip(names, np.quantile(gains, DOUBT, axis=0).tolist(), strict=True))
    best = int(np.argmax(profit[1:]))
    return Verdict(
        profit=float(profit[0]),
        share=float(ours.mean()),
        alternatives=dict(zip(names, profit[1:].tolist(), strict=True)),
        depths={name: float(who.mean()) for name, who in contacted.items()},
        best=names[best],
        gain=float(profit[0] - profit[1 + best]),
        low=lows[names[best]],
        high=float(np.quantile(gains[:, best], 1 - DOUBT)),
        lows=lows,
        better=all(low > 0 for low in lows.values()),
    )


def _check(y: Array, columns: Mapping[str, Array]) -> None:
    for name, column in columns.items():
        if column.shape != y.shape:
            raise InputError(f"There are outcomes of shape {y.shape}, but {name} of shape {column.shape}.")
        if not np.isfinite(column).all():
            raise InputError(f"A number is missing or infinite among {name}: each customer needs one.")


def _at_best(
    y: Array, t: Array, score: Array, propensity: ArrayLike, value_per_outcome: float, contact_cost: float
) -> NDArray[np.bool_]:
    """Return whom a rule contacts at the depth that earned most."""
    _, profit = profit_curve(y, t, score, propensity, value_per_outcome, contact_cost)
    levels = np.append(np.inf, np.unique(score)[::-1])
    return np.asarray(score >= levels[int(np.argmax(profit))])


def _worth(
    y: Array, t: Array, propensity: ArrayLike, value_per_outcome: float, contact_cost: float
) -> Callable[[Array, Array], Array]:
    """Return a function of plans (plans, rows; 1: contact) and weights (rows,): the profit of each plan (plans,).

    As in `profit_curve`: the difference of the arms' weighted means among those contacted, times their share.
    """
    chance = np.broadcast_to(np.asarray(propensity, dtype=np.float64), y.shape)
    one, none = t / chance, (1 - t) / (1 - chance)
    columns = np.column_stack([np.ones_like(y), one, one * y, none, none * y])

    def of(plans: Array, weight: Array) -> Array:
        rows, seen, brought, kept, without = (plans @ (columns * weight[:, None])).T
        share = rows / weight.sum()
        gain = brought / np.maximum(seen, 1e-300) - without / np.maximum(kept, 1e-300)
        return np.asarray(share * value_per_outcome * gain - share * contact_cost, dtype=np.float64)

    return of
