"""What a run says when it is done: one readable table, where the results lie, what to do next."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from setia.evaluate.evaluation import CAMPAIGN_METRICS, DEFECTION_METRICS, VALUE_METRICS, Evaluation, Figure
from setia.report.trust import say_trust
from setia.timeline import Timeline, date_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from setia.bundle import Bundle
    from setia.defection import HorizonCurve
    from setia.features import Feature
    from setia.progress import Progress
    from setia.scoring import ScoreSummary
    from setia.source import Log
    from setia.training import Training

OURS = "setia"
WIDTH = 120
LABELS = {
    "auc": "AUC",
    "average_precision": "average precision",
    "log_loss": "log loss",
    "calibration_error": "calibration error",
    "lift_top_decile": "lift, top tenth",
    "mpc": "MPC",
    "empc": "EMPC",
    "campaign_share": "campaign, of the best",
    "gini": "Gini",
    "rmse": "RMSE",
    "mae": "MAE",
    "bias": "bias",
    "top_decile_share": "value in top tenth",
}


def console() -> Console:
    """Return a console that respects NO_COLOR and stays readable in a log (WIDTH columns there)."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    return Console(width=None if terminal else WIDTH, highlight=False, emoji=False)


def _as_is(text: object) -> str:
    """Return what a user wrote (names, paths, columns) so that its brackets are not taken for styles."""
    from rich.markup import escape

    return escape(str(text))


def show_training(
    log: Log, training: Training, registered: str, progress: Progress, others: Sequence[tuple[Training, str]] = ()
) -> None:
    """Print the summary of a training run; `registered` says under what name and whether as champion.

    `others` are the trainings for further definitions of defection, each with what is said of its registration.
    """
    out = console()
    _say_log(out, log)
    _say_timeline(out, training.timeline, training.curve)
    for family, column, lost in training.off:
        out.print(f"  features: {lost} of the family {family} are off, since the log has no {column}", style="dim")
    out.print(
        f"  panel     {training.rows:,} rows (customer x cutoff), {len(training.features)} features; "
        f"most telling: {', '.join(name for name, _ in training.importance[:3])}"
    )
    for each, said in ((training, registered), *others):
        definition = each.bundle.definition
        if others or definition.name != "silence":
            out.print(f"\n[bold]defection = {definition.name}[/]: {definition.words}")
        out.print()
        out.print(figures_table(each.evaluation))
        out.print(_groups_table(each.evaluation))
        say_trust(out, each)
        if not each.timeline.out_of_time:
            warning = "These figures are across customers, not across time: expect the future to be harder."
            out.print(warning, style="bold")
        out.print(f"[bold]Model[/] {_as_is(said)}")
    _say_time(out, progress)
    other = ", or with another defection=... of these" if others else ""
    out.print(f"[bold]Next[/]  make score, with the same ARGS{other}; the run's figures: make ui", style="dim")


def figures_table(evaluation: Evaluation) -> Table:
    """Return metric by method, ours with its 95 % bootstrap interval, the best of each row in bold."""
    table = _table(
        f"Holdout of {date_of(evaluation.cutoff)}: {len(evaluation.value):,} customers, "
        f"{_defected(evaluation)}, mean value {evaluation.value.mean():,.2f}"
    )
    table.add_column("", no_wrap=True)
    methods = [method.name for method in evaluation.methods]
    for name in methods:
        table.add_column(name, justify="right")
        if name == OURS:
            table.add_column("95 % interval", justify="right", style="dim", no_wrap=True)
    table.add_column("beats every rule", justify="center")
    for wanted in ({**DEFECTION_METRICS, **CAMPAIGN_METRICS}, VALUE_METRICS):
        for metric, (_, more) in wanted.items():
            row = [evaluation.figure(metric, name) for name in methods]
            best = _best(metric, more, row)
            cells = [_cell(figure, figure is best) for figure in row]
            table.add_row(LABELS[metric], cells[0], _interval(row[0]), *cells[1:], _beats(best, row))
        table.add_section()
    return table


def _table(title: str) -> Table:
    from rich import box
    from rich.table import Table

    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )


def _defected(evaluation: Evaluation) -> str:
    """Say how many defected, of those whom the definition covers."""
    known = [d for d in evaluation.defected if d == d]
    share = f"{100 * sum(known) / len(known):.1f} %" if known else "none"
    among = "" if len(known) == len(evaluation.defected) else f" of the {len(known):,} covered"
    still = f" ({100 * evaluation.still_buying:.0f} % of them still buy)" if evaluation.still_buying > 0 else ""
    return f"{share}{among} defected{still}"


def _best(metric: str, more: bool, row: Sequence[Figure | None]) -> Figure | None:
    found = [figure for figure in row if figure is not None and figure.value == figure.value]
    if not found:
        return None
    if metric == "bias":
        return min(found, key=lambda figure: abs(figure.value))
    return (max if more else min)(found, key=lambda figure: figure.value)


def _beats(best: Figure | None, row: Sequence[Figure | None]) -> str:
    """Say whether ours, the first, is better than every other; a draw is no victory."""
    others = [figure.value for figure in row[1:] if figure is not None]
    return "yes" if best is not None and best is row[0] and best.value not in others else "no"


def _number(metric: str, value: float) -> str:
    if value != value:
        return "-"
    if metric in ("rmse", "mae"):
        return f"{value:,.2f}"
    return f"{value:+.3f}" if metric == "bias" else f"{value:.3f}"


def _cell(figure: Figure | None, best: bool) -> str:
    if figure is None:
        return "-"
    text = _number(figure.metric, figure.value)
    return f"[bold]{text}[/bold]" if best else text


def _interval(figure: Figure | None) -> str:
    if figure is None or figure.lo != figure.lo:
        return ""
    return f"{_number(figure.metric, figure.lo)} to {_number(figure.metric, figure.hi)}"


def _groups_table(evaluation: Evaluation) -> Table:
    """Return ours against the best rule, group by group."""
    table = _table("By group: setia (best rule)")
    shown = ("auc", "log_loss", "gini", "rmse", "bias")
    table.add_column("group", no_wrap=True)
    table.add_column("customers", justify="right")
    for metric in shown:
        table.add_column(LABELS[metric], justify="right")
    every = {**DEFECTION_METRICS, **VALUE_METRICS}
    for group in dict.fromkeys(figure.group for figure in evaluation.figures if figure.group != "all"):
        cells, customers = [], 0
        for metric in shown:
            ours, *rules = (evaluation.figure(metric, method.name, group) for method in evaluation.methods)
            rule = _best(metric, every[metric][1], rules)
            customers = ours.customers if ours else customers
            pair = (_number(metric, figure.value) if figure else "-" for figure in (ours, rule))
            cells.append("{}\N{NO-BREAK SPACE}({})".format(*pair))
        table.add_row(group, f"{customers:,}", *cells)
    return table


def _say_log(out: Console, log: Log) -> None:
    out.print()
    out.print(
        f"[bold]Log[/] {_as_is(log.name)}: {log.n_lines:,} lines, {log.n_customers:,} customers, "
        f"{date_of(log.first_day)} to {date_of(log.last_day)}"
    )
    for note in log.notes:
        out.print(f"  note      {_as_is(note)}")
    stock = log.quarantine
    if stock.counts:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in stock.counts)
        where = f" -> {_as_is(stock.path)}" if stock.path else ""
        out.print(f"  refused   {reasons}{where}", soft_wrap=True)


def _say_timeline(out: Console, timeline: Timeline, curve: HorizonCurve | None) -> None:
    if curve is not None:
        out.print(_horizon_line(curve))
        out.print(f"            share of returning customers back within N days: {_curve_points(curve)}", style="dim")
    out.print(
        f"  timeline  fit on {len(timeline.fit)} cutoffs {date_of(timeline.fit[0])} to {date_of(timeline.fit[-1])}, "
        f"validate {date_of(timeline.validation)}, hold out {date_of(timeline.holdout)}, "
        f"horizon {timeline.horizon_days} days; final fit to {date_of(timeline.final[-1])}"
    )
    for sentence in timeline.sharing:
        out.print(f"            {sentence}")


def _horizon_line(curve: HorizonCurve) -> str:
    if curve.reached:
        return (
            f"  horizon   {curve.horizon_days} days, chosen: within them at least {100 * curve.target:.0f} % of "
            f"returning customers were back"
        )
    return (
        f"  horizon   {curve.horizon_days} days, the longest this log can bear; {100 * curve.target:.0f} % of "
        f"returning customers need longer to come back"
    )


def _curve_points(curve: HorizonCurve) -> str:
    wanted = [d for d in (3, 7, 14, 21, 30, 45, 60, 90, 120, 180, 365) if d <= len(curve.days)]
    return ", ".join(f"{d}: {100 * curve.share[d - 1]:.0f} %" for d in wanted) or "nobody returned"


def _say_time(out: Console, progress: Progress) -> None:
    spent = sorted(progress.seconds.items(), key=lambda item: -item[1])
    total = sum(progress.seconds.values())
    out.print(
        f"[bold]Time[/]  {total:.1f} s: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in spent[:5]),
    )


def show_scores(log: Log, bundle: Bundle, summary: ScoreSummary, progress: Progress) -> None:
    """Print the summary of a scoring run."""
    out = console()
    _say_log(out, log)
    facts = bundle.facts
    out.print(
        f"[bold]Model[/] {_as_is(summary.model_version)}, trained to {facts.cutoffs[-1]}, "
        f"horizon {facts.horizon_days} days, defection = {facts.definition}"
    )
    statuses = ", ".join(f"{count:,} {status}" for status, count in summary.statuses if count)
    unit = "purchases" if facts.basis == "purchases" else facts.currency
    p = "-" if summary.p_defect_mean is None else f"{summary.p_defect_mean:.3f}"
    out.print(
        f"[bold]Scores[/] {summary.rows:,} customers as of {summary.as_of}: {statuses}; mean p_defect {p}, "
        f"expected value {summary.expected_value_total:,.0f} {unit}".rstrip()
    )
    for note in summary.notes:
        out.print(f"        {_as_is(note)}")
    copy = f", dated copy {_as_is(summary.history)}" if summary.history else ""
    out.print(f"        written to {_as_is(summary.path)}{copy}", soft_wrap=True)
    _say_time(out, progress)
    if busy := [f"{part} {seconds:.1f}" for part, seconds in summary.busy if seconds >= 0.05]:
        out.print(f"        threads were busy, in seconds, with {', '.join(busy)}", style="dim")


def show_features(
    log: Log, rows: int, features: Sequence[Feature], off: Sequence[tuple[str, str, int]], path: Path
) -> None:
    """Print the summary of a feature run."""
    out = console()
    _say_log(out, log)
    for family, column, lost in off:
        out.print(f"  features: {lost} of the family {family} are off, since the log has no {column}", style="dim")
    as_of = date_of(log.last_day)
    out.print(
        f"[bold]Features[/] {len(features)} of {rows:,} customers as of {as_of} -> {_as_is(path)}", soft_wrap=True
    )
    out.print("        what each means: docs/features.md", style="dim")
