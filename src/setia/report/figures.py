"""The figures of a training run: how far its forecasts can be trusted, beside the simple rules.

They show the holdout, judged by models that saw nothing after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from setia import metrics
from setia.metrics.curves import Array, gain, held_at, lift, tenths
from setia.report import style
from setia.report.outcome import DEPTH, Outcome, outcomes
from setia.training import Training

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: How many features the figure of importance names.
TOP = 20
#: What the buy-till-you-die member lends to the trees; it has no docstring of a declared feature.
_LENT = {
    "btyd_p_none": "buy-till-you-die: chance of no purchase in the horizon",
    "btyd_purchases": "buy-till-you-die: purchases expected in the horizon",
    "btyd_p_alive": "buy-till-you-die: chance that the customer is still active",
    "btyd_amount": "buy-till-you-die: value expected of a purchase",
    "btyd_value": "buy-till-you-die: value expected in the horizon",
}


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
        # The least compression: a tenth of a megabyte more for all of them, and half of the time to write them.
        figure.savefig(paths[-1], pil_kwargs={"compress_level": 1})
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
    low, high = max(float(ends.min()) - 0.03, -0.02), min(float(ends.max()) + 0.03, 1.02)
    axes.plot([low, high], [low, high], color=style.FAINT, linewidth=1, label="perfect")
    for k, (name, g) in reversed(list(enumerate(groups))):
        error = [g.actual - g.lo, g.hi - g.actual]
        axes.errorbar(g.predicted, g.actual, yerror(error), label=name, **style.points(k))
    axes.set(xlim=(low, high), ylim=(low, high))
    style.per_cent(axes, "x")
    style.per_cent(axes, "y")
    style.legend(axes, "upper left")
    return figure


def yerror(error: list[Array]) -> Array:
    """Return error bars of shape (2, groups), no bar below zero from rounding."""
    return np.maximum(np.asarray(error), 0.0)


def gains(outcome: Outcome, first: str) -> Figure:
    """Draw the share of all defectors (or of all value) that the first customers hold, from 0 to all."""
    held = [(name, held_at(outcome.actual, said, DEPTH)) for name, said in outcome.said]
    title = f"The {100 * DEPTH:.0f} % {first} hold {100 * held[0][1]:.0f} % of {outcome.many}"
    figure, axes = style.blank(
        title if np.isfinite(held[0][1]) else _nothing(outcome),
        outcome.about + _best(held[1:], lambda share: f"{100 * share:.0f} %"),
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
    style.legend(axes, "lower right")
    return figure


def lifts(outcome: Outcome, first: str) -> Figure:
    """Draw how many times the average the first customers come to, by how many are taken."""
    tenth = np.array([0.1])
    found = [(name, float(lift(outcome.actual, said, tenth)[0])) for name, said in outcome.said]
    ours = found[0][1]
    title = (
        f"In the tenth {first}, {ours:.1f} times as many defected as on average"
        if outcome.unit == "defected"
        else f"The top tenth brought {ours:.1f} times the average {outcome.many.removeprefix('all ')}"
    )
    figure, axes = style.blank(
        title if np.isfinite(ours) else _nothing(outcome),
        outcome.about + _best(found[1:], lambda times: f"{times:.1f} times"),
        f"share of customers taken, {first} first",
        "times the average (lift)",
    )
    depths = np.linspace(0.02, 1.0, 99)
    axes.axhline(1, color=style.FAINT, linewidth=1, label="by chance")
    _lines(axes, outcome, lambda actual, said: (depths, lift(actual, said, depths)))
    axes.axvline(0.1, color=style.FAINT, linewidth=0.8, linestyle=(0, (2, 3)))
    axes.set(xlim=(0, 1), ylim=(0, None))
    style.per_cent(axes, "x")
    style.legend(axes, "upper right" if ours > 1.6 else "lower left")
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
    axes.bar(place + 0.2, g.actual, 0.38, color=style.OURS, label="what came")
    axes.bar(place - 0.2, g.predicted, 0.38, color=style.OURS_LIGHT, label="forecast")
    bars: dict[str, Any] = {"fmt": "none", "ecolor": style.INK, "elinewidth": 1.1, "capsize": 2.5}
    axes.errorbar(place + 0.2, g.actual, yerror([g.actual - g.lo, g.hi - g.actual]), **bars)
    axes.set_xticks(place)
    axes.grid(visible=False, axis="x")
    (style.per_cent(axes, "y") if share else style.thousands(axes))
    style.legend(axes, "upper right")
    return figure


def importance(training: Training) -> Figure:
    """Draw which features the classifier's trees gained most by."""
    meaning = {feature.name: feature.doc for feature in training.features} | _LENT
    top = training.importance[:TOP]
    half = int(np.searchsorted(np.cumsum([gained for _, gained in training.importance]), 0.5)) + 1
    few = "one" if half == 1 else str(half)
    figure, axes = style.blank(
        f"Half of the classifier's gain comes from {few} of {len(training.importance)} features",
        f"the {len(top)} features by which the trees that forecast defection gained most",
        "share of the gain",
        "",
        left=0.27,
    )
    shares = np.array([gained for _, gained in top])
    widest = max(float(shares.max(initial=0.0)), 1e-9)
    place = np.arange(len(top))[::-1]
    axes.barh(place, shares, 0.72, color=style.OURS_LIGHT)
    for y, (name, gained) in zip(place, top, strict=True):
        start = (0.0 if gained > 0.4 * widest else gained) + 0.01 * widest
        axes.text(start, y, _brief(meaning.get(name, "")), va="center", fontsize=9.5, color=style.INK)
    axes.set_yticks(place, [name for name, _ in top])
    axes.set_xlim(0, widest * 1.02)
    axes.grid(visible=False, axis="y")
    style.per_cent(axes, "x")
    return figure


def _brief(doc: str, longest: int = 58) -> str:
    """Return the first sentence of a meaning, cut at its colon, or at a word, where it is long."""
    first = doc.split(". ")[0].rstrip(".")
    if len(first) > longest:
        first = first.split(": ")[0]
    return first if len(first) <= longest else first[: longest - 1].rsplit(" ", 1)[0] + " …"


def _best(rules: Sequence[tuple[str, float]], words: Callable[[float], str]) -> str:
    """Return what the best simple rule comes to, for the line under the title."""
    known = [pair for pair in rules if np.isfinite(pair[1])]
    if not known:
        return ""
    name, number = max(known, key=lambda pair: pair[1])
    return f"; best simple rule ({name}): {words(number)}"


def _nothing(outcome: Outcome) -> str:
    return f"Within the horizon, {outcome.many} came to 0 or less: no shares of it"


def _total(outcome: Outcome) -> str:
    over = metrics.bias(outcome.actual, outcome.ours)
    if np.isnan(over):
        return f"Forecast and {outcome.many} that came"
    word = "above" if over >= 0 else "below"
    return f"The forecast total is {100 * abs(over):.1f} % {word} {outcome.many} that came"


def _lines(axes: Axes, outcome: Outcome, curve: Callable[[Array, Array], tuple[Array, Array]]) -> None:
    for k, (name, said) in reversed(list(enumerate(outcome.said))):
        axes.plot(*curve(outcome.actual, said), label=name, **style.line(k))
