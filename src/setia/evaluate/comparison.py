"""Ours beside the peers on one cutoff or averaged over several: every figure, and the verdict with its certainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from setia.evaluate.bootstrap import Weights
from setia.evaluate.measures import MEASURES, RAW, Measure, Truth
from setia.evaluate.peers import Contender
from setia.learn.predictor import Array

#: Stands for the best peer of an average where the cutoffs have different ones.
SEVERAL: Final = "the best of each"
TAILS: Final = (0.025, 0.975)
TINY: Final = 1e-300


@dataclass(frozen=True)
class Score:
    """One figure of one method; `form` says whether its probability was taken raw or calibrated."""

    metric: str
    form: str
    method: str
    value: float


@dataclass(frozen=True)
class Verdict:
    """Ours beside the best peer by one metric.

    `difference` is ours less the peer's; of bias and coverage it is that of the distances to 0 and 0.8. `ratio` is
    ours over the peer's. `lo`, `hi` and `ratio_lo`, `ratio_hi` are their 95 % bootstrap intervals over customers
    (Efron 1979), the same resampled customers for both. `draws` holds the replicates, shape (2, replicates).
    """

    metric: str
    form: str
    ours: float
    peer: str
    best: float
    difference: float
    lo: float
    hi: float
    ratio: float
    ratio_lo: float
    ratio_hi: float
    more_is_better: bool
    draws: Array = field(repr=False, compare=False)

    @property
    def ahead(self) -> bool:
        """Whether ours is better than the best peer."""
        return self.difference > 0 if self.more_is_better else self.difference < 0

    @property
    def certain(self) -> bool:
        """Whether the interval of the difference leaves out zero."""
        return self.lo > 0 or self.hi < 0

    @property
    def word(self) -> str:
        """Return better or worse where that is certain, otherwise open."""
        return ("better" if self.ahead else "worse") if self.certain else "open"


@dataclass(frozen=True)
class Comparison:
    """Every figure of every method on one cutoff, and a verdict for each measure that both sides answer."""

    scores: tuple[Score, ...]
    verdicts: tuple[Verdict, ...]

    def score(self, metric: str, method: str, form: str = RAW) -> float | None:
        """Return one figure, None where the method has nothing to say."""
        wanted = (metric, method, form)
        return next((s.value for s in self.scores if (s.metric, s.method, s.form) == wanted), None)

    def verdict(self, metric: str, form: str = RAW) -> Verdict | None:
        """Return one verdict, None where one side has nothing to say."""
        return next((v for v in self.verdicts if (v.metric, v.form) == (metric, form)), None)


def compare(ours: Contender, peers: Sequence[Contender], truth: Truth, weights: Weights) -> Comparison:
    """Judge every method by every measure, and ours against the best peer of each.

    `weights` of shape (replicates, customers) are those of `resample`, in the order of the truth's rows.
    """
    scores: list[Score] = []
    verdicts = []
    # ours has one probability: the same stands against raw and calibrated peers
    methods = (replace(ours, p_calibrated=ours.p_defect), *peers)
    for measure in MEASURES:
        said = {method.name: found for method in methods if (found := measure.of(method)) is not None}
        figures = {name: measure.figures(truth, each, [None])[0] for name, each in said.items()}
        scores += [Score(measure.name, measure.form, name, value) for name, value in figures.items()]
        known = {name: value for name, value in figures.items() if not np.isnan(value)}
        rivals = [name for name in known if name != ours.name]
        if ours.name in known and rivals:
            best = min(rivals, key=lambda name: float(measure.loss(known[name])))
            draws = np.array([measure.figures(truth, said[name], weights) for name in (ours.name, best)])
            verdicts.append(_verdict(measure, best, [(known[ours.name], known[best])], [draws]))
    return Comparison(tuple(scores), tuple(verdicts))


def average(parts: Sequence[Comparison]) -> tuple[Verdict, ...]:
    """Return the verdicts averaged over cutoffs, each cutoff against its own best peer.

    Only measures that every cutoff can tell. Replicate k of every cutoff is one world, drawn once for all
    customers: who comes again at a later cutoff is no new evidence.
    """
    found = []
    for measure in MEASURES:
        verdicts = [part.verdict(measure.name, measure.form) for part in parts]
        present = [verdict for verdict in verdicts if verdict is not None]
        if present and len(present) == len(parts):
            names = {verdict.peer for verdict in present}
            points = [(verdict.ours, verdict.best) for verdict in present]
            peer = names.pop() if len(names) == 1 else SEVERAL
            found.append(_verdict(measure, peer, points, [verdict.draws for verdict in present]))
    return tuple(found)


def _verdict(measure: Measure, peer: str, points: Sequence[tuple[float, float]], draws: Sequence[Array]) -> Verdict:
    """Make a verdict of (ours, best peer's) at one cutoff or several, and of their replicates."""
    gaps = np.mean([_gap(measure, *each) for each in draws], axis=0)
    ratios = np.mean([_ratio(*each) for each in draws], axis=0)
    ours, best = (float(mean) for mean in np.mean(points, axis=0))
    lo, hi = (float(q) for q in np.nanquantile(gaps, TAILS))
    ratio_lo, ratio_hi = (float(q) for q in np.nanquantile(ratios, TAILS))
    return Verdict(
        metric=measure.name,
        form=measure.form,
        ours=ours,
        peer=peer,
        best=best,
        difference=float(np.mean([_gap(measure, *point) for point in points])),
        lo=lo,
        hi=hi,
        ratio=float(np.mean([_ratio(*point) for point in points])),
        ratio_lo=ratio_lo,
        ratio_hi=ratio_hi,
        more_is_better=measure.target == np.inf,
        draws=np.mean(draws, axis=0),
    )


def _gap(measure: Measure, ours: Any, best: Any) -> Any:
    """Return ours less theirs; where the measure has a target, of the distances to it."""
    return ours - best if np.isinf(measure.target) else measure.loss(ours) - measure.loss(best)


def _ratio(ours: Any, best: Any) -> Any:
    return ours / np.where(np.abs(best) < TINY, np.nan, best)
