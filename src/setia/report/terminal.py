"""What train, score and features say when they are done: one readable table, the results, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from setia.evaluate.evaluation import CAMPAIGN_METRICS, DEFECTION_METRICS, VALUE_METRICS, Evaluation, Figure
from setia.report.closing import Step, close, step
from setia.report.layout import as_is, console, fact, table, tell
from setia.report.trust import say_trust
from setia.timeline import Timeline, date_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from setia.bundle import Bundle, Facts
    from setia.defection import HorizonCurve
    from setia.features import Feature
    from setia.progress import Progress
    from setia.scoring import ScoreSummary
    from setia.source import Log
    from setia.training import Training

OURS = "setia"
#: From so many columns on, the table of groups has a line for each.
WIDE = 112
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


def show_training(
    log: Log,
    training: Training,
    registered: str,
    progress: Progress,
    others: Sequence[tuple[Training, str]] = (),
    given: Sequence[str] = (),
    results: Sequence[tuple[str, str]] = (),
    usable: bool = True,
) -> None:
    """Print the summary of a training run; `registered` says under what name and whether as champion.

    Args:
        log: what was trained on.
        training: what is told of.
        registered: what is said of its registration.
        progress: holds the times.
        others: the trainings for further definitions of defection, each with what is said of its registration.
        given: the overrides of the run.
        results: where the models and figures are.
        usable: whether there is a registered model to score with.
    """
    out = console()
    _say_log(out, log)
    _say_timeline(out, training.timeline, training.curve)
    _say_off(out, training.off)
    told = ", ".join(name for name, _ in training.importance[:3])
    columns = f"{len(training.features)} features; most telling: {told}"
    fact(out, "panel", f"{training.rows:,} rows (customer x cutoff), {columns}")
    for each, said in ((training, registered), *others):
        definition = each.bundle.definition
        if others or definition.name != "silence":
            out.print(f"\n[bold]defection = {definition.name}[/]: {definition.words}")
        tell(out, figures_table(each.evaluation, _unit(each.bundle.facts)))
        tell(out, _groups_table(each.evaluation, narrow=out.width < WIDE))
        say_trust(out, each)
        if not each.timeline.out_of_time:
            warning = "These figures are across customers, not across time: expect the future to be harder."
            out.print(f"\n{warning}", style="bold")
        out.print(f"\n[bold]Model[/] {as_is(said)}")
    close(out, progress, results, _after_training(given, usable, bool(others)))


def _unit(facts: Facts) -> str:
    return "purchases" if facts.basis == "purchases" else facts.currency


def _after_training(given: Sequence[str], usable: bool, others: bool) -> list[Step]:
    if not usable:
        again = step("register a model, so that it can score", "train", given, "tracking.register=true")
        return [again]
    which = ", or with another defection=... of these" if others else ""
    return [
        step(f"scores of every customer by the champion{which}", "score", given),
        step("one page for people who run no code", "report", given),
    ]


def figures_table(evaluation: Evaluation, unit: str = "") -> Table:
    """Return metric by method, ours with its 95 % bootstrap interval, the best of each row in bold.

    `unit` is that of value: a currency, or purchases.
    """
    methods = [method.name for method in evaluation.methods]
    heads = [head for name in methods for head in ((name, "95 % interval") if name == OURS else (name,))]
    made = table(
        *("", *heads, "beats every rule"),
        heading=f"Holdout of {date_of(evaluation.cutoff)}: {len(evaluation.value):,} customers, "
        f"{_defected(evaluation)}, mean value {evaluation.value.mean():,.2f} {unit}".rstrip(),
    )
    for column in made.columns:
        column.style = "dim" if column.header == "95 % interval" else ""
    for wanted in ({**DEFECTION_METRICS, **CAMPAIGN_METRICS}, VALUE_METRICS):
        if made.row_count:
            made.add_row()
        for metric, (_, more) in wanted.items():
            row = [evaluation.figure(metric, name) for name in methods]
            best = _best(metric, more, row)
            cells = [_cell(figure, figure is best) for figure in row]
            made.add_row(LABELS[metric], cells[0], _interval(row[0]), *cells[1:], _beats(best, row))
    return made


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


def _groups_table(evaluation: Evaluation, *, narrow: bool) -> Table:
    """Return ours against the best rule, group by group; `narrow` puts the rule below ours."""
    shown = ("auc", "log_loss", "gini", "rmse", "bias")
    made = table("group", "customers", *(LABELS[metric] for metric in shown), heading="By group: setia (best rule)")
    every = {**DEFECTION_METRICS, **VALUE_METRICS}
    for group in dict.fromkeys(figure.group for figure in evaluation.figures if figure.group != "all"):
        cells, customers = [], 0
        for metric in shown:
            ours, *rules = (evaluation.figure(metric, method.name, group) for method in evaluation.methods)
            rule = _best(metric, every[metric][1], rules)
            customers = ours.customers if ours else customers
            pair = (_number(metric, figure.value) if figure else "-" for figure in (ours, rule))
            cells.append(("{}\n({})" if narrow else "{} ({})").format(*pair))
        made.add_row(group, f"{customers:,}", *cells)
    return made


def _say_log(out: Console, log: Log) -> None:
    out.print()
    out.print(
        f"[bold]Log[/] {as_is(log.name)}: {log.n_lines:,} lines, {log.n_customers:,} customers, "
        f"{date_of(log.first_day)} to {date_of(log.last_day)}"
    )
    for note in log.notes:
        fact(out, "note", as_is(note))
    if log.quarantine.counts:
        fact(out, "refused", ", ".join(f"{count:,} {reason}" for reason, count in log.quarantine.counts))
        if log.quarantine.path:
            out.print(f"            they lie in {as_is(log.quarantine.path)}", soft_wrap=True)


def _say_off(out: Console, off: Sequence[tuple[str, str, int]]) -> None:
    """Say which features the log has no columns for, a line for each family."""
    for family, found in groupby(off, key=lambda each: each[0]):
        lost = list(found)
        columns = ", ".join(f"{column} ({count})" for _, column, count in lost)
        count = sum(count for *_, count in lost)
        fact(out, "off", f"{count} features of the family {family}, since the log has no {columns}", "dim")


def _say_timeline(out: Console, timeline: Timeline, curve: HorizonCurve | None) -> None:
    if curve is not None:
        fact(out, "horizon", _horizon_line(curve))
        fact(out, "", f"share of returning customers back within N days: {_curve_points(curve)}", "dim")
    fact(
        out,
        "timeline",
        f"fit on {len(timeline.fit)} cutoffs {date_of(timeline.fit[0])} to {date_of(timeline.fit[-1])}, "
        f"validate {date_of(timeline.validation)}, hold out {date_of(timeline.holdout)}, "
        f"horizon {timeline.horizon_days} days; final fit to {date_of(timeline.final[-1])}",
    )
    for sentence in timeline.sharing:
        fact(out, "", sentence)


def _horizon_line(curve: HorizonCurve) -> str:
    if curve.reached:
        return (
            f"{curve.horizon_days} days, chosen: within them at least {100 * curve.target:.0f} % of "
            f"returning customers were back"
        )
    return (
        f"{curve.horizon_days} days, the longest this log can bear; {100 * curve.target:.0f} % of "
        f"returning customers need longer to come back"
    )


def _curve_points(curve: HorizonCurve) -> str:
    wanted = [d for d in (3, 7, 14, 21, 30, 45, 60, 90, 120, 180, 365) if d <= len(curve.days)]
    return ", ".join(f"{d}: {100 * curve.share[d - 1]:.0f} %" for d in wanted) or "nobody returned"


def show_scores(log: Log, bundle: Bundle, summary: ScoreSummary, progress: Progress, given: Sequence[str] = ()) -> None:
    """Print the summary of a scoring run; `given` are its overrides."""
    out = console()
    _say_log(out, log)
    facts = bundle.facts
    fact(
        out,
        "model",
        f"{as_is(summary.model_version)}, trained to {facts.cutoffs[-1]}, "
        f"horizon {facts.horizon_days} days, defection = {facts.definition}",
    )
    statuses = ", ".join(f"{count:,} {status}" for status, count in summary.statuses if count)
    p = "-" if summary.p_defect_mean is None else f"{summary.p_defect_mean:.3f}"
    value = f"{summary.expected_value_total:,.0f} {_unit(facts)}".rstrip()
    fact(out, "scores", f"{summary.rows:,} customers as of {summary.as_of}: {statuses}")
    fact(out, "", f"mean p_defect {p}, expected value {value}")
    for note in summary.notes:
        fact(out, "note", as_is(note))
    if busy := [f"{part} {seconds:.1f}" for part, seconds in summary.busy if seconds >= 0.05]:
        fact(out, "threads", f"were busy, in seconds, with {', '.join(busy)}", "dim")
    results = [("scores", str(summary.path))]
    results += [("dated copy", str(summary.history))] if summary.history else []
    steps = [
        step("one page for people who run no code", "report", given),
        step("whom it pays to contact, and whom to leave alone to compare with", "act", given),
    ]
    close(out, progress, results, steps)


def show_features(
    log: Log,
    rows: int,
    features: Sequence[Feature],
    off: Sequence[tuple[str, str, int]],
    path: Path,
    progress: Progress,
    given: Sequence[str] = (),
) -> None:
    """Print the summary of a feature run; `given` are its overrides."""
    out = console()
    _say_log(out, log)
    _say_off(out, off)
    fact(out, "features", f"{len(features)} of {rows:,} customers as of {date_of(log.last_day)}")
    results = [("features", str(path)), ("what each means", "docs/features.md")]
    steps = [
        step("look at a log, a definition and a customer in notebooks", "notebooks"),
        step("learn from these features, and compare with simple rules", "train", given),
    ]
    close(out, progress, results, steps)
