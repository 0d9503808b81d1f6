"""What sets the most valuable customers apart from the rest at their first purchase: whom to acquire more of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from setia.engine import Engine
from setia.source import Log

#: Who comes again within so many days of the first purchase, came again soon.
SOON_DAYS: Final = 30
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
#: Two-sided 95 %, over all traits together (Bonferroni).
ALPHA: Final = 0.05


@dataclass(frozen=True)
class Trait:
    """A trait of the first purchase. `valuable`, `rest`: shares of both kinds of customers who have it; `lift`: the
    ratio of the two, with an interval that holds with 95 % for all traits together."""

    what: str
    is_: str
    valuable: float
    rest: float
    lift: float
    lo: float
    hi: float

    @property
    def evident(self) -> bool:
        """Whether the two kinds of customers differ in it beyond chance."""
        return self.lo > 1 or self.hi < 1


def profile(log: Log, engine: Engine, ids: NDArray[np.object_], valuable: NDArray[np.bool_], least: int) -> list[Trait]:
    """Compare the first purchases of the valuable with those of the rest, clearest difference first.

    `ids` and `valuable` have the shape (customers,). The value of the basket is told in thirds of the base. Traits of
    fewer than `least` of the valuable are left out. The ratio's interval is that of its logarithm (Katz et al. 1978).
    """
    from scipy.stats import norm

    traits = first_purchases(log, engine, ids)
    counted: list[tuple[str, str, int, int]] = []
    for what, said in traits.items():
        known = np.array([one is not None for one in said], dtype=np.bool_)
        for one in sorted(set(said[known].tolist())):
            has = known & (said == one)
            counted.append((what, str(one), int((has & valuable).sum()), int((has & ~valuable).sum())))
    n, m = int(valuable.sum()), int((~valuable).sum())
    kept = [row for row in counted if row[2] >= least and row[3] > 0]
    reach = float(norm.ppf(1 - ALPHA / 2 / max(len(kept), 1)))
    found = []
    for what, one, a, b in kept:
        p, q = a / n, b / m
        spread = reach * float(np.sqrt((1 - p) / a + (1 - q) / b))
        lift = p / q
        found.append(Trait(what, one, p, q, lift, lift * float(np.exp(-spread)), lift * float(np.exp(spread))))
    return sorted(found, key=lambda trait: (not trait.evident, -abs(np.log(trait.lift))))


def first_purchases(log: Log, engine: Engine, ids: NDArray[np.object_]) -> Mapping[str, NDArray[np.object_]]:
    """Return the traits of each customer's first purchase, shape (customers,); null where nothing is known."""
    import pandas as pd

    bought = log.lines if "amount" not in log.columns else log.lines.filter(nw.col("amount") > 0)
    first = bought.group_by("customer_id").agg(nw.col("day").min().alias("first_day"))
    lines = bought.join(first, on="customer_id", how="inner")
    again = lines.filter(nw.col("day") > nw.col("first_day")).group_by("customer_id").agg(nw.col("day").min())
    wanted = [name for name in ("amount", "category", "channel", "discount") if name in log.columns]
    opening = lines.filter(nw.col("day") == nw.col("first_day")).select("customer_id", "first_day", *wanted)
    basket: Any = engine.arrow(opening).to_pandas()
    second: Any = engine.arrow(again).to_pandas().set_index("customer_id")["day"]
    group = basket.groupby("customer_id")
    day = group["first_day"].first().reindex(ids)
    dates = pd.to_datetime(day, unit="D")
    found: dict[str, Any] = {
        "weekday": dates.dt.day_of_week.map(dict(enumerate(WEEKDAYS))),
        "month": dates.dt.month.map(dict(enumerate(MONTHS, start=1))),
    }
    # who came first too short a while ago may still come again
    waited = day + SOON_DAYS <= log.last_day
    soon = second.reindex(ids) - day <= SOON_DAYS
    found["came again"] = pd.Series(np.where(soon, f"within {SOON_DAYS} days", "later or not"), index=day.index).where(
        waited
    )
    if "amount" in wanted:
        found["basket value"] = _thirds(group["amount"].sum().reindex(ids))
    if "discount" in wanted:
        given = group["discount"].agg(lambda column: bool((column.abs() > 0).any())).reindex(ids)
        found["discount"] = given.map({True: "some", False: "none"})
    for name in ("category", "channel"):
        if name in wanted:
            weight = "amount" if "amount" in wanted else "first_day"
            most = basket.dropna(subset=[name]).groupby(["customer_id", name])[weight].sum().reset_index()
            most = most.sort_values(["customer_id", weight, name], ascending=[True, False, True])
            found[f"first {name}"] = most.groupby("customer_id")[name].first().reindex(ids)
    if "category" in wanted:
        found["categories"] = group["category"].nunique().reindex(ids).map(lambda n: None if n != n else _few(int(n)))
    return {name: column.astype(object).where(column.notna(), None).to_numpy() for name, column in found.items()}


def _thirds(value: Any) -> Any:
    import pandas as pd

    low, high = value.quantile([1 / 3, 2 / 3])
    names = np.select([value <= low, value <= high], ["low third", "middle third"], "high third")
    return pd.Series(names.astype(object), index=value.index).where(value.notna())


def _few(count: int) -> str:
    return "1" if count <= 1 else "2 or 3" if count <= 3 else "4 or more"
