"""What a search says when it is done: the best beside the defaults case by case, and what to paste."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from setia.report.closing import Step, close, step
from setia.report.layout import as_is, console, fact, table, tell
from setia.tuning import Tuning
from setia.tuning.space import overrides

if TYPE_CHECKING:
    from rich.table import Table

    from setia.progress import Progress


def show_tuning(tuning: Tuning, best: Path, progress: Progress, given: Sequence[str] = ()) -> None:
    """Print the summary of a search; `best` is the file that holds its best settings, `given` the overrides."""
    out = console()
    failed = tuning.count("failed")
    out.print(
        f"\n[bold]Search[/]: {tuning.count('done')} trials done, {tuning.count('pruned')} pruned"
        f"{f', {failed} failed or cut off' if failed else ''}. The last horizon of each log was left alone, for an "
        "honest holdout and backtest."
    )
    tell(out, cases_table(tuning))
    out.print()
    if tuning.importance:
        told = ", ".join(f"{name} {100 * share:.0f} %" for name, share in tuning.importance[:4])
        fact(out, "weight", f"what made trials differ: {as_is(told)}")
    fact(out, "best", f"trial {tuning.best.number}, score {_interval(tuning)}")
    fact(out, "", tuning.verdict)
    results: list[tuple[str, Path | str]] = [
        ("best settings", best),
        ("study", f"{as_is(tuning.study)} in {tuning.settings.storage}"),
    ]
    close(out, progress, results, _then(tuning, given))


def _then(tuning: Tuning, given: Sequence[str]) -> list[Step]:
    """Return how to use the best settings, and how to search on."""
    spent = [trial.ended - trial.started for trial in tuning.trials if trial.ended]
    one = f"one took {sum(spent) / len(spent) / 1000:.0f} s"
    own = [each for each in given if each.startswith("tune.")]
    more = step(f"more trials ({one})", "tune", given, *own, f"tune.trials={2 * len(tuning.trials)}")
    if tuning.best.defaults:
        return [more]
    why = "train with them" if tuning.gain.beyond_noise else "train with them all the same"
    return [
        step(f"{why} (copied into conf/experiment/ they are an experiment)", "train", given, *overrides(tuning.chosen)),
        more,
    ]


def cases_table(tuning: Tuning) -> Table:
    """Return both figures of every case, the defaults' and the best trial's, with their ratios."""
    heads = ("log loss", "best", "ratio", "RMSE", "best", "ratio", "score")
    made = table("case", *heads, heading="Best trial against the defaults")
    defaults, best = tuning.defaults, tuning.best
    for case, then, now, score in zip(tuning.cases, defaults.figures, best.figures, best.scores, strict=True):
        made.add_row(
            as_is(case),
            *(f"{then.log_loss:.4f}", f"{now.log_loss:.4f}", f"{now.log_loss / then.log_loss:.3f}"),
            *(f"{then.rmse:,.2f}", f"{now.rmse:,.2f}", f"{now.rmse / max(then.rmse, 1e-12):.3f}"),
            f"{score:+.4f}",
        )
    return made


def _interval(tuning: Tuning) -> str:
    gain = tuning.gain
    if len(tuning.cases) == 1:
        return f"{gain.score:+.4f} (the defaults: 0, less is better)"
    return f"{gain.score:+.4f}, 95 % interval {gain.lo:+.4f} to {gain.hi:+.4f} (the defaults: 0, less is better)"
