"""What can be said of a customer as a reason, and for whom each phrase is true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from setia.learn.predictor import Array

Mask = NDArray[np.bool_]

#: The features that the phrases quote, whether or not the model uses them.
QUOTED: Final = (
    *("days_since_last", "T_days", "frequency", "purchases_total"),
    *("purchases_30d", "purchases_60d", "purchases_90d", "purchases_180d"),
    *("gap_mean_days", "gap_median_days", "gap_min_days", "gap_max_days", "gap_recent_days"),
    *("spend_30d", "spend_60d", "spend_90d", "spend_180d", "value_first", "value_mean", "value_recent"),
    *("categories_lost_share", "categories_total", "products_total", "lines_mean"),
    *("discounted_purchase_share", "refund_share"),
    *("purchases_next_28d_last_year", "base_trend_28d", "weekday_top_share"),
)


class Known:
    """The quoted features of some customers and what follows from them, by name; NaN where undefined or absent.

    `NAME_typical` is the base's median of a feature, the same for every customer.
    """

    def __init__(self, features: Mapping[str, Array], typical: Mapping[str, float], rows: int) -> None:
        absent = np.full(rows, np.nan)
        known = {name: features.get(name, absent) for name in QUOTED}
        known |= {f"{name}_typical": np.full(rows, typical.get(name, np.nan)) for name in QUOTED}
        for kind in ("purchases", "spend"):
            for days, both in ((30, 60), (90, 180)):
                now, before = known[f"{kind}_{days}d"], known[f"{kind}_{both}d"] - known[f"{kind}_{days}d"]
                ratio = np.divide(now, before, out=absent.copy(), where=before > 0)
                known[f"{kind}_{days}d_before"] = before
                known[f"{kind}_{days}d_ratio"], known[f"{kind}_{days}d_change"] = ratio, np.abs(ratio - 1)
        known["base_change"] = np.abs(known["base_trend_28d"] - 1)
        self._known = known

    def __getitem__(self, name: str) -> Array:
        return self._known[name]


@dataclass(frozen=True)
class Phrase:
    """One thing to say of a theme.

    `key` finds the words. `speaks` is 1 where the fact can only explain defection, -1 only staying, 0 either.
    `fields` names each gap of the words, its unit and the number.
    """

    theme: str
    key: str
    speaks: int
    holds: Callable[[Known], Mask]
    fields: tuple[tuple[str, str, str], ...] = ()

    def true_of(self, known: Known) -> Mask:
        """Whether it holds and every number that it quotes is known, shape (rows,)."""
        true = self.holds(known)
        for _, _, name in self.fields:
            true = true & np.isfinite(known[name])
        return true


def _level(theme: str, key: str, name: str, unit: str, holds: Callable[[Known], Mask], speaks: int = 0) -> list[Phrase]:
    """Say a level, beside what is typical where the two differ by a tenth or more."""
    typical, level = f"{name}_typical", ("level", unit, name)

    def differs(k: Known) -> Mask:
        return holds(k) & (np.abs(k[name] - k[typical]) >= 0.1 * np.abs(k[typical]))

    return [
        Phrase(theme, f"{key}_typical", speaks, differs, (level, ("typical", unit, typical))),
        Phrase(theme, key, speaks, holds, (level,)),
    ]


def _silence() -> list[Phrase]:
    silence, ago = ("silence", "days", "days_since_last"), ("ago", "ago", "days_since_last")
    usual = ("usual", "every", "gap_median_days")
    first_gap = ("usual", "days", "gap_median_days")

    def late(k: Known) -> Mask:
        return k["days_since_last"] > k["gap_median_days"]

    return [
        Phrase("silence", "late", 1, lambda k: late(k) & (k["frequency"] >= 2), (silence, usual)),
        Phrase("silence", "late_third", 1, late, (silence, first_gap)),
        Phrase("silence", "in_time", -1, lambda k: ~late(k) & (k["frequency"] >= 2), (ago, usual)),
        Phrase("silence", "last_purchase", 0, lambda k: k["days_since_last"] >= 0, (ago,)),
    ]


def _visits() -> list[Phrase]:
    purchases, tenure = ("purchases", "purchases", "purchases_total"), ("tenure", "days", "T_days")

    def often(k: Known) -> Mask:
        return (k["T_days"] >= 90) & (k["purchases_90d"] >= 2)

    return [
        Phrase("visits", "one_purchase", 1, lambda k: k["frequency"] == 0),
        *_level("visits", "purchases_90d", "purchases_90d", "purchases", often, -1),
        Phrase("visits", "purchases_ever", 0, lambda k: k["frequency"] >= 1, (purchases, tenure)),
        *_level("tenure", "tenure", "T_days", "days", lambda k: k["frequency"] >= 1),
    ]


def _compared(days: int, least: int) -> Callable[[Known], Mask]:
    """Whether the last days and as many before them hold enough purchases to be compared."""
    return lambda k: (k["T_days"] >= 2 * days) & (k[f"purchases_{2 * days}d"] >= least)


def _visit_change(days: int, least: int) -> list[Phrase]:
    enough = _compared(days, least)
    now, before = f"purchases_{days}d", f"purchases_{days}d_before"
    fields = (("now", "purchases", now), ("before", "count", before))
    return [
        Phrase("visit_change", f"visits_{days}d", 1, lambda k: enough(k) & (k[now] < k[before]), fields),
        Phrase("visit_change", f"visits_{days}d", -1, lambda k: enough(k) & (k[now] > k[before]), fields),
    ]


def _gap_change() -> list[Phrase]:
    fields = (("now", "every", "gap_recent_days"), ("before", "every", "gap_mean_days"))

    def changed(k: Known) -> Array:
        """Return the change in whole days: what rounds to the same number is no change."""
        change: Array = np.rint(k["gap_recent_days"]) - np.rint(k["gap_mean_days"])
        return np.where(k["frequency"] >= 4, change, np.nan)

    return [
        Phrase("visit_change", "gap_change", 1, lambda k: changed(k) > 0, fields),
        Phrase("visit_change", "gap_change", -1, lambda k: changed(k) < 0, fields),
    ]


def _spend_change(days: int, least: int) -> list[Phrase]:
    enough = _compared(days, least)
    now, before, ratio = f"spend_{days}d", f"spend_{days}d_before", f"spend_{days}d_ratio"
    change, times = (("change", "share", f"spend_{days}d_change"),), (("change", "times", ratio),)

    def phrase(
        key: str, speaks: int, holds: Callable[[Known], Mask], fields: tuple[tuple[str, str, str], ...]
    ) -> Phrase:
        return Phrase("spend_change", f"{key}_{days}d", speaks, lambda k: enough(k) & holds(k), fields)

    return [
        phrase("spend_none", 1, lambda k: (k[now] <= 0) & (k[before] > 0), (("before", "money", before),)),
        phrase("spend_less", 1, lambda k: k[ratio] <= 0.9, change),
        phrase("spend_more", -1, lambda k: (k[ratio] >= 1.1) & (k[ratio] < 3), change),
        phrase("spend_times", -1, lambda k: k[ratio] >= 3, times),
    ]


def _spend() -> list[Phrase]:
    fields = (("now", "money", "value_recent"), ("before", "money", "value_mean"))

    def comparable(k: Known) -> Mask:
        return (k["frequency"] >= 4) & (k["value_recent"] > 0) & (k["value_mean"] > 0)

    return [
        Phrase(
            "spend_change",
            "value_change",
            1,
            lambda k: comparable(k) & (k["value_recent"] <= 0.9 * k["value_mean"]),
            fields,
        ),
        Phrase(
            "spend_change",
            "value_change",
            -1,
            lambda k: comparable(k) & (k["value_recent"] >= 1.1 * k["value_mean"]),
            fields,
        ),
        *_level(
            "spend", "first_value", "value_first", "money", lambda k: (k["frequency"] == 0) & (k["value_first"] > 0)
        ),
        *_level("spend", "mean_value", "value_mean", "money", lambda k: k["value_mean"] > 0),
    ]


def _habits() -> list[Phrase]:
    least, most = ("least", "count", "gap_min_days"), ("most", "days", "gap_max_days")
    share, discount = "weekday_top_share", "discounted_purchase_share"

    def ranges(k: Known) -> Mask:
        return (k["frequency"] >= 2) & (k["gap_max_days"] > k["gap_min_days"])

    return [
        Phrase("regularity", "gap_range", 0, ranges, (least, most)),
        Phrase("regularity", "gap_same", 0, lambda k: k["frequency"] >= 2, (("gap", "days", "gap_max_days"),)),
        *_level("habits", "weekday", share, "share", lambda k: (k["frequency"] >= 3) & (k[share] > 0)),
        *_level("discounts", "discounted", discount, "share", lambda k: k[discount] > 0),
        Phrase("discounts", "undiscounted", 0, lambda k: k[discount] == 0),
    ]


def _baskets() -> list[Phrase]:
    lost = "categories_lost_share"
    return [
        Phrase("breadth", "categories_lost", 1, lambda k: k[lost] >= 0.1, (("share", "share", lost),)),
        *_level("breadth", "breadth", "categories_total", "categories", lambda k: k["categories_total"] >= 1),
        *_level("breadth", "breadth", "products_total", "products", lambda k: k["products_total"] >= 1),
        *_level("basket", "lines", "lines_mean", "lines", lambda k: k["lines_mean"] > 0),
        *_level("returns", "refunded", "refund_share", "share", lambda k: k["refund_share"] > 0),
        Phrase("returns", "unreturned", -1, lambda k: k["refund_share"] == 0),
    ]


def _season() -> list[Phrase]:
    last_year, change = "purchases_next_28d_last_year", (("change", "share", "base_change"),)
    return [
        Phrase("season", "season_some", 0, lambda k: k[last_year] >= 1, (("purchases", "purchases", last_year),)),
        Phrase("season", "season_none", 1, lambda k: k[last_year] == 0),
        Phrase("season", "base_less", 1, lambda k: k["base_trend_28d"] <= 0.95, change),
        Phrase("season", "base_more", -1, lambda k: k["base_trend_28d"] >= 1.05, change),
    ]


#: Of each theme the first phrase that holds and does not speak against the direction is said.
PHRASES: Final = (
    *_silence(),
    *_visits(),
    *_visit_change(30, 4),
    *_visit_change(90, 3),
    *_gap_change(),
    *_spend_change(30, 4),
    *_spend_change(90, 3),
    *_spend(),
    *_habits(),
    *_baskets(),
    *_season(),
)
