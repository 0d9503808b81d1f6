"""What `make report` prints when the page is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from setia.report.closing import close, step
from setia.report.layout import as_is, console, fact

if TYPE_CHECKING:
    from setia.progress import Progress
    from setia.report.page.making import Report


def show(report: Report, progress: Progress, given: Sequence[str] = ()) -> None:
    """Print the finding of each section, where the page lies, and what is sensible next."""
    out = console()
    out.print("\n[bold]Report[/]")
    for finding in report.findings:
        fact(out, "-", as_is(finding), width=1)
    steps = [
        step("whom it pays to contact, with a control group", "act", given),
        step("the scores of every customer", "score", given),
    ]
    close(out, progress, [(f"page ({report.size / 1e6:.1f} MB)", report.path)], steps)
