"""What was true on any day of a simulated world: who was alive, what could be expected, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from setia.simulate.season import Season
from setia.simulate.simulation import Simulation

if TYPE_CHECKING:
    import pyarrow as pa

Array = npt.NDArray[np.float64]


def alive(truth: pa.Table, day: int) -> npt.NDArray[np.bool_]:
    """Return who has bought by the end of `day` and not left by then, shape (customers,)."""
    first, death = truth["first_day"].to_numpy(), truth["death_day"].to_numpy()
    return np.asarray((first <= day) & (death >= day + 1), dtype=np.bool_)


def expected_future(simulation: Simulation, day: int, horizon: int, discount_rate_annual: float = 0.0) -> pa.Table:
    """Return what one who knows every latent (but not the coming chance) expects of (day, day + horizon].

    One row per customer: customer_id, alive, p_none (no purchase), expected_purchases (days with a purchase),
    expected_value (money net of refunds, which are counted with their order; discounted by day to `day`).
    Customers not yet born or no longer alive by `day` get p_none 1 and zeros. The halving of a rate is a
    latent and known. With `regularity` above 1 purchases are taken as memoryless, at the same mean rate.
    """
    here = alive(simulation.truth, day)
    return expected_of(simulation, here, day, horizon, discount_rate_annual)


def expected_of(
    simulation: Simulation,
    here: npt.NDArray[np.bool_],
    day: int,
    horizon: int,
    discount_rate_annual: float = 0.0,
) -> pa.Table:
    """Return the same as `expected_future`, where `here` says who is taken to be there on the day, alive or not."""
    import pyarrow as pa

    truth, world = simulation.truth, simulation.world
    rate, dropout, spend = (truth[name].to_numpy()[here] for name in ("rate_per_day", "dropout_per_day", "mean_spend"))
    halved = truth["halved_day"].fill_null(np.inf).to_numpy()[here]
    season = Season.of(world, day + 1, horizon)
    silent, gone, living = np.ones(len(rate)), np.zeros(len(rate)), np.ones(len(rate))
    purchases, orders = np.zeros(len(rate)), np.zeros(len(rate))
    stay, stays = np.exp(-dropout), _growth(dropout)
    for ahead, appetite in enumerate(season.appetite, start=1):
        pace = rate * appetite * np.where(halved <= day + ahead, 0.5, 1.0)
        leave = -np.expm1(-(pace + dropout))  # by a purchase or by death, whichever is first
        with np.errstate(invalid="ignore"):
            by_purchase = np.where(pace + dropout > 0, pace / (pace + dropout), 0.0)
        purchases += living * leave * by_purchase
        orders += living * pace * stays * (1 + discount_rate_annual) ** (-ahead / 365.25)
        gone += silent * leave * (1 - by_purchase)
        silent *= 1 - leave
        living *= stay
    value = orders * spend * net_share(simulation)
    answers = {"p_none": silent + gone, "expected_purchases": purchases, "expected_value": value}
    columns = {name: _spread(here, values, float(name == "p_none")) for name, values in answers.items()}
    return pa.table({"customer_id": truth["customer_id"], "alive": here, **columns})


def _growth(dropout: Array) -> Array:
    """Return the mean time alive within a day."""
    safe = np.maximum(dropout, 1e-300)
    return np.where(dropout > 1e-12, -np.expm1(-dropout) / safe, 1.0)


def _spread(here: npt.NDArray[np.bool_], values: Array, otherwise: float) -> Array:
    out = np.full(len(here), otherwise)
    out[here] = values
    return out


def net_share(simulation: Simulation) -> float:
    """Return the share of an order's amount that refunds leave: one of its 1 + Poisson lines may come back."""
    world, more = simulation.world, simulation.world.lines_per_order - 1
    return 1 - world.refund_share * (-np.expm1(-more) / more if more > 0 else 1.0)


def outcomes(simulation: Simulation, day: int, horizon: int) -> pa.Table:
    """Return what came of (day, day + horizon]: customer_id, purchases (days with one) and value (net of refunds).

    The log must reach that far; beyond its end nothing is seen.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    when = simulation.lines["day"]
    seen = simulation.lines.filter(pc.and_(pc.greater(when, day), pc.less_equal(when, day + horizon)))
    ids = simulation.truth["customer_id"]
    who = pc.index_in(seen["customer_id"], value_set=ids.combine_chunks()).to_numpy().astype(np.int64)
    amount = seen["amount"].to_numpy()
    bought = np.unique((who * horizon + seen["day"].to_numpy() - day - 1)[amount > 0]) // horizon
    n = len(ids)
    purchases = np.bincount(bought, minlength=n).astype(np.float64)
    return pa.table(
        {"customer_id": ids, "purchases": purchases, "value": np.bincount(who, weights=amount, minlength=n)}
    )
