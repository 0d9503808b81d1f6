"""A campaign for people: the list, who is left alone, what it is expected to bring, in the terminal and as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from setia.act.readback import MEASURED
from setia.output import locked, written
from setia.report import style
from setia.report.closing import Step, close, setting, step
from setia.report.layout import as_is, console, fact, tell
from setia.report.layout import table as lines
from setia.segment import MEANINGS
from setia.timeline import date_of

if TYPE_CHECKING:
    import pyarrow as pa
    from matplotlib.figure import Figure
    from rich.console import Console
    from rich.table import Table

    from setia.act import Acting, ActSettings
    from setia.act.plan import Chosen
    from setia.campaign import Campaign
    from setia.progress import Progress


#: What is written of a campaign, and how the files end.
LISTS: Final = (("contact these", ".csv"), ("leave these alone", "-control.csv"), ("figure", ".png"))


def table(made: Acting, chosen: Chosen, *, control: bool) -> pa.Table:
    """Return the members to contact, or those to leave alone, most worthwhile first: a row each."""
    import pyarrow as pa

    rows = np.flatnonzero(chosen.control.mask if control else chosen.contacted)
    places = chosen.places[rows]
    stakes, expected, sure = made.scored.stakes.rows(places), chosen.expected.rows(rows), made.sure
    assert sure is not None
    columns: dict[str, Any] = {
        "customer_id": pa.array(stakes.customer_id, type=pa.string()),
        "campaign": pa.array([made.campaign.name] * len(rows), type=pa.string()),
        "segment": pa.array(stakes.segment, type=pa.string()),
        "status": pa.array(stakes.status, type=pa.string()),
        "p_defect": pa.array(stakes.p_defect, from_pandas=True),
        "value_saved": pa.array(expected.saved),
        "cost": pa.array(expected.cost),
        "expected_profit": pa.array(expected.profit),
        "expected_profit_lo": pa.array(sure.lo[rows]),
        "expected_profit_hi": pa.array(sure.hi[rows]),
        "p_pays": pa.array(sure.pays[rows]),
    }
    if made.appraisal.said is not None:
        at = {int(place): k for k, place in enumerate(made.appraisal.places)}
        said = [made.appraisal.said[at[int(place)]] for place in places]
        columns["offer"] = pa.array(said, type=pa.string())
    for number, reason in enumerate(made.scored.reasons, start=1):
        columns[f"reason_{number}"] = reason.take(pa.array(places))
    return pa.table(columns)


def figure(made: Acting) -> Figure:
    """Draw the profit of the campaign by its depth, with its band, the best depth, and the depth that was chosen."""
    curve, chosen, campaign = made.curve, made.chosen, made.campaign
    money = campaign.currency or "money"
    title = f"Contact {100 * curve.best:.0f} %: that brings most" if curve.best > 0 else "Contacting nobody brings most"
    about = (
        f"{made.log} as of {date_of(campaign.as_of)}, policy {campaign.policy}, {curve.customers:,} customers; "
        "band: 90 %, errors that all share included"
    )
    drawn, axes = style.blank(title, about, "share of customers contacted, best first", f"expected profit, {money}")
    axes.fill_between(curve.share, curve.lo, curve.hi, color=style.OURS_LIGHT, alpha=0.6, linewidth=0)
    axes.axhline(0.0, color=style.FAINT, linewidth=1.0)
    axes.plot(curve.share, curve.profit, label="expected profit", **style.line(0))
    if curve.best > 0:
        axes.axvspan(curve.best_lo, curve.best_hi, color=style.GRID, zorder=0)
        axes.axvline(curve.best, label="best depth (grey: 90 %)", **style.line(1))
    if chosen is not None and curve.customers:
        depth = len(chosen.places) / curve.customers
        axes.axvline(depth, label="this campaign, control group included", **style.line(2))
    axes.set_xlim(0, min(1.0, max(0.2, 2.5 * curve.best_hi)))
    style.per_cent(axes, "x")
    style.thousands(axes)
    style.legend(axes, "lower left")
    return drawn


def write(made: Acting, settings: ActSettings) -> tuple[Path, ...]:
    """Write whom to contact, whom to leave alone, and the figure; each appears whole or not at all.

    Raises:
        InputError: the folder cannot be written.
        LockedError: another run is writing there.
    """
    if made.chosen is None:
        return ()
    folder, name = Path(settings.folder), made.campaign.name
    contacts, alone, drawn = (folder / f"{name}{end}" for _, end in LISTS)
    with locked(contacts):
        with written(drawn, contacts) as unfinished:
            figure(made).savefig(unfinished, format="png")
        for path, control in ((alone, True), (contacts, False)):
            with written(path, contacts) as unfinished:
                _write_csv(table(made, made.chosen, control=control), unfinished)
    return contacts, alone, drawn


def _write_csv(rows: pa.Table, path: Path) -> None:
    from setia.scoring.writer import table_writer

    with table_writer(path, ".csv", rows.schema) as append:
        append(rows)


def show(made: Acting, paths: tuple[Path, ...], progress: Progress, given: Sequence[str] = ()) -> None:
    """Print what a manager needs to decide: whom, how many, at what cost, for what, and how it will be known.

    `given` are the overrides of the run.
    """
    out, campaign, chosen = console(), made.campaign, made.chosen
    out.print(f"\n[bold]Campaign {as_is(campaign.name)}[/]: policy {campaign.policy}, {as_is(made.log)}.")
    if chosen is None:
        _say_nobody(out, made)
        close(out, progress, (), [_instead(made, given)])
        return
    people = int(chosen.contacted.sum())
    out.print(
        f"Contact {people:,} of {len(made.scored.stakes):,} customers, and leave {chosen.control.size:,} alone by lot "
        "to compare with."
    )
    tell(out, _money(made, chosen))
    tell(out, _segments(made, chosen))
    out.print()
    for said in (*_sentences(made, chosen), *made.notes):
        fact(out, "-", as_is(said), width=1)
    results = [(what, path) for (what, _), path in zip(LISTS, paths, strict=True)]
    first = Step("contact the first list, and nobody of the second")
    close(out, progress, results, [first, reading(campaign, given)])


def reading(campaign: Campaign, given: Sequence[str]) -> Step:
    """Return the step that reads a campaign back; by then the log has gone on, and no model is asked."""
    why = f"what it has truly brought, once the log reaches {date_of(campaign.ends)}"
    ledger = ["readback.ledger=" + each.partition("=")[2] for each in given if each.startswith("act.ledger=")]
    asked = (setting("readback.campaign", campaign.name), *ledger)
    other = ("as_of", "model", "name", "also", "defection", "horizon_days")
    return step(why, "readback", given, *asked, without=other)


def _instead(made: Acting, given: Sequence[str]) -> Step:
    """Return what to try where nobody is contacted."""
    if not made.curve.customers:
        return step("how many customers there are of each kind", "segments", given)
    policy = [each for each in given if each.startswith("policy")]
    half = made.campaign.settings["policy"]["offer"]["cost"] / 2
    return step("what an offer of half the cost would bring", "act", given, *policy, f"policy.offer.cost={half:g}")


def _say_nobody(out: Console, made: Acting) -> None:
    if made.curve.customers:
        out.print(f"At these costs contacting any of the {made.curve.customers:,} customers is expected to lose money.")
        out.print("No list was written and no campaign noted. A cheaper offer, or one that keeps more, may pay.")
    else:
        out.print("All customers it is for are left out." if made.eligible else "There is nobody it is for.")
        out.print("No list was written and no campaign noted.")
    for said in (_left_out(made), *made.notes):
        if said:
            out.print(as_is(said))


def _money(made: Acting, chosen: Chosen) -> Table:
    of = chosen.expected.rows(np.flatnonzero(chosen.contacted))
    saved, cost = float(of.saved.sum()), float(of.cost.sum())
    lo, hi = chosen.bounds(made.spread)
    unit = f" {made.campaign.currency}" if made.campaign.currency else ""
    told = lines("", "", "", text=(0, 2))
    told.show_header = False
    told.add_row("what contact and offer cost", f"{cost:,.0f}{unit}", "")
    told.add_row("future profit that is saved", f"{saved:,.0f}{unit}", "")
    interval = f"[dim]80 % interval {lo:,.0f} to {hi:,.0f}"
    told.add_row("[bold]expected profit", f"[bold]{saved - cost:,.0f}{unit}", interval)
    for name, profit in made.beside:
        told.add_row(f"as many contacts, {name}", f"{profit:,.0f}{unit}", "")
    return told


def _segments(made: Acting, chosen: Chosen) -> Table:
    unit = f", {made.campaign.currency}" if made.campaign.currency else ""
    told = lines("segment", "contact", "alone", f"profit{unit}", "", text=(0, 4))
    segment = made.scored.stakes.segment[chosen.places].astype(str)
    for name, meaning in MEANINGS.items():
        here = segment == name
        if here.any():
            contacted = here & chosen.contacted
            profit = float(chosen.expected.profit[contacted].sum())
            alone = int((here & chosen.control.mask).sum())
            told.add_row(name, f"{contacted.sum():,}", f"{alone:,}", f"{profit:,.0f}", f"[dim]{meaning}")
    return told


def _sentences(made: Acting, chosen: Chosen) -> list[str]:
    curve, offer = made.curve, made.campaign.settings["policy"]["offer"]
    said = [
        f"Most profit: contact {100 * curve.best:.0f} % of the {curve.customers:,} customers it is for (90 % interval "
        f"{100 * curve.best_lo:.0f} to {100 * curve.best_hi:.0f} %)."
    ]
    if made.breaks_even is not None:
        keep = float(offer["keep_chance"])
        said.append(
            f"It pays if the offer keeps {100 * keep * made.breaks_even:.1f} % of those who would leave; "
            f"{100 * keep:.0f} % is assumed."
            if made.campaign.policy in MEASURED
            else f"It pays if a contact achieves {100 * made.breaks_even:.0f} % of what is assumed."
        )
    said.append(chosen.power)
    left_out = _left_out(made)
    return [*said, left_out] if left_out else said


def _left_out(made: Acting) -> str:
    """Say how many may not be contacted, and why; nothing where all may."""
    found = made.excluded
    why = []
    if found.listed:
        why.append(f"{found.do_not_contact:,} customers on the do-not-contact list (of {found.listed:,} on it)")
    if found.cooling:
        why.append(f"{found.cooling:,} contacted a short while ago")
    if found.compared:
        why.append(f"{found.compared:,} whom a campaign under way leaves alone to compare with")
    return f"Left out: {', '.join(why)}." if why else ""
