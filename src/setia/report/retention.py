"""The retention rate in the terminal, as a table and as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from setia.output import locked, written
from setia.report import style
from setia.report.terminal import console
from setia.timeline import date_of
from setia.value import called

if TYPE_CHECKING:
    import pyarrow as pa
    from matplotlib.figure import Figure

    from setia.cohorts import Month, Retention
    from setia.progress import Progress


#: What customers brought in the horizon's length before the end of the month, and (ahead) in the horizon.
VALUES: Final = {
    "value": "spend",
    "value_retained": "spend_retained",
    "value_defected": "spend_defected",
    "value_ahead": "kept",
}


def table(result: Retention) -> pa.Table:
    """Return every month and group, one row each; rates of unripe months are null, their bounds are not."""
    import pyarrow as pa

    def rates(name: str) -> pa.Array:
        return pa.array([getattr(month, name) for month in result.months], from_pandas=True, type=pa.float64())

    months = result.months
    columns: dict[str, Any] = {
        "month_end": pa.array([date_of(month.end) for month in months], type=pa.date32()),
        "definition": [result.definition] * len(months),
        "horizon_days": pa.array([result.horizon_days] * len(months), type=pa.int32()),
        "value_basis": [result.basis] * len(months),
        "currency": pa.array([result.currency or None] * len(months), type=pa.string()),
        **{name: [getattr(month, name) for month in months] for name in ("kind", "group", "ripe")},
        **{name: [getattr(month, name) for month in months] for name in ("customers", "retained", "defected")},
        "retention_rate": rates("rate"),
        "defection_rate": pa.array([1.0 - month.rate for month in months], from_pandas=True, type=pa.float64()),
        "retention_low": rates("low"),
        "retention_high": rates("high"),
        "value_retention_rate": rates("money_rate"),
        **{name: rates(field) for name, field in VALUES.items()},
    }
    return pa.table(columns)


def figure(result: Retention) -> Figure:
    """Draw the rate in customers and in money, month by month; unripe months as what they may still become."""
    months = result.of("all")
    ripe = [month for month in months if month.ripe]
    about = (
        f"{result.log}; defection = {result.definition}, within {result.horizon_days} days after the end of the month"
    )
    drawn, axes = style.blank(_title(ripe), about, "", "share of the customers at risk who stay")
    place = {month.end: number for number, month in enumerate(months)}
    for k, (name, label) in enumerate((("rate", "of customers"), ("money_rate", f"of their {called(result.basis)}"))):
        known = [(place[month.end], getattr(month, name)) for month in ripe]
        if known:
            axes.plot(*zip(*known, strict=True), label=label, marker="o", markersize=4, **style.line(k))
    unripe = [month for month in months if not month.ripe]
    if unripe:
        x = [place[month.end] for month in unripe]
        axes.vlines(
            x,
            [month.low for month in unripe],
            [month.high for month in unripe],
            color=style.OURS_LIGHT,
            linewidth=7,
            label="not ripe: known only to lie here",
        )
    step = max(1, len(months) // 12)
    shown = list(range(0, len(months), step))
    axes.set_xticks(shown, [date_of(months[number].end).strftime("%b %Y") for number in shown], rotation=30, ha="right")
    axes.set_ylim(0, 1.02)
    style.per_cent(axes, "y")
    if ripe or unripe:
        style.legend(axes, "lower left")
    return drawn


def _title(ripe: Sequence[Month]) -> str:
    if not ripe:
        return "No month is ripe yet: the log ends too soon after it"
    rate = np.mean([month.rate for month in ripe])
    if len(ripe) < 6:
        return f"{100 * rate:.0f} % stay from month to month"
    before, after = (np.mean([month.rate for month in part]) for part in (ripe[:3], ripe[-3:]))
    change = "up" if after - before > 0.01 else "down" if before - after > 0.01 else ""
    moved = f"{change} from {100 * before:.0f} % to" if change else "unchanged at"
    return f"Retention is {moved} {100 * after:.0f} % over the last three ripe months"


def write(result: Retention, output: str) -> Path:
    """Write the table and, beside it, the figure; each appears whole or not at all.

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


def _per_cent(value: float) -> str:
    return "-" if value != value else f"{100 * value:.1f} %"


def show(result: Retention, path: Path, progress: Progress) -> None:
    """Print the last months, the last ripe month by group, and where the rest lies."""
    from rich.table import Table

    out = console()
    out.print(
        f"\nRetention of {result.log}. To leave means: {result.words}; the horizon is {result.horizon_days} days.\n"
    )
    lines = Table(box=None, padding=(0, 1), header_style="bold")
    spend = called(result.basis)
    for head in ("month", "at risk", "stay", f"of their {spend}", "leave", f"their {spend} before"):
        lines.add_column(head, justify="left" if head == "month" else "right")
    for month in result.of("all")[-12:]:
        stay = _per_cent(month.rate) if month.ripe else f"{_per_cent(month.low)} to {_per_cent(month.high)}, not ripe"
        leave = f"{month.defected:,}" if month.ripe else f"{month.defected:,} so far"
        lines.add_row(
            date_of(month.end).strftime("%b %Y"),
            f"{month.customers:,}",
            stay,
            _per_cent(month.money_rate),
            leave,
            f"{month.spend_defected:,.0f}" if month.ripe else "-",
        )
    out.print(lines)
    ripe = [month for month in result.months if month.ripe]
    if ripe:
        last = ripe[-1].end
        out.print(f"\nOf {date_of(last).strftime('%B %Y')}, the last ripe month:\n")
        groups = Table(box=None, padding=(0, 1), header_style="bold")
        for head in ("group", "at risk", "stay", f"of their {spend}", "leave", f"their {spend} before"):
            groups.add_column(head, justify="left" if head == "group" else "right")
        for month in ripe:
            if month.end == last and month.kind != "all":
                name = (
                    f"first bought in {month.group}"
                    if month.kind == "cohort"
                    else f"{month.group} by {spend} of a year"
                )
                groups.add_row(
                    name,
                    f"{month.customers:,}",
                    _per_cent(month.rate),
                    _per_cent(month.money_rate),
                    f"{month.defected:,}",
                    f"{month.spend_defected:,.0f}",
                )
        out.print(groups)
    spent = sum(progress.seconds.values())
    out.print(f"\nEvery month and group: {path}; the figure: {path.with_suffix('.png')} ({spent:.0f} s)")
