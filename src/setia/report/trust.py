"""How far to trust the forecasts: their intervals, their level at every cutoff, and the season they cannot know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from setia.report.layout import fact
from setia.timeline import Timeline, date_of

if TYPE_CHECKING:
    from rich.console import Console

    from setia.evaluate.evaluation import Evaluation
    from setia.evaluate.level import Level
    from setia.training import Training

YEAR_DAYS: Final = 365


def say_trust(out: Console, training: Training) -> None:
    """Print what a reader should know before acting on the forecasts."""
    out.print("\n[bold]Trust[/]")
    for line in trust(training):
        fact(out, "-", line, width=1)


def trust(training: Training) -> Iterator[str]:
    """Yield sentences on intervals, level and season."""
    yield from _of_intervals(training.evaluation)
    for level in training.levels:
        yield _of_level(level)
    if sentence := of_season(training.timeline):
        yield sentence


def _of_intervals(evaluation: Evaluation) -> Iterator[str]:
    ours = evaluation.methods[0].name
    held, distance = (evaluation.figure(name, ours) for name in ("coverage", "pit_ks"))
    if held is None or held.value != held.value:
        yield "intervals were not judged: the log has no later cutoff to learn them from"
        return
    said = f"intervals held {100 * held.value:.0f} % of the values (made for 80 %; more where most buy nothing)"
    if distance is not None:  # of profit there are bounds alone
        said += f"; distance of the whole distribution from what came {distance.value:.3f} (0 is perfect)"
    yield said


def _of_level(level: Level) -> str:
    return (
        f"level at the {level.role} of {date_of(level.cutoff)}: {100 * level.p_defect:.1f} % expected to defect, "
        f"{100 * level.defected:.1f} % did; value {level.expected_value:,.2f} expected, {level.value:,.2f} came "
        f"({100 * level.bias:+.1f} %)"
    )


def of_season(timeline: Timeline) -> str | None:
    """Return what a log of less than a year and a horizon cannot know of the coming season; None for longer ones."""
    days = timeline.as_of - timeline.first_day + 1
    if days >= YEAR_DAYS + timeline.horizon_days:
        return None
    return (
        f"season: the log covers {days} days and has not seen the coming {timeline.horizon_days} a year ago. A season "
        f"in them (Christmas, say) is not in the forecast: the level may be off, the order of customers should hold"
    )
