"""Alerts for people: the list, what such alerts would have been worth, in the terminal and as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from setia.alert import OURS
from setia.output import locked, written
from setia.report import style
from setia.report.closing import close, step
from setia.report.layout import as_is, console, tell
from setia.report.layout import table as lines
from setia.timeline import date_of
from setia.value import called

if TYPE_CHECKING:
    import pyarrow as pa
    from matplotlib.figure import Figure
    from rich.console import Console
    from rich.table import Table

    from setia.alert import Alerting, Replay
    from setia.progress import Progress

#: What the methods of a replay are called.
METHODS: Final = {
    OURS: "setia",
    "overdue": "overdue by so many usual gaps",
    "dropped": "last 30 days far below the 90 before",
}
SHOWN: Final = 15


def table(result: Alerting) -> pa.Table:
    """Return the alerts of the run, most money first: a row each."""
    import pyarrow as pa

    def dates(name: str) -> pa.Array:
        return pa.array([date_of(getattr(alert, name)) for alert in result.alerts], type=pa.date32())

    def column(name: str, kind: pa.DataType) -> pa.Array:
        return pa.array([getattr(alert, name) for alert in result.alerts], type=kind)

    real, text = pa.float64(), pa.string()
    count = len(result.alerts)
    columns: dict[str, Any] = {
        "customer_id": column("customer_id", text),
        "day": dates("day"),
        "as_of": dates("as_of"),
        "kind": column("kind", text),
        "sentence": column("sentence", text),
        "stake": column("stake", real),
        "value_basis": pa.array([result.basis] * count, type=text),
        "currency": pa.array([result.currency or None] * count, type=text),
        "since": dates("since"),
        "seen": column("seen", pa.int64()),
        **{name: column(name, real) for name in ("expected", "before", "after", "probability")},
    }
    return pa.table(columns)


def figure(result: Alerting) -> Figure:
    """Draw which share of the lost money was told of in time, at how many alarms, ours beside the plain rules."""
    replay = result.watched.replay
    about = f"{result.log}; a loss is told of in time while half of it can still be saved"
    drawn, axes = style.blank(
        _title(replay), about, "alarms per 1,000 customers watched and month", "share of the lost money told of in time"
    )
    if replay is None:
        return drawn
    for k, name in enumerate(METHODS):
        points = [(q.alarms_per_month, q.caught_loss) for row in replay.curve for q in row if q.method == name]
        axes.plot(*zip(*sorted(points), strict=True), label=METHODS[name], marker="o", markersize=4, **style.line(k))
    here = replay.qualities[0]
    axes.plot([here.alarms_per_month], [here.caught_loss], "o", markersize=13, fillstyle="none", color=style.OURS)
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    style.per_cent(axes, "y")
    style.legend(axes, "upper left")
    return drawn


def _title(replay: Replay | None) -> str:
    if replay is None:
        return "The log is too short to go through it again"
    ours, *rules = replay.qualities
    if ours.caught_loss != ours.caught_loss:
        return "Nobody who is watched defected while the log was gone through"
    best = max(rule.caught_loss for rule in rules)
    return f"{100 * ours.caught_loss:.0f} % of the lost money is told of in time; by a plain rule {100 * best:.0f} %"


def write(result: Alerting, output: str) -> Path:
    """Write the list and, beside it, the figure; each appears whole or not at all.

    Raises:
        InputError: the folder cannot be written.
        LockedError: another run is writing there.
    """
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    path = Path(output)
    rows = table(result)
    with locked(path):
        with written(path.with_suffix(".png"), path) as unfinished:
            figure(result).savefig(unfinished, format="png")
        with written(path) as unfinished:
            if path.suffix == ".parquet":
                pq.write_table(rows, unfinished)
            else:
                csv.write_csv(rows, unfinished)
    return path


def show(result: Alerting, path: Path, progress: Progress, given: Sequence[str] = ()) -> None:
    """Print the alerts with most money at stake, what such alerts have been worth, and where the rest lies.

    `given` are the overrides of the run.
    """
    out = console()
    watched = result.watched
    out.print(
        f"\n[bold]Alerts of {as_is(result.log)}[/] after {date_of(result.since)} up to {date_of(result.as_of)}: "
        f"{result.customers:,} of {result.of:,} customers come often enough to be watched. A change is followed for "
        f"{watched.follow_up_days} days."
    )
    known = len(result.alerts) - result.new
    if known:
        out.print(f"{known:,} of these alerts were told by an earlier run of the same day; {result.new:,} are new.")
    if not isfinite(watched.thresholds[0]):
        out.print(
            "Too few are watched, for too short a time, to know how many alarms chance alone would give: none is given "
            "for fewer visits. A higher alert.false_alarms needs fewer customers."
        )
    if not result.alerts:
        out.print("\nNobody's pattern has just changed for the worse.")
    else:
        tell(out, _list(result))
        if len(result.alerts) > SHOWN:
            out.print(f" ... and {len(result.alerts) - SHOWN:,} more.", style="dim")
    _say_replay(out, result)
    steps = [step("whom it pays to contact, and whom to leave alone to compare with", "act", given)]
    if result.alerts:
        steps.insert(0, step("look at the first of them", "customer", given, who=result.alerts[0].customer_id))
    close(out, progress, [("alerts", path), ("figure", path.with_suffix(".png"))], steps)


def _list(result: Alerting) -> Table:
    unit = f", {result.currency}" if result.currency else ""
    heads = ("day", "customer", "what has changed", f"missing {called(result.basis)} a year{unit}")
    made = lines(*heads, text=(0, 1, 2), heading=f"{len(result.alerts):,} alerts, those with most at stake first")
    made.columns[0].no_wrap = made.columns[1].no_wrap = True
    for alert in result.alerts[:SHOWN]:
        made.add_row(str(date_of(alert.day)), as_is(alert.customer_id), as_is(alert.sentence), f"{alert.stake:,.0f}")
    return made


def _say_replay(out: Console, result: Alerting) -> None:
    replay = result.watched.replay
    if replay is None:
        out.print("\nThe log is too short to say what such alerts have been worth.")
        return
    out.print(
        f"\nGone through again from {date_of(replay.first)} to {date_of(replay.last)}, in which customers began "
        f"{replay.episodes:,} times to stay away or to come half as often; beside rules that give as many alarms:"
    )
    rows: list[tuple[str, Any]] = [
        ("alarms", lambda q: f"{q.alarms:,}"),
        ("per 1,000 watched and month", lambda q: f"{q.alarms_per_month:.1f}"),
        ("defections told of in time", lambda q: f"{q.caught_count:,} ({_per_cent(q.caught)})"),
        ("their share of the lost money", lambda q: _per_cent(q.caught_loss)),
        ("told of well before it is certain", lambda q: _per_cent(q.lead_recall)),
        ("days before it is certain", lambda q: "-" if q.lead_days != q.lead_days else f"{q.lead_days:.0f}"),
        ("alarms that are right", lambda q: _per_cent(q.precision)),
        ("of those with most money each week", lambda q: _per_cent(q.precision_at_capacity)),
    ]
    made = lines("", *(quality.method for quality in replay.qualities))
    for label, cell in rows:
        made.add_row(label, *(cell(quality) for quality in replay.qualities))
    tell(out, made)


def _per_cent(value: float) -> str:
    return "-" if value != value else f"{100 * value:.1f} %"


def replay_rows(replay: Replay) -> list[dict[str, Any]]:
    """Return a row for each way to give alarms at each number of them."""
    return [vars(quality) for row in replay.curve for quality in row]
