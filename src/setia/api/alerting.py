"""Whose purchase pattern has just changed for the worse: `make alert` from Python."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from setia.api.log import check_log
from setia.api.session import session
from setia.report.cells import Cells, Shown, money
from setia.timeline import date_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from setia.alert import Alerting
    from setia.source import Log


@dataclass(frozen=True, repr=False, eq=False)
class Alerts(Shown):
    """The alerts of a log's last days, and what such alerts have been worth."""

    result: Alerting

    def table(self) -> pd.DataFrame:
        """Return a row for each alert, most money at stake first, as `make alert` writes them (docs/alerts.md)."""
        from setia.report.alerts import table

        frame: pd.DataFrame = table(self.result).to_pandas()
        return frame

    def replay(self) -> pd.DataFrame:
        """Return what alerts would have been worth, a row for each method and number of alarms; empty if too short."""
        import pandas as pd

        from setia.report.alerts import replay_rows

        replayed = self.result.watched.replay
        return pd.DataFrame([] if replayed is None else replay_rows(replayed))

    def figure(self) -> Figure:
        """Draw which share of the lost money is told of in time, beside plain rules."""
        from setia.report.alerts import figure

        return figure(self.result)

    def _cells(self) -> Cells:
        found = self.result
        told = f"{len(found.alerts):,} of {found.customers:,} customers who are watched"
        stake = money(sum(one.stake for one in found.alerts), found.currency)
        rows = (("changed for the worse", told), ("at stake", stake))
        return Cells(f"Alerts of {found.log}, {date_of(found.since + 1)} to {date_of(found.as_of)}", rows)


def alerts(log: Log, *, overrides: tuple[str, ...] = ()) -> Alerts:
    """Tell whose pattern has changed for the worse in a log's last days, as `make alert` does, and write nothing.

    No ledger is kept: each call tells the alerts of the last `alert.first_days`. `overrides` are those of the command
    line, such as ("alert.false_alarms=5",).

    Raises:
        InputError: the log is too short to know anybody's pattern.
    """
    from setia.alert import alert
    from setia.config import compose
    from setia.value import sales_basis_of

    check_log(log, "setia.alerts(log)")
    config = compose(overrides)
    basis = sales_basis_of(config.train.value, log.columns)
    return Alerts(alert(replace(config.alert, ledger=None), log, session(), basis, config.train.seed))
