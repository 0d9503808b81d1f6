"""What a search says when it is done: the best beside the defaults case by case, and what to paste."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from setia.report.terminal import console
from setia.tuning import Tuning

if TYPE_CHECKING:
    from rich.table import Table


def show_tuning(tuning: Tuning, best: Path) -> None:
    """Print the summary of a search; `best` is the file that holds its best settings."""
    from rich.markup import escape

    out = console()
    out.print()
    failed = tuning.count("failed")
    out.print(
        f"[bold]Search[/] {tuning.count('done')} trials done, {tuning.count('pruned')} pruned"
        f"{f', {failed} failed or cut off' if failed else ''}; study {escape(tuning.study)} in "
        f"{escape(tuning.settings.storage)}",
        soft_wrap=True,
    )
    out.print("        the last horizon of each log was left alone, for an honest holdout and backtest", style="dim")
    out.print()
    out.print(cases_table(tuning))
    if tuning.importance:
        told = ", ".join(f"{name} {100 * share:.0f} %" for name, share in tuning.importance[:4])
        out.print(f"[bold]Weight[/] what made trials differ: {escape(told)}", soft_wrap=True)
    out.print(f"[bold]Best[/]   trial {tuning.best.number}, score {_interval(tuning)}")
    out.print(f"        {tuning.verdict}")
    if not tuning.best.defaults:
        out.print("[bold]To use it[/]" if tuning.gain.beyond_noise else "[bold]To try it all the same[/]")
        out.print(f'make train ARGS="{escape(tuning.line)}"', soft_wrap=True)
    out.print(
        f"        written to {escape(str(best))}; copied into conf/experiment/ it is an experiment", soft_wrap=True
    )
    spent = [trial.ended - trial.started for trial in tuning.trials if trial.ended]
    out.print(
        f"[bold]Next[/]   more trials: tune.trials={2 * len(tuning.trials)} (one took "
        f"{sum(spent) / len(spent) / 1000:.0f} s)",
        style="dim",
    )


def cases_table(tuning: Tuning) -> Table:
    """Return both figures of every case, the defaults' and the best trial's, with their ratios."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Best trial against the defaults", title_justify="left")
    table.add_column("case", no_wrap=True)
    for name in ("log loss", "best", "ratio", "RMSE", "best", "ratio", "score"):
        table.add_column(name, justify="right")
    defaults, best = tuning.defaults, tuning.best
    for case, then, now, score in zip(tuning.cases, defaults.figures, best.figures, best.scores, strict=True):
        table.add_row(
            case,
            *(f"{then.log_loss:.4f}", f"{now.log_loss:.4f}", f"{now.log_loss / then.log_loss:.3f}"),
            *(f"{then.rmse:,.2f}", f"{now.rmse:,.2f}", f"{now.rmse / max(then.rmse, 1e-12):.3f}"),
            f"{score:+.4f}",
        )
    return table


def _interval(tuning: Tuning) -> str:
    gain = tuning.gain
    if len(tuning.cases) == 1:
        return f"{gain.score:+.4f} (the defaults: 0, less is better)"
    return f"{gain.score:+.4f}, 95 % interval {gain.lo:+.4f} to {gain.hi:+.4f} (the defaults: 0, less is better)"
