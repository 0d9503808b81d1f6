"""What defection could mean on a log, and how many stay: `make define` and `make retention` from Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setia.api.log import check_log
from setia.api.session import session
from setia.report.cells import Cells, Shown, per_cent
from setia.timeline import date_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from setia.audit import Audit
    from setia.cohorts import Retention
    from setia.config import Config
    from setia.defection import Definition
    from setia.source import Log


@dataclass(frozen=True, repr=False, eq=False)
class Definitions(Shown):
    """What every definition of defection would have said of a log; `recommendation` says in words which to take.

    `best` is the definition that is recommended; null where each has a fault.
    """

    audit: Audit
    best: Definition | None
    recommendation: str

    def table(self) -> pd.DataFrame:
        """Return a row for each definition: whom it covers, how many defect, what that costs, how far it errs.

        Shares lie between 0 and 1, NaN where nothing can be said; `against`: what speaks against it on this log.
        """
        import pandas as pd

        from setia.report.definitions import summary

        return pd.DataFrame(summary(self.audit))

    def rates(self) -> pd.DataFrame:
        """Return the defection rate at each cutoff (rows) by each definition (columns)."""
        import pandas as pd

        rows = pd.to_datetime(pd.Index(self.audit.cutoffs, name="cutoff"), unit="D")
        found = {one.candidate.label: [rate.share for rate in one.rates] for one in self.audit.findings}
        return pd.DataFrame(found, index=rows)

    def agreement(self) -> pd.DataFrame:
        """Return, of those whom the row labels and the column covers, the share that the column labels too."""
        import pandas as pd

        labels = [finding.candidate.label for finding in self.audit.findings]
        return pd.DataFrame(self.audit.agreement, index=labels, columns=labels)

    def figure(self) -> Figure:
        """Draw the share of all value that each definition sees lost."""
        from setia.report.definitions import figure

        return figure(self.audit)

    def _cells(self) -> Cells:
        audit = self.audit
        many = f"{len(audit.findings)} definitions at {len(audit.cutoffs)} cutoffs, horizon {audit.horizon_days} days"
        first, _, rest = self.recommendation.partition(". ")
        return Cells(
            f"Definitions of defection on {audit.log}: {many}", (("advice", f"{first.rstrip('.')}."),), (rest,)
        )


@dataclass(frozen=True, repr=False, eq=False)
class Kept(Shown):
    """How many customers stay, month by month; unripe months have bounds only."""

    retention: Retention

    def table(self) -> pd.DataFrame:
        """Return a row for each month and group (kind: all, cohort or segment), as `make retention` writes them."""
        from setia.report.retention import table

        frame: pd.DataFrame = table(self.retention).to_pandas()
        return frame

    def figure(self) -> Figure:
        """Draw the rate in customers and in money, month by month."""
        from setia.report.retention import figure

        return figure(self.retention)

    def _cells(self) -> Cells:
        found = self.retention
        every = found.of("all")
        ripe = [month for month in every if month.ripe]
        head = (
            f"Retention of {found.log}: {len(every)} months, {found.horizon_days} days after each ({found.definition})"
        )
        if not ripe:
            return Cells(head, (("rate", "no month is ripe: the horizon of each is still running"),))
        last = ripe[-1]
        spend = f", who brought {per_cent(last.money_rate)} of the {found.basis}"
        return Cells(head, ((f"{date_of(last.end)}, the last that is known", f"{per_cent(last.rate)} stayed{spend}"),))


def define(log: Log, *, horizon_days: int | None = None, overrides: tuple[str, ...] = ()) -> Definitions:
    """Look back on a log with every definition of defection, as `make define` does, and write nothing.

    `overrides` are those of the command line, such as ("defection=partial", "defection.share=0.4"), which adds that
    definition, or ("define.cutoffs=4",); `horizon_days` counts more, where it is given.

    Raises:
        InputError: the log is too short to look back on.
    """
    from setia.audit import audit, candidates, recommend
    from setia.value import sales_basis_of

    check_log(log, "setia.define(log)")
    config = _composed(overrides, horizon_days)
    train = config.train
    wanted = candidates(train.definition, log.columns)
    basis = sales_basis_of(train.value, log.columns)
    result = audit(config.define, wanted, log, session(), basis, train.horizon_days, train.seed)
    best, words = recommend(result)
    return Definitions(result, None if best is None else best.candidate.definition, words)


def retention(log: Log, *, horizon_days: int | None = None, overrides: tuple[str, ...] = ()) -> Kept:
    """Measure the retention rate of every month of a log, as `make retention` does, and write nothing.

    `overrides` are those of the command line, such as ("defection=rhythm", "retention.months=12"); `horizon_days`
    counts more, where it is given.

    Raises:
        InputError: no month ends within the log with a horizon of history before it.
    """
    from setia.cohorts import retention as measure
    from setia.value import sales_basis_of

    check_log(log, "setia.retention(log)")
    config = _composed(overrides, horizon_days)
    train = config.train
    basis = sales_basis_of(train.value, log.columns)
    return Kept(measure(config.retention, train.definition, log, session(), basis, train.horizon_days))


def _composed(overrides: tuple[str, ...], horizon_days: int | None) -> Config:
    from setia.config import compose

    more = () if horizon_days is None else (f"horizon_days={horizon_days}",)
    return compose((*overrides, *more))
