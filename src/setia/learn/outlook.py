"""What is fitted for the years ahead: purchases on the season's clock, amounts, and what refunds leave of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import narwhals as nw
import numpy as np

from setia import btyd
from setia.engine import Engine, Frame
from setia.history import Prepared
from setia.learn.dropout import MODELS, Dropout, DropoutSettings
from setia.learn.predictor import Array
from setia.learn.season import LEAST_DAYS, Season, fit_season


@dataclass(frozen=True)
class Outlook:
    """`purchases`: a model whose days are those of `season`'s clock. `amounts`: None where value is counted in
    purchases. `net_share`: value net of refunds over the value of purchase days."""

    purchases: btyd.ParetoNBD | btyd.MBGNBD
    amounts: btyd.GammaGamma | None
    season: Season = field(default_factory=Season)
    net_share: float = 1.0

    @staticmethod
    def of(dropout: Dropout) -> Outlook:
        """Return the outlook of a dropout model: days all alike, refunds not known."""
        return Outlook(dropout.purchases, dropout.amounts)

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters as plain numbers, for JSON."""
        kind = next(name for name, model in MODELS.items() if isinstance(self.purchases, model))
        return {"model": kind, **asdict(self)}

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> Outlook:
        """Read back what `as_dict` gave."""
        amounts, season = content["amounts"], content["season"]
        return Outlook(
            MODELS[content["model"]](**content["purchases"]),
            None if amounts is None else btyd.GammaGamma(**amounts),
            Season(tuple(season["cosines"]), tuple(season["sines"])),
            content["net_share"],
        )


def fit_outlook(settings: DropoutSettings, prepared: Prepared, cutoff: int, basis: str, engine: Engine) -> Outlook:
    """Fit to everything known at a cutoff. No outcome is needed, so this may be the log's last day.

    The season is left out where the log is shorter than `LEAST_DAYS`.
    """
    days, first_day = prepared.known(cutoff), prepared.first_day
    people = _people(days, engine, basis)
    first_age, last_age, count = people["first_age"], people["last_age"], people["purchases"]
    place = cutoff - first_day + 1
    season = _season(days, engine, first_age, cutoff) if place >= LEAST_DAYS else Season()
    clock = season.clock(first_day, cutoff)
    T = clock[place] - clock[(place - first_age).astype(np.int64)]
    recency = clock[(place - last_age).astype(np.int64)] - clock[(place - first_age).astype(np.int64)]
    counts, _ = btyd.compress(count - 1, np.minimum(recency, T), T)
    purchases: Any = btyd.FITS[settings.model](counts)
    if basis == "purchases":
        return Outlook(purchases, None, season)
    bought = people["purchase_value"]
    usable = bought > 0
    amounts = btyd.gamma_gamma.fit(count[usable], bought[usable] / count[usable]) if usable.any() else None
    net = float(people["value"].sum() / bought[usable].sum()) if usable.any() else 1.0
    return Outlook(purchases, amounts, season, float(np.clip(net, 0.0, 1.0)))


def _people(days: Frame, engine: Engine, basis: str) -> dict[str, Array]:
    """Return one entry per customer: ages of the first and last purchase, purchases, and their value."""
    one = nw.col("is_purchase").cast(nw.Float64)
    age = nw.when(nw.col("is_purchase")).then(nw.col("age_days"))
    wanted = [age.max().alias("first_age"), age.min().alias("last_age"), one.sum().alias("purchases")]
    if basis != "purchases":
        wanted += [nw.col("value").sum().alias("value"), nw.col("purchase_value").sum().alias("purchase_value")]
    table = engine.arrow(days.group_by("customer_id").agg(*wanted).filter(nw.col("purchases") > 0).sort("customer_id"))
    # rounded as in the panel: engines add up in another order each time
    columns = [name for name in table.column_names if name != "customer_id"]
    return {name: _rounded(np.asarray(table[name].to_numpy(), dtype=np.float64)) for name in columns}


def _rounded(values: Array) -> Array:
    return np.asarray(np.round(np.nan_to_num(values), 6), dtype=np.float64)


def _season(days: Frame, engine: Engine, first_age: Array, cutoff: int) -> Season:
    bought = days.filter(nw.col("is_purchase"))
    firsts = bought.filter(nw.col("is_first")).select("customer_id", first_age=nw.col("age_days"))
    cells = engine.arrow(
        bought.filter(~nw.col("is_first"))
        .select("customer_id", week=_weeks("age_days"))
        .join(firsts, on="customer_id", how="inner")
        .with_columns(cohort=_weeks("first_age"))
        .group_by("cohort", "week")
        .agg(purchases=nw.len())
        .sort("cohort", "week")
    )
    customers = np.bincount(first_age.astype(np.int64) // 7).astype(np.float64)
    cohort, week, purchases = (
        np.asarray(cells[name].to_numpy(), dtype=np.float64) for name in ("cohort", "week", "purchases")
    )
    return fit_season(cohort, week, purchases, customers, cutoff)


def _weeks(age: str) -> nw.Expr:
    return (nw.col(age).cast(nw.Float64) / 7).floor().cast(nw.Int64)
