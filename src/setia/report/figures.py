"""The figures of a training run: how far its forecasts can be trusted, beside the simple rules.

They show the holdout, judged by models that saw nothing after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from setia import metrics
from setia.report import style
from setia.report.curves import Array, gain, held_at, lift, tenths
from setia.timeline import date_of
from setia.training import OURS, Training

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: How many features the figure of importance names.
TOP = 15
#: The depth (share of customers) that titles speak of.
DEPTH = 0.2


@dataclass(frozen=True)
class Outcome:
    """What came, and what each method had said of it; ours first. Arrays of shape (rows,), nothing missing.

    `ahead` says of which days, `many` what the outcome adds up to, `unit` what its axis counts.
    """

    actual: Array
    said: tuple[tuple[str, Array], ...]
    ahead: str
    many: str
    unit: str

    @property
    def ours(self) -> Array:
        """What our model said."""
        return self.said[0][1]

    @property
    def best_rule(self) -> tuple[str, float]:
        """The rule whose first `DEPTH` holds most, and how much of all that is."""
        held = [(name, held_at(self.actual, forecast, DEPTH)) for name, forecast in self.said[1:]]
        return max(held, key=lambda pair: pair[1], default=("", float("nan")))

    @property
    def about(self) -> str:
        """One line on the data behind a figure."""
        return f"{len(self.actual):,} customers, {self.ahead}"


def outcomes(training: Training) -> tuple[Outcome, Outcome]:
    """Return defection (where it is known) and value on the holdout, with what every method had said."""
    evaluation, facts = training.evaluation, training.bundle.facts
    ahead = f"{facts.horizon_days} days after {date_of(evaluation.cutoff).isoformat()}"
    known = ~np.isnan(evaluation.defected)
    methods = sorted(evaluation.methods, key=lambda method: method.name != OURS)
    p = tuple((m.name, m.p_defect[known]) for m in methods if m.p_defect is not None)
    money = tuple((m.name, m.expected_value) for m in methods if m.expected_value is not None)
    unit = f"{facts.basis} ({facts.currency})" if facts.currency and facts.basis != "purchases" else facts.basis
    return (
        Outcome(evaluation.defected[known], p, ahead, "all who defected", "defected"),
        Outcome(evaluation.value, money, ahead, f"all {facts.basis}", unit),
    )


def draw(training: Training) -> Iterator[tuple[str, Figure]]:
    """Yield each figure of a training with its name, one at a time, so that one is held in memory."""
    defection, value = outcomes(training)
    yield "calibration", calibration(defection)
    yield "gain_defection", gains(defection, "most at risk")
    yield "gain_value", gains(value, "forecast to bring most")
    yield "lift_defection", lifts(defection, "most at risk")
    yield "lift_value", lifts(value, "forecast to bring most")
    yield "deciles_defection", deciles(defection, share=True)
    yield "deciles_value", deciles(value, share=False)
    yield "importance", importance(training)


def save(training: Training, folder: Path) -> tuple[Path, ...]:
    """Write every figure as a PNG of 900 x 600 pixels into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in draw(training):
        paths.append(folder / f"{name}.png")
        figure.savefig(paths[-1])
    return tuple(paths)


def calibration(outcome: Outcome) -> Figure:
    """Draw what was said against what came, in ten groups of equal size, with binomial intervals."""
    off = metrics.calibration_error(outcome.actual, outcome.ours)
    figure, axes = style.blank(
        f"The probabilities are {100 * off:.1f} points off on average",
        f"{outcome.about}, in tenths by forecast; bars: 95 % interval of what came",
        "forecast probability of defection (mean of the group)",
        "share that defected",
    )
    groups = [(name, tenths(outcome.actual, p, share=True)) for name, p in outcome.said]
    ends = np.concatenate([np.concatenate([g.predicted, g.lo, g.hi]) for _, g in groups])
    low, high = max(float(ends.min()) - 0.03, -0.01), min(float(ends.max()) + 0.03, 1.01)
    axes.plot([low, high], [low, high], color=style.FAINT, linewidth=1, label="perfect")
    for k, (name, g) in reversed(list(enumerate(groups))):
        error = [g.actual - g.lo, g.hi - g.actual]
        axes.errorbar(g.predicted, g.actual, yerror(error), label=name, **_points(k))
    axes.set(xlim=(low, high), ylim=(low, high))
    style.per_cent(axes, "x")
    style.per_cent(axes, "y")
    _legend(axes, "upper left")
    return figure


def yerror(error: list[Array]) -> Array:
    """Return error bars of shape (2, groups), no bar below zero from rounding."""
    return np.maximum(np.asarray(error), 0.0)


def gains(outcome: Outcome, first: str) -> Figure:
    """Draw the share of all defectors (or of all value) that the first customers hold, from 0 to all."""
    rule, theirs = outcome.best_rule
    figure, axes = style.blank(
        f"The {100 * DEPTH:.0f} % {first} hold {_share(held_at(outcome.actual, outcome.ours, DEPTH))} of {outcome.many}",
        outcome.about + (f"; best simple rule ({rule}): {_share(theirs)}" if rule else ""),
        f"share of customers, {first} first",
        f"share of {outcome.many}",
    )
    axes.plot([0, 1], [0, 1], color=style.FAINT, linewidth=1, label="by chance")
    axes.plot(*gain(outcome.actual, outcome.actual), color="#9AA5B1", linewidth=1, linestyle=":", label="perfect order")
    _lines(axes, outcome, gain)
    axes.axvline(DEPTH, color=style.FAINT, linewidth=0.8, linestyle=(0, (2, 3)))
    axes.set(xlim=(0, 1), ylim=(0, None))
    style.per_cent(axes, "x")
    style.per_cent(axes, "y")
    _legend(axes, "lower right")
    return figure


def lifts(outcome: Outcome, first: str) -> Figure:
    """Draw how many times the average the first customers come to, by how many are taken."""
    tenth = np.array([0.1])
    ours = float(lift(outcome.actual, outcome.ours, tenth)[0])
    rules = [(name, float(lift(outcome.actual, said, tenth)[0])) for name, said in outcome.said[1:]]
    rule, theirs = max(rules, key=lambda pair: pair[1], default=("", float("nan")))
    what = "as many defected" if outcome.unit == "defected" else f"the {outcome.many.removeprefix('all ')}"
    figure, axes = style.blank(
        f"In the tenth {first}, {_times(ours)} {what} as on average",
        outcome.about + (f"; best simple rule ({rule}): {_times(theirs)}" if rule else ""),
        f"share of customers taken, {first} first",
        "times the average (lift)",
    )
    depths = np.linspace(0.02, 1.0, 99)
    axes.axhline(1, color=style.FAINT, linewidth=1, label="by chance")
    _lines(axes, outcome, lambda actual, said: (depths, lift(actual, said, depths)))
    axes.axvline(0.1, color=style.FAINT, linewidth=0.8, linestyle=(0, (2, 3)))
    axes.set(xlim=(0, 1), ylim=(0, None))
    style.per_cent(axes, "x")
    _legend(axes, "upper right" if ours > 1.6 else "lower left")
    return figure


def deciles(outcome: Outcome, *, share: bool) -> Figure:
    """Draw forecast and outcome side by side for each tenth of customers, highest forecast first."""
    g = tenths(outcome.actual, outcome.ours, share=share)
    if share:
        gap = 100 * np.abs(g.predicted - g.actual).max()
        title, name = f"In no tenth is the forecast more than {gap:.1f} points off", "share that defected"
    else:
        title, name = _total(outcome), f"{outcome.unit} per customer (mean)"
    figure, axes = style.blank(
        title,
        f"{outcome.about}; bars: 95 % interval of what came",
        "tenths of customers, highest forecast first" if len(g.rows) == 10 else "groups, highest forecast first",
        name,
    )
    place = np.arange(1, len(g.rows) + 1)
    axes.bar(place - 0.2, g.predicted, 0.38, color=style.OURS_LIGHT, label="forecast")
    axes.bar(place + 0.2, g.actual, 0.38, color=style.OURS, label="what came")
    bars = {"fmt": "none", "ecolor": style.INK, "elinewidth": 1.1, "capsize": 2.5}
    axes.errorbar(place + 0.2, g.actual, yerror([g.actual - g.lo, g.hi - g.actual]), **bars)
    axes.set_xticks(place)
    axes.grid(visible=False, axis="x")
    (style.per_cent(axes, "y") if share else style.thousands(axes))
    _legend(axes, "upper right")
    return figure


def importance(training: Training) -> Figure:
    """Draw which features the classifier's trees gained most by."""
    meaning = {feature.name: feature.doc for feature in training.features}
    top = training.importance[:TOP]
    half = int(np.searchsorted(np.cumsum([gained for _, gained in training.importance]), 0.5)) + 1
    few = "One feature makes" if half == 1 else f"{half} of {len(training.importance)} features make"
    figure, axes = style.blank(
        f"{few} half of what the model knows of defection",
        f"the {len(top)} features with the highest share of the trees' gain, with their meaning",
        "share of the gain",
        "",
        left=0.27,
    )
    place = np.arange(len(top))[::-1]
    shares = np.array([gained for _, gained in top])
    axes.barh(place, shares, 0.7, color=style.OURS_LIGHT)
    for y, (name, _) in zip(place, top, strict=True):
        axes.text(0.004 * max(shares.max(), 1e-9), y, " " + _brief(meaning.get(name, "")), va="center", fontsize=9, color=style.INK)
    axes.set_yticks(place, [name for name, _ in top])
    axes.set_xlim(0, None)
    axes.grid(visible=False, axis="y")
    style.per_cent(axes, "x")
    return figure


def _brief(doc: str, longest: int = 84) -> str:
    first = doc.split(". ")[0].rstrip(".")
    return first if len(first) <= longest else first[: longest - 1].rsplit(" ", 1)[0] + " …"


def _share(share: float) -> str:
    return f"{100 * share:.0f} %"


def _times(times: float) -> str:
    return f"{times:.1f} times"


def _total(outcome: Outcome) -> str:
    over = metrics.bias(outcome.actual, outcome.ours)
    if np.isnan(over):
        return f"Forecast and {outcome.many} that came"
    word = "above" if over >= 0 else "below"
    return f"The forecast total is {100 * abs(over):.1f} % {word} {outcome.many} that came"


def _points(k: int) -> dict[str, Any]:
    if k == 0:
        return {"fmt": "o-", "color": style.OURS, "markersize": 7, "linewidth": 2.2, "capsize": 3, "elinewidth": 1.3}
    k = (k - 1) % len(style.RULES)
    marks = {"fmt": style.MARKERS[k], "color": style.RULES[k], "markersize": 5, "capsize": 2, "elinewidth": 0.9}
    return {**marks, "linestyle": style.DASHES[k], "linewidth": 1.3}


def _lines(axes: Axes, outcome: Outcome, curve: Callable[[Array, Array], tuple[Array, Array]]) -> None:
    for k, (name, said) in reversed(list(enumerate(outcome.said))):
        look: dict[str, Any] = {"color": style.OURS, "linewidth": 2.6}
        if k:
            k = (k - 1) % len(style.RULES)
            look = {"color": style.RULES[k], "linewidth": 1.6, "linestyle": style.DASHES[k]}
        axes.plot(*curve(outcome.actual, said), label=name, **look)


def _legend(axes: Axes, where: str) -> None:
    style.legend(axes, where)
