"""A read-back for people: what contact changed, whether that is evidence, and by segment, as sentences and a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from setia.campaign import sentences, verdict
from setia.output import locked, written
from setia.report import style
from setia.report.closing import close, step
from setia.report.layout import as_is, console, fact
from setia.timeline import date_of

if TYPE_CHECKING:
    import pyarrow as pa
    from matplotlib.figure import Figure

    from setia.act import Reading
    from setia.progress import Progress


#: A chance is told where its interval is no wider than this; a wider one says nothing.
TOLD: Final = 0.5


def table(reading: Reading) -> pa.Table:
    """Return the effect on all members and on each segment: a row each."""
    import pyarrow as pa

    rows = []
    for effect in (reading.found.overall, *reading.found.segments):
        row: dict[str, object] = {
            "campaign": reading.campaign.name,
            "segment": effect.segment or "all",
            "contacted": effect.contacted,
            "control": effect.control,
        }
        for name, of in (("retention", effect.retention), ("profit", effect.profit), ("total", effect.total)):
            for field in ("estimate", "lo", "hi", "p"):
                row[f"{name}_{field}"] = None if of is None else getattr(of, field)
        rows.append(row)
    return pa.Table.from_pylist(rows)


def figure(reading: Reading) -> Figure:
    """Draw the net profit per contacted customer with its interval, of all and by segment."""
    effects = [e for e in (reading.found.overall, *reading.found.segments) if e.profit is not None]
    currency = reading.campaign.currency or "money"
    about = (
        f"{reading.campaign.name}: {reading.found.overall.contacted:,} contacted beside "
        f"{reading.found.overall.control:,} left alone, {date_of(reading.campaign.as_of)} to "
        f"{date_of(reading.campaign.ends)}"
    )
    title = (
        "It pays"
        if reading.found.evidence
        else "It costs more than it brings"
        if reading.found.harm
        else "No evidence that it pays"
    )
    drawn, axes = style.blank(title, about, f"profit net of costs per contacted customer, {currency}", "", left=0.16)
    for place, effect in enumerate(reversed(effects)):
        profit = effect.profit
        assert profit is not None
        reach = [[profit.estimate - profit.lo], [profit.hi - profit.estimate]]
        look = style.points(0 if effect.segment is None else 1)
        axes.errorbar([profit.estimate], [place], xerr=reach, **look)
    axes.axvline(0.0, color=style.FAINT, linewidth=1.0)
    axes.set_yticks(range(len(effects)), [effect.segment or "all" for effect in reversed(effects)])
    axes.set_ylim(-0.6, len(effects) - 0.4)
    return drawn


def write(reading: Reading, folder: str) -> Path:
    """Write the table and the figure; each appears whole or not at all.

    Raises:
        InputError: the folder cannot be written.
        LockedError: another run is writing there.
    """
    import pyarrow.csv as csv

    path = Path(folder) / f"{reading.campaign.name}-readback.csv"
    with locked(path):
        with written(path.with_suffix(".png"), path) as unfinished:
            figure(reading).savefig(unfinished, format="png")
        with written(path) as unfinished:
            csv.write_csv(table(reading), unfinished)
    return path


def _lessons(reading: Reading) -> list[str]:
    """Say what the next campaign can learn from it."""
    said = []
    if reading.kept is not None and reading.kept.hi - reading.kept.lo < TOLD:
        assumed = float(reading.campaign.settings["policy"]["offer"]["keep_chance"])
        kept = reading.kept
        said.append(
            f"The chance to keep a customer that fits this: {100 * kept.chance:.1f} % ({100 * kept.lo:.1f} to "
            f"{100 * kept.hi:.1f} %); {100 * assumed:.1f} % was assumed (policy.offer.keep_chance)."
        )
    if reading.learnt is not None:
        verdict = reading.learnt.verdict
        gain = f"{verdict.gain:+,.2f} a customer beside {verdict.best} "
        gain += f"(90 % interval {verdict.low:+,.2f} to {verdict.high:+,.2f})"
        word = (
            "has proved better, and the next campaign goes by it"
            if verdict.better
            else "has not proved better; it is not used"
        )
        said.append(f"A model of whom the contact keeps {word}: out of sample {gain}.")
    return said


def show(reading: Reading, path: Path, progress: Progress, given: Sequence[str] = ()) -> None:
    """Print the verdict, then what it rests on; `given` are the overrides of the run."""
    out, campaign = console(), reading.campaign
    unit = f"{campaign.currency} " if campaign.currency else ""
    out.print(f"\n[bold]Campaign {as_is(campaign.name)}, {date_of(campaign.as_of)} to {date_of(campaign.ends)}.[/]")
    out.print(verdict(reading.found) + "\n")
    for said in sentences(reading.found, campaign.currency):
        fact(out, "-", as_is(said), width=1)
    out.print(
        f"\nExpected when it was made: {unit}{reading.expected:+,.0f} in all, over the customers' future; what is "
        f"measured here is the follow-up of {campaign.ends - campaign.as_of} days alone, in which whoever was kept has "
        "not yet brought most of it."
    )
    for said in _lessons(reading):
        out.print(said)
    steps = [
        step("the next campaign, which goes by what was learnt", "act", given, f"policy={campaign.policy}"),
        step("one page for people who run no code, this campaign among the rest", "report", given),
    ]
    close(out, progress, [("effects", path), ("figure", path.with_suffix(".png"))], steps)
