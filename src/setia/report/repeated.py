"""A campaign whose name exists already: nothing is changed, and what was asked otherwise this time is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setia.report.act import LISTS, reading
from setia.report.closing import close
from setia.report.layout import as_is, console
from setia.timeline import date_of

if TYPE_CHECKING:
    from setia.act import ActSettings
    from setia.campaign import Campaign
    from setia.policy import Divest, Policy
    from setia.progress import Progress
    from setia.source import Log


def show_found(
    before: Campaign,
    settings: ActSettings,
    policy: Policy | Divest,
    log: Log,
    progress: Progress,
    given: Sequence[str] = (),
) -> None:
    """Say that a campaign of that name exists, and what was asked otherwise this time; nothing is changed."""
    out = console()
    made = date_of(before.as_of)
    out.print(
        f"\n[bold]Campaign {as_is(before.name)}[/] of {as_is(log.name)} was made already, as of {made}; nothing was "
        "changed."
    )
    asked = {name: value for name, value in asdict(settings).items() if name not in ("campaign", "ledger", "folder")}
    other = _otherwise("act", asked, before.settings["act"])
    if policy.name == before.policy:
        other += _otherwise("policy", asdict(policy), before.settings["policy"])  # type: ignore[arg-type]
    else:
        other.append(f"policy={policy.name} (it was made with {before.policy})")
    if other:
        said = as_is(", ".join(other))
        out.print(f"Not followed: {said}. For a new campaign give act.campaign another name.")
    folder = Path(settings.folder)
    results = [(what, folder / f"{before.name}{end}") for what, end in LISTS]
    close(out, progress, results, [reading(before, given)])


def _otherwise(name: str, asked: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """Say which settings of a group are asked otherwise than they were before."""
    said = []
    for key, value in asked.items():
        was = before.get(key)
        if isinstance(value, dict) and isinstance(was, dict):
            said += _otherwise(f"{name}.{key}", value, was)
        elif (list(value) if isinstance(value, tuple) else value) != was:
            said.append(f"{name}.{key}={value} (it was made with {was})")
    return said
