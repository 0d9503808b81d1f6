"""The retention rate in the terminal, as a table and as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

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
    from rich.table import Table

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


def show(result: Retention, path: Path, progress: Progress, given: Sequence[str] = ()) -> None:
    """Print the last months, the last ripe month by group, and where the rest lies; `given` are the overrides."""
    out = console()
    out.print(
        f"\n[bold]Retention of {as_is(result.log)}.[/] To leave means: {result.words}; the horizon is "
        f"{result.horizon_days} days."
    )
    tell(out, _months_table(result))
    ripe = [month for month in result.months if month.ripe]
    if ripe:
        tell(out, _groups_table(result, ripe[-1].end))
    results = [("months and groups", path), ("figure", path.with_suffix(".png"))]
    steps = [
        step("which meaning of defection serves on this log", "define", given),
        step("who will leave next, and what they are worth", "train", given),
    ]
    close(out, progress, results, steps)


def _heads(first: str, result: Retention) -> tuple[str, ...]:
    spend = called(result.basis)
    unit = f", {result.currency}" if result.currency else ""
    return first, "at risk", "stay", f"of their {spend}", "leave", f"their {spend} before{unit}"


def _months_table(result: Retention) -> Table:
    """Return the last twelve months: what is known of them, and of unripe ones within which bounds."""
    made = lines(*_heads("month", result), heading="Month by month")
    for month in result.of("all")[-12:]:
        if month.ripe:
            _add(made, date_of(month.end).strftime("%b %Y"), month)
            continue
        made.add_row(
            f"{date_of(month.end).strftime('%b %Y')}, not ripe",
            f"{month.customers:,}",
            f"{100 * month.low:.1f} to {_per_cent(month.high)}",
            _per_cent(month.money_rate),
            f"{month.defected:,} so far",
            "-",
        )
    return made


def _groups_table(result: Retention, last: int) -> Table:
    """Return the groups of the month that ends on `last`."""
    made = lines(*_heads("group", result), heading=f"{date_of(last).strftime('%B %Y')}, the last ripe month, by group")
    for month in result.months:
        if month.end == last and month.kind != "all":
            by = f"{month.group} by {called(result.basis)} of a year"
            _add(made, f"first bought in {month.group}" if month.kind == "cohort" else by, month)
    return made


def _add(made: Table, name: str, month: Month) -> None:
    money = f"{month.spend_defected:,.0f}"
    rates = (_per_cent(month.rate), _per_cent(month.money_rate))
    made.add_row(name, f"{month.customers:,}", *rates, f"{month.defected:,}", money)
