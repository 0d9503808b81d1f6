"""Looking at a log: its features, its customer-days, its figures, one of its customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw

from setia.api.log import check_log
from setia.api.session import prepared_of, session
from setia.errors import InputError
from setia.report.customer import Customer

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from setia.source import Log


def feature_table(log: Log) -> pd.DataFrame:
    """Return the feature table of a log as of its last day, one row per customer."""
    from setia.features import select, table

    check_log(log, "setia.feature_table(log)")
    found = table(prepared_of(log), log.last_day, select(log.columns))
    frame: pd.DataFrame = found.sort_by("customer_id").to_pandas()
    return frame


def purchases(log: Log, customer_id: str | None = None) -> pd.DataFrame:
    """Return the log's customer-days (of one customer, or all): customer_id, date, value, is_purchase.

    Without amounts there is no column `value`.
    """
    import pandas as pd

    check_log(log, "setia.purchases(log)")
    prepared = prepared_of(log)
    days = prepared.known(log.last_day)
    if customer_id is not None:
        days = days.filter(nw.col("customer_id") == prepared.number(str(customer_id)))
    wanted = ["customer_id", "day", *(["value"] if "amount" in log.columns else []), "is_purchase"]
    table = session().arrow(days.select(wanted).sort("customer_id", "day"))
    frame: pd.DataFrame = table.set_column(0, "customer_id", prepared.ids(table["customer_id"])).to_pandas()
    frame.insert(1, "date", pd.to_datetime(frame.pop("day"), unit="D"))
    return frame


def figure(log: Log, name: str) -> Figure:
    """Draw a figure of a log: over_time, gaps, horizon, buyers or concentration.

    Raises:
        InputError: there is no such figure.
    """
    from setia.defection import choose_horizon
    from setia.report import explore

    check_log(log, "setia.figure(log, name)")
    if name == "horizon":
        return explore.returning(choose_horizon(prepared_of(log), session(), log.first_day, log.last_day))
    if name not in explore.FIGURES:
        raise InputError(f"There is no figure {name!r} of a log; there are horizon, {', '.join(explore.FIGURES)}.")
    return explore.FIGURES[name](purchases(log))


def customer(log: Log, customer_id: str) -> Customer:
    """Look at one customer of a log.

    Raises:
        InputError: nobody of that name bought anything.
    """
    import pandas as pd

    from setia.features import select
    from setia.report.customer import beside_the_base

    customer_id, table = str(customer_id), feature_table(log).set_index("customer_id")
    if customer_id not in table.index:
        raise InputError(
            f"No customer {customer_id!r} has a purchase in {log.name}; one who has is {str(table.index[0])!r}."
        )
    meanings = {feature.name: feature.doc for feature in select(log.columns)}
    features = beside_the_base(table, customer_id, meanings)
    return Customer(customer_id, purchases(log, customer_id), features, pd.Timestamp(log.last_day, unit="D"))
