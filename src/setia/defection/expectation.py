"""What a customer's own past lets expect of the horizon: visits and spend, shrunken and seasonally adjusted."""

from __future__ import annotations

import narwhals as nw

from setia.engine import Frame
from setia.history import History


def expected(history: History, horizon_days: int, look_back_days: int) -> Frame:
    """Return `customer_id`, `visits` and `spend` to expect within the horizon if nothing changes, `past_visits`.

    Visits: the posterior mean (shape + n) / (scale + days) of a gamma-Poisson rate, with the base's own shape and
    scale, from the purchases n of the look-back (or of the tenure after the first purchase, where that is shorter),
    times the horizon, times `Base.season`. Spend: the same times the mean value of a purchase in the look-back.
    One row per customer with a purchase in the look-back.
    """
    base, age = history.base, nw.col("age_days")
    bought = history.days.filter(nw.col("is_purchase"))
    tenure = bought.group_by("customer_id").agg(T=age.max())
    recent = bought.filter(age < look_back_days).group_by("customer_id").agg(n=nw.len(), value=nw.col("value").sum())
    young = nw.col("T") < look_back_days
    # the first purchase began the count of days, so it says nothing of their rate
    count = nw.when(young).then(nw.col("n") - 1).otherwise(nw.col("n")).cast(nw.Float64)
    days = nw.when(young).then(nw.col("T")).otherwise(nw.lit(float(look_back_days)))
    ahead = horizon_days * base.season(horizon_days, look_back_days)
    visits = (count + base.rate_shape) / (days + base.rate_scale_days) * ahead
    return recent.join(tenure, on="customer_id", how="inner").select(
        "customer_id",
        visits=visits,
        spend=visits * nw.col("value") / nw.col("n"),
        past_visits=nw.col("n"),
    )
