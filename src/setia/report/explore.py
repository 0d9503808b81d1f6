"""The figures of a log before any model: when it was bought, how often, by how many, and who brought the money.

They take the table of customer-days: customer_id, date, is_purchase, and value where the log has amounts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from setia.metrics.curves import Array, gain, held_at
from setia.report import style
from setia.report.outcome import DEPTH

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from setia.defection import HorizonCurve

#: The figures of a log over time have about so many bars.
BARS: Final = 60
#: Fewest purchases of each group of customers, and what the group is called.
GROUPS: Final = ((1, "1"), (2, "2"), (3, "3 to 5"), (6, "6 to 10"), (11, "11 to 20"), (21, "21 to 50"), (51, "over 50"))


def over_time(days: pd.DataFrame) -> Figure:
    """Draw purchases per day, in whole weeks: first purchases of a customer, and all later ones."""
    import pandas as pd

    bought = days[days["is_purchase"]].sort_values("date", kind="stable")
    first = ~bought.duplicated("customer_id").to_numpy()
    back = (days["date"].max() - bought["date"]).dt.days.to_numpy()
    length = int(back.max()) + 1
    width = 7 * max(1, round(length / 7 / BARS))
    place = back // width
    spans = np.minimum(width, length - width * np.arange(place.max() + 1))
    ends = days["date"].max() - pd.to_timedelta(width * np.arange(len(spans)), unit="D")
    middle = (ends - pd.to_timedelta(spans / 2, unit="D")).to_numpy()
    figure, axes = style.blank(
        f"{_per_cent(1 - first.mean())} of all purchases are by customers who had bought before",
        f"{len(bought):,} purchases of {first.sum():,} customers, "
        f"{bought['date'].min():%Y-%m-%d} to {days['date'].max():%Y-%m-%d}",
        "",
        f"purchases per day (mean of {width} days)",
    )
    again = np.bincount(place[~first], minlength=len(spans)) / spans
    new = np.bincount(place[first], minlength=len(spans)) / spans
    wide = [np.timedelta64(int(span * 86_400 * 0.86), "s") for span in spans]
    axes.bar(middle, again, wide, color=style.OURS_LIGHT, label="later purchases")
    axes.bar(middle, new, wide, bottom=again, color=style.OURS, label="first purchases")
    axes.grid(visible=False, axis="x")
    style.thousands(axes)
    _room(axes, again + new)
    style.legend(axes, "upper right")
    return figure


def gaps(days: pd.DataFrame) -> Figure:
    """Draw how long it took from one purchase of a customer to the next, on a scale of doublings."""
    wait = gap_days(days)
    if not len(wait):
        return style.blank("No customer bought twice: there are no gaps", "", "days", "")[0]
    half, most = np.quantile(wait, [0.5, 0.9])
    figure, axes = style.blank(
        f"Half of all gaps are at most {_days(half)}, nine tenths at most {_days(most)}",
        f"{len(wait):,} gaps that ended with a purchase; the silence at the end of the log is no gap yet",
        "days from one purchase to the next",
        "share of gaps",
    )
    edges = np.unique(np.round(np.geomspace(1, max(wait.max(), 2) + 1, 28)))
    counts, _ = np.histogram(wait, edges)
    axes.bar(edges[:-1], counts / len(wait), np.diff(edges) * 0.94, align="edge", color=style.OURS_LIGHT)
    axes.set_xscale("log")
    for number, name in ((half, "half"), (most, "nine tenths")):
        axes.axvline(
            number, color=style.OURS, linewidth=1.6, linestyle="-" if name == "half" else (0, (4, 2)), label=name
        )
    ticks = [tick for tick in (1, 2, 4, 7, 14, 30, 60, 120, 240, 480, 960, 1920) if tick <= edges[-1]]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    _room(axes, counts / len(wait))
    axes.grid(visible=False, axis="x")
    style.per_cent(axes, "y", 0 if counts.max() / len(wait) > 0.05 else 1)
    style.legend(axes, "upper right")
    return figure


def returning(curve: HorizonCurve) -> Figure:
    """Draw which share of the returning customers is back after so many days, and the horizon read off it."""
    said = f"{_per_cent(curve.target)} of the customers who return"
    title = f"Within {_days(curve.horizon_days)}, at least {said} are back"
    if not curve.days:
        title = "Nobody returned in the second third of the log"
    elif not curve.reached:
        title = f"{said} need longer than {_days(curve.limit_days)}, the most this log can bear"
    figure, axes = style.blank(
        title,
        "customers known after one third of the log, followed through its second third",
        "days after",
        "share of those who returned",
    )
    axes.plot(curve.days, curve.share, **style.line(0), label="back by then")
    axes.axhline(curve.target, color=style.FAINT, linewidth=1, linestyle=(0, (2, 3)))
    axes.axvline(curve.horizon_days, **style.line(1), label=f"horizon: {_days(curve.horizon_days)}")
    axes.set(xlim=(0, None), ylim=(0, 1.02))
    style.per_cent(axes, "y")
    style.legend(axes, "lower right")
    return figure


def buyers(days: pd.DataFrame) -> Figure:
    """Draw how many customers bought once, twice and so on, beside the share of all value they brought."""
    by = _by_customer(days)
    counts, value = by["purchases"].to_numpy(), by["value"].to_numpy(dtype=np.float64)
    group = np.searchsorted([least for least, _ in GROUPS], counts, side="right") - 1
    customers = np.bincount(group, minlength=len(GROUPS)) / len(by)
    brought = np.bincount(group, value, minlength=len(GROUPS)) / _total(value)
    money = f", {_per_cent(brought[0])} of {_what(days)}" if np.isfinite(brought[0]) else ""
    figure, axes = style.blank(
        f"One-time buyers: {_per_cent(customers[0])} of the customers{money}",
        f"{len(by):,} customers by their purchases in the log",
        "purchases of a customer (days with at least one)",
        "share",
    )
    place = np.arange(len(GROUPS))
    axes.bar(place - 0.2, customers, 0.38, color=style.OURS_LIGHT, label="of all customers")
    if money:
        axes.bar(place + 0.2, brought, 0.38, color=style.OURS, label=f"of {_what(days)}")
    axes.set_xticks(place, [name for _, name in GROUPS])
    axes.grid(visible=False, axis="x")
    style.per_cent(axes, "y")
    _room(axes, np.fmax(customers, brought))
    style.legend(axes, "upper left")
    return figure


def concentration(days: pd.DataFrame) -> Figure:
    """Draw the share of all value that the best customers brought, from none of them to all."""
    value = _by_customer(days)["value"].to_numpy(dtype=np.float64)
    held = held_at(value, value, DEPTH)
    title = f"The best {_per_cent(DEPTH)} of the customers brought {_per_cent(held)} of {_what(days)}"
    figure, axes = style.blank(
        title if np.isfinite(held) else "More was refunded than sold: there are no shares of revenue",
        f"{len(value):,} customers, those who brought most first",
        "share of customers",
        f"share of {_what(days)}",
    )
    axes.plot([0, 1], [0, 1], color=style.FAINT, linewidth=1, label="if all were alike")
    axes.plot(*gain(value, value), **style.line(0), label="this log")
    axes.axvline(DEPTH, color=style.FAINT, linewidth=0.8, linestyle=(0, (2, 3)))
    axes.set(xlim=(0, 1), ylim=(0, None))
    style.per_cent(axes, "x")
    style.per_cent(axes, "y")
    style.legend(axes, "lower right")
    return figure


FIGURES: Final[dict[str, Callable[[pd.DataFrame], Figure]]] = {
    "over_time": over_time,
    "gaps": gaps,
    "buyers": buyers,
    "concentration": concentration,
}


def timeline(days: pd.DataFrame, last_day: pd.Timestamp) -> Figure:
    """Draw one customer's purchases and refunds up to the log's last day, with the silence at its end."""
    from matplotlib.dates import date2num

    bought = days[days["is_purchase"]]
    silence = int((last_day - bought["date"].max()).days)
    wait = gap_days(days)
    usual = f"; half of the gaps before were at most {_days(np.median(wait))}" if len(wait) else ""
    money = "value" in days
    span = f"1 purchase, on {bought['date'].min():%Y-%m-%d}"
    if len(bought) > 1:
        span = f"{len(bought):,} purchases from {bought['date'].min():%Y-%m-%d} to {bought['date'].max():%Y-%m-%d}"
    figure, axes = style.blank(
        f"No purchase for {_days(silence)}{usual}" if silence else f"Last purchase on the log's last day{usual}",
        f"customer {days['customer_id'].iloc[0]}: {span}",
        "",
        "value of the day" if money else "purchases",
    )
    height = days["value"].to_numpy() if money else np.ones(len(days))
    look: dict[str, Any] = {"linewidth": 1.6}
    for name, some, colour in (
        ("purchase", days["is_purchase"].to_numpy(), style.OURS),
        ("refund only", ~days["is_purchase"].to_numpy(), style.RULES[0]),
    ):
        if some.any():
            at = days["date"].to_numpy()[some]
            axes.vlines(at, 0, height[some], color=colour, **look)
            axes.plot(at, height[some], "o", markersize=5, color=colour, label=name)
    axes.axhline(0, color="#9AA5B1", linewidth=0.8)
    ends: list[float] = [date2num(day) for day in (bought["date"].max(), last_day)]  # type: ignore[no-untyped-call]
    axes.axvspan(ends[0], ends[1], color=style.GRID, alpha=0.7, linewidth=0, label="silence")
    style.thousands(axes)
    _room(axes, np.maximum(height, 0))
    style.legend(axes, "upper left")
    return figure


def gap_days(days: pd.DataFrame) -> Array:
    """Return the days between successive purchases of each customer, shape (gaps,)."""
    bought = days[days["is_purchase"]].sort_values(["customer_id", "date"])
    wait = bought.groupby("customer_id")["date"].diff().dropna().dt.days
    return np.asarray(wait, dtype=np.float64)


def customers(days: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each customer who ever bought, who brought most first: purchases, value, first, last.

    `value` is what all their days brought together (there is none without amounts); `first` and `last` are days of
    purchases.
    """
    by = _by_customer(days)
    bought = days[days["is_purchase"]].groupby("customer_id")["date"]
    found = by.assign(first=bought.min(), last=bought.max()).sort_values("value", ascending=False, kind="stable")
    return found if "value" in days else found.drop(columns="value")


def _by_customer(days: pd.DataFrame) -> pd.DataFrame:
    """Return purchases and value of every customer who ever bought; without amounts the value is the purchases."""
    by = days.groupby("customer_id").agg(purchases=("is_purchase", "sum"))
    by["value"] = days.groupby("customer_id")["value"].sum() if "value" in days else by["purchases"]
    return by[by["purchases"] > 0]


def _what(days: pd.DataFrame) -> str:
    return "all revenue" if "value" in days else "all purchases"


def _total(value: Array) -> float:
    total = float(value.sum())
    return total if total > 0 else float("nan")


def _room(axes: Axes, heights: Array) -> None:
    """Leave room above the bars for the legend."""
    axes.set_ylim(top=max(float(np.nanmax(heights)), 1e-9) * 1.25)


def _per_cent(share: float) -> str:
    if 0 < share < 0.001:
        return "under 0.1 %"
    return f"{100 * share:.{0 if share >= 0.01 or share == 0 else 1}f} %"


def _days(number: float) -> str:
    return f"{number:,.0f} day{'' if round(number) == 1 else 's'}"
