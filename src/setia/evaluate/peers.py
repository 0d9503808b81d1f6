"""The peers: what other tools would have said of the same customers on the same day, each at its best.

A peer is a function of the panel and a cutoff. It is asked twice: on the day, and one horizon earlier, where
what came of its answer is known on the day and turns its probability into a calibrated one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from setia import btyd
from setia.btyd.draws import value_interval
from setia.errors import InputError
from setia.evaluate.rules import DAYS_SINCE_LAST, LAST_MONTH, Method, fallen
from setia.features import Feature, select
from setia.learn.members import means_silence
from setia.learn.predictor import Array, Matrix
from setia.panel import Panel

#: The columns of the plain LightGBM, recency, frequency and money as tutorials have them; the others need fewer.
RFM: Final = (
    *("days_since_last", "frequency", "recency_days", "T_days", "purchase_rate_30d", "gap_mean_days"),
    *("purchases_30d", "purchases_90d", "monetary_value", "value_mean", "value_last", "spend_total"),
    *("spend_30d", "spend_90d", "spend_rate_30d"),
)
TRIPLE: Final = ("frequency", "recency_days", "T_days")
CLIP: Final = 1e-6


@dataclass(frozen=True)
class Contender(Method):
    """A method; `p_calibrated` is its `p_defect` after Platt's calibration on an earlier cutoff."""

    p_calibrated: Array | None = None


def in_share(peer: Contender, share: float) -> Contender:
    """Return a peer's forecast of revenue as the same share of it for all, the most that it can say of profit."""
    if share == 1.0:
        return peer
    lo, hi = (None if bound is None else share * bound for bound in (peer.value_lo, peer.value_hi))
    if share < 0:
        lo, hi = hi, lo
    value = None if peer.expected_value is None else share * peer.expected_value
    return replace(peer, expected_value=value, value_lo=lo, value_hi=hi, pit=None)


@dataclass(frozen=True)
class Task:
    """What every peer is asked: `panel` has rows at the cutoff, and with outcomes one and two horizons earlier.

    The rows two horizons earlier may be missing; the plain LightGBM then goes without calibration.
    """

    panel: Panel
    cutoff: int
    horizon_days: int
    basis: str
    seed: int = 7

    @property
    def now(self) -> Panel:
        """The rows to forecast."""
        return self.panel.at(self.cutoff)

    @property
    def before(self) -> Task:
        """The same task one horizon earlier, what came of which is known on the day."""
        return replace(self, cutoff=self.cutoff - self.horizon_days)


def rfm_features(columns: tuple[str, ...]) -> tuple[Feature, ...]:
    """Return the declared features that the peers need, of those that a log with these columns can tell."""
    return tuple(feature for feature in select(columns) if feature.name in RFM)


def peers(task: Task) -> tuple[Contender, ...]:
    """Return every peer's forecasts of the customers of the task's cutoff.

    Raw, each BTYD model speaks twice of defection: by the exact P(no purchase), and by exp(-expected purchases),
    which is how libraries are commonly used and which sometimes wins.
    """
    found: list[Contender] = []
    for peer in (_days_since_last, _last_month, _spend_rate, *_dropouts(), _lightgbm):
        now = peer(task)
        seen = task.before.now
        then = {contender.name: contender for contender in peer(task.before)} if len(seen) else {}
        found += [replace(said, p_calibrated=_calibrated(said, then.get(said.name), seen)) for said in now]
    return tuple(found)


def _calibrated(now: Contender, then: Contender | None, seen: Panel) -> Array | None:
    """Platt (1999): a logistic curve in the logit of what the same peer said one horizon earlier."""
    if now.p_defect is None or then is None or then.p_defect is None:
        return None
    from sklearn.linear_model import LogisticRegression

    known = ~np.isnan(seen.defected)
    y = seen.defected[known]
    if len(np.unique(y)) < 2:
        return None
    curve = LogisticRegression(C=1e6).fit(_logit(then.p_defect[known]), y)
    return np.asarray(curve.predict_proba(_logit(now.p_defect))[:, 1], dtype=np.float64)


def _logit(p: Array) -> Matrix:
    p = np.clip(p, CLIP, 1 - CLIP)
    found: Matrix = (np.log(p) - np.log1p(-p))[:, None]
    return found


def _days_since_last(task: Task) -> Sequence[Contender]:
    """The share of the longest silence of the base: no probability by itself, but what a spreadsheet gives."""
    silent = task.now.column("days_since_last")
    return [Contender(DAYS_SINCE_LAST, (silent + 1.0) / (silent.max(initial=0.0) + 2.0), None)]


def _last_month(task: Task) -> Sequence[Contender]:
    """How far visits have fallen, as it stands; of silence, days since last says the same better."""
    return [] if means_silence(task.panel) else [Contender(LAST_MONTH, fallen(task.now), None)]


def _spend_rate(task: Task) -> Sequence[Contender]:
    """Everybody goes on as before: value so far per day of tenure, times the horizon."""
    now = task.now
    return [Contender("spend rate", None, now.past_value / (now.column("T_days") + 1.0) * task.horizon_days)]


def _dropouts() -> list[Callable[[Task], Sequence[Contender]]]:
    """Return a peer for each purchase model: name, whether value is by the customer's own mean."""

    def peer(model: str, label: str, own_mean: bool) -> Callable[[Task], Sequence[Contender]]:
        return lambda task: _dropout(task, model, label, own_mean)

    kinds = (("bg_nbd", "BG/NBD", False), ("mbg_nbd", "MBG/NBD", False), ("pareto_nbd", "Pareto/NBD", True))
    return [peer(*kind) for kind in kinds]


def _dropout(task: Task, model: str, label: str, own_mean: bool) -> Sequence[Contender]:
    """A buy-till-you-die model with Gamma-Gamma spend fitted to repeat buyers, or with the customer's own mean.

    The interval is of the model's own posterior predictive, spend by Gamma-Gamma.
    """
    now, h = task.now, task.horizon_days
    x, tx, t = (now.column(name) for name in TRIPLE)
    counts, index = btyd.compress(x, tx, t)
    fitted: Any = btyd.FITS[model](counts)
    asked = (counts.frequency, counts.recency, counts.T)
    expected = fitted.expected_purchases(h, *asked)[index]
    says = Contender(f"{label} + {'mean' if own_mean else 'GG'}", fitted.p_none(h, *asked)[index], None)
    crude = Contender(f"{label} exp(-E)", np.exp(-expected), None)
    if task.basis == "purchases":
        lo, hi = value_interval(fitted, None, h, x, tx, t, seed=task.seed)
        return [replace(says, expected_value=expected, value_lo=lo, value_hi=hi), crude]
    mean = np.nan_to_num(now.column("monetary_value"))
    try:
        amounts = btyd.gamma_gamma.fit(x, mean)
    except InputError:  # nobody bought twice: such a log gives Gamma-Gamma nothing to go by
        return [says, crude]
    amount = amounts.expected_amount(x, mean)
    if own_mean:
        amount = np.nan_to_num(now.column("value_mean"))
    lo, hi = value_interval(fitted, amounts, h, x, tx, t, mean, seed=task.seed)
    return [replace(says, expected_value=expected * amount, value_lo=lo, value_hi=hi), crude]


def _lightgbm(task: Task) -> Sequence[Contender]:
    """LightGBM as it comes, on RFM columns of one earlier cutoff."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    seen, now = task.before.now, task.now
    known = ~np.isnan(seen.defected)
    if not known.any():
        return []
    p = None
    if len(np.unique(seen.defected[known])) == 2:
        classifier = LGBMClassifier(verbosity=-1).fit(seen.X[known], seen.defected[known])
        p = np.asarray(classifier.predict_proba(now.X))[:, 1].astype(np.float64)
    regressor = LGBMRegressor(verbosity=-1).fit(seen.X, seen.value)
    return [Contender("LightGBM on RFM", p, np.asarray(regressor.predict(now.X), dtype=np.float64))]
