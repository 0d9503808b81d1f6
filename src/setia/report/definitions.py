"""The audit of definitions in the terminal, as a page of Markdown with a figure, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from setia.audit.verdict import faults, recommend
from setia.defection import AnyOf, Definition, as_dict
from setia.output import locked, written
from setia.report import style
from setia.report.closing import close, step
from setia.report.layout import as_is, console, table, tell
from setia.timeline import date_of
from setia.value import called

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from setia.audit import Audit
    from setia.audit.audit import Finding
    from setia.progress import Progress

HEADS: Final = (
    *("definition", "covered", "defect", "lost", "still buy", "back", "in full", "missed", "swings", "AUC"),
    *("recency",),
)
NOTES: Final = """\
**covered**: customers, on average over the cutoffs. **defect**: of them, per horizon, over all cutoffs. **lost**: what
the defected brought less than in as many days before, as a share of what everybody brought then. **still buy**: of the
defected, who bought within the horizon all the same, only less. **back**, **in full**: of the defected, who bought
again in the follow-up, and who did so at three quarters of their former pace or more (false alarms; type I).
**missed**: of those covered who were silent for the whole follow-up, who had not been called defected (type II).
**swings**: standard deviation of the rate over the cutoffs, as a share of its mean. **AUC**: of a quick model on the
last cutoff; **recency**: of days since the last purchase alone (one half is chance)."""


def _per_cent(value: float, decimals: int = 0) -> str:
    return "-" if value != value else f"{100 * value:.{decimals}f} %"


def cells(finding: Finding, result: Audit) -> tuple[str, ...]:
    """Return the row of one definition."""
    everybody = sum(result.everybody)
    lost = sum(rate.lost for rate in finding.rates)
    foreseen = finding.predictability
    return (
        finding.candidate.label,
        f"{finding.covered:,.0f}",
        _per_cent(finding.rate, 1),
        _per_cent(lost / everybody if everybody > 0 else float("nan"), 1),
        _per_cent(finding.still_buying),
        _per_cent(finding.came_back),
        _per_cent(finding.came_back_in_full),
        _per_cent(finding.missed),
        _per_cent(finding.unsteadiness),
        "-" if foreseen is None else f"{foreseen.model:.3f}",
        "-" if foreseen is None else f"{foreseen.recency:.3f}",
    )


def looks(result: Audit) -> str:
    """Say from where it was looked back."""
    first, last = (date_of(result.cutoffs[place]) for place in (0, -1))
    where = f"{len(result.cutoffs)} cutoffs from {first} to {last}" if first != last else f"one cutoff, {last}"
    return f"{where}, horizon {result.horizon_days} days"


def about(result: Audit) -> str:
    """Say what was looked at."""
    length = f"{len(result.followed)} of them" if result.followed else "none of them, since the log is too short"
    return f"{looks(result)}; the {result.follow_up_days} days after the horizon were watched for {length}."


def page(result: Audit, words: str, figure: str) -> str:
    """Return the audit as a Markdown page."""
    names = [finding.candidate.label for finding in result.findings]
    lines = [
        f"# What defection could mean for {result.log}",
        "",
        words,
        "",
        about(result),
        "",
        f"![rates]({figure})",
        "",
    ]
    lines += _markdown(HEADS, [cells(finding, result) for finding in result.findings])
    lines += ["", NOTES, "", "## What each means", ""]
    lines += [_meaning(finding) for finding in result.findings]
    lines += ["", "## Agreement: of those whom the row labels, who is labelled by the column too", ""]
    rows = [[name, *(_per_cent(value) for value in row)] for name, row in zip(names, result.agreement, strict=True)]
    lines += _markdown(("", *names), rows)
    lines += ["", "## Defection rate at each cutoff", ""]
    rates = [
        [date_of(cutoff).isoformat(), *(_per_cent(f.rates[place].share, 1) for f in result.findings)]
        for place, cutoff in enumerate(result.cutoffs)
    ]
    lines += _markdown(("cutoff", *names), rates)
    lines += ["", "## The horizon: share of returning customers who are back within so many days", ""]
    curve = dict(zip(result.curve.days, result.curve.share, strict=True))
    shown = [days for days in (3, 7, 14, 21, 30, 45, 60, 90, 120, 180) if days in curve]
    lines += _markdown([str(days) for days in shown], [[_per_cent(curve[days]) for days in shown]])
    return "\n".join([*lines, ""])


def _meaning(finding: Finding) -> str:
    """Say what a definition means, and what speaks against it on this log."""
    against = "; ".join(faults(finding))
    said = f"- **{finding.candidate.label}**: {finding.candidate.definition.words}."
    return f"{said} Against it: {against}." if against else said


def _markdown(heads: Any, rows: Any) -> list[str]:
    return [f"| {' | '.join(line)} |" for line in (list(heads), ["---"] * len(heads), *rows)]


def figure(result: Audit) -> Figure:
    """Draw the share of all spend that each definition sees lost, the one that is recommended in a darker colour."""
    findings = list(result.findings)[::-1]
    everybody = max(sum(result.everybody), 1e-9)
    lost = [sum(rate.lost for rate in finding.rates) / everybody for finding in findings]
    best, _ = recommend(result)
    shares = {finding.candidate.label: share for finding, share in zip(findings, lost, strict=True)}
    title = "No definition is without a fault on this log"
    if best is not None:
        label = best.candidate.label
        title = f"Take {label}: it sees {_per_cent(shares[label], 1)} of {called(result.basis)} lost"
        if shares.get("silence", shares[label]) < shares[label]:
            title += f", silence {_per_cent(shares['silence'], 1)}"
    drawn, axes = style.blank(
        title, f"{result.log}: {looks(result)}", f"share of all {called(result.basis)} lost per horizon", "", left=0.21
    )
    axes.barh(
        range(len(lost)),
        lost,
        color=[style.OURS if finding is best else style.OURS_LIGHT for finding in findings],
        height=0.62,
    )
    axes.set_yticks(range(len(lost)), [finding.candidate.label for finding in findings])
    for place, (share, finding) in enumerate(zip(lost, findings, strict=True)):
        note = f"  {_per_cent(share, 1)};  {_per_cent(finding.rate)} of {finding.covered:,.0f} customers"
        axes.text(share, place, note, va="center", fontsize=10, color=style.INK)
    axes.set_xlim(0, max([*lost, 1e-9]) * 1.45)
    axes.grid(visible=False, axis="y")
    style.per_cent(axes, "x")
    return drawn


def summary(result: Audit) -> list[dict[str, Any]]:
    """Return the findings as plain numbers, a row for each definition; NaN where there is nothing to say."""
    everybody = sum(result.everybody)
    return [
        {
            "definition": finding.candidate.label,
            "covered": finding.covered,
            "defection_rate": finding.rate,
            "lost_share": sum(rate.lost for rate in finding.rates) / everybody if everybody > 0 else float("nan"),
            "still_buying": finding.still_buying,
            "came_back": finding.came_back,
            "came_back_in_full": finding.came_back_in_full,
            "missed": finding.missed,
            "unsteadiness": finding.unsteadiness,
            "auc": float("nan") if finding.predictability is None else finding.predictability.model,
            "auc_recency": float("nan") if finding.predictability is None else finding.predictability.recency,
            "against": "; ".join(faults(finding)),
        }
        for finding in result.findings
    ]


def content(result: Audit, words: str) -> dict[str, Any]:
    """Return the audit as plain numbers, for JSON; null where there is none."""

    def known(value: Any) -> Any:
        return None if value != value else value

    return {
        "log": result.log,
        "value_basis": result.basis,
        "currency": result.currency or None,
        "horizon_days": result.horizon_days,
        "follow_up_days": result.follow_up_days,
        "cutoffs": [date_of(cutoff).isoformat() for cutoff in result.cutoffs],
        "recommendation": words,
        "findings": [
            {
                **{name: known(value) for name, value in row.items()},
                **as_dict(finding.candidate.definition),
                "rate_at": [known(rate.share) for rate in finding.rates],
                "covered_at": [rate.covered for rate in finding.rates],
                "value_at": [rate.spend for rate in finding.rates],
                "lost_at": [rate.lost for rate in finding.rates],
            }
            for row, finding in zip(summary(result), result.findings, strict=True)
        ],
        "agreement": [[known(float(value)) for value in row] for row in result.agreement],
    }


def write(result: Audit, words: str, output: str) -> Path:
    """Write the page, its figure and the numbers into a folder; each appears whole or not at all.

    Raises:
        InputError: the folder cannot be written.
        LockedError: another run is writing there.
    """
    path = Path(output) / "definitions.md"
    with locked(path):
        with written(path.with_suffix(".png"), path) as unfinished:
            figure(result).savefig(unfinished, format="png")
        with written(path.with_suffix(".json"), path) as unfinished:
            unfinished.write_text(json.dumps(content(result, words), indent=1) + "\n", encoding="utf-8")
        with written(path) as unfinished:
            unfinished.write_text(page(result, words, path.with_suffix(".png").name), encoding="utf-8")
    return path


def show(result: Audit, words: str, path: Path, progress: Progress, given: Sequence[str] = ()) -> None:
    """Print the audit; `given` are the overrides of the run."""
    out = console()
    out.print(f"\n[bold]What defection could mean for {as_is(result.log)}[/]")
    out.print(about(result))
    made = table(*HEADS)
    for finding in result.findings:
        made.add_row(*cells(finding, result))
    tell(out, made)
    out.print(f"\n{as_is(words)}")
    results = [("page, with the columns", path), ("figure", path.with_suffix(".png"))]
    results.append(("numbers", path.with_suffix(".json")))
    best, _ = recommend(result)
    chosen = () if best is None else _settings(best.candidate.definition)
    instead = ("defection",) if chosen else ()
    steps = [
        step("learn who will leave, by this meaning", "train", given, *chosen, without=instead),
        step("how many stay, month by month, by this meaning", "retention", given, *chosen, without=instead),
    ]
    close(out, progress, results, steps)


def _settings(definition: Definition) -> tuple[str, ...]:
    """Return the overrides that choose a definition; none for one of several parts, which was given in parts."""
    if isinstance(definition, AnyOf):
        return ()
    usual = as_dict(type(definition)())["settings"]
    own = {name: value for name, value in as_dict(definition)["settings"].items() if value != usual[name]}
    return (f"defection={definition.name}", *(f"defection.{name}={value}" for name, value in own.items()))
