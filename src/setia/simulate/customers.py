"""Who lives in the world: rates, lifetimes, spend and answer to a contact, one array each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from setia.simulate.world import World

if TYPE_CHECKING:
    import pyarrow as pa

Array = npt.NDArray[np.float64]

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Customers:
    """The latents of every customer; arrays of one length, times in days since 1970-01-01."""

    first_day: npt.NDArray[np.int32]
    death_day: Array
    rate_per_day: Array
    dropout_per_day: Array
    halved_day: Array
    mean_spend: Array
    contact_uplift: Array
    offer_take_rate: Array

    def __len__(self) -> int:
        return len(self.first_day)


def draw_customers(world: World, rng: np.random.Generator) -> Customers:
    """Draw all latents."""
    n = world.customers
    unit_rate = rng.gamma(world.rate_shape, 1.0 / world.rate_shape, n)
    dropout = rng.gamma(world.dropout_shape, world.dropout_per_year / world.dropout_shape / DAYS_PER_YEAR, n)
    first = world.first_day + rng.integers(0, world.acquisition_days, n).astype(np.int32)
    # the first purchase is at noon, so that whole days between purchases are right on average
    with np.errstate(divide="ignore", over="ignore"):
        death = first + 0.5 + rng.exponential(1.0, n) / dropout
    halves = rng.random(n) < world.halving_share
    on = rng.integers(first, world.last_day + 1, n)
    return Customers(
        first_day=first,
        death_day=np.minimum(death, 1e9),
        rate_per_day=unit_rate * world.purchases_per_year / DAYS_PER_YEAR,
        dropout_per_day=dropout,
        halved_day=np.where(halves, on.astype(np.float64), np.inf),
        mean_spend=_spend(world, unit_rate, rng),
        contact_uplift=_chances(world.contact_uplift, world.contact_concentration, n, rng),
        offer_take_rate=_chances(world.offer_take_rate, world.contact_concentration, n, rng),
    )


def _spend(world: World, unit_rate: Array, rng: np.random.Generator) -> Array:
    score = rng.standard_normal(len(unit_rate))
    rho = world.rate_spend_correlation
    if rho:
        from scipy.special import gammainc, ndtri

        ranked = np.clip(gammainc(world.rate_shape, unit_rate * world.rate_shape), 1e-12, 1 - 1e-12)
        score = rho * ndtri(ranked) + np.sqrt(1 - rho**2) * score
    sigma = world.spend_spread
    return np.asarray(world.spend_mean * np.exp(sigma * score - 0.5 * sigma**2), dtype=np.float64)


def _chances(mean: float, concentration: float, n: int, rng: np.random.Generator) -> Array:
    if mean in (0.0, 1.0):
        return np.full(n, mean)
    return rng.beta(mean * concentration, (1 - mean) * concentration, n)


def truth_table(customers: Customers) -> pa.Table:
    """Return the latents as a table, with the customers' ids."""
    import pyarrow as pa
    import pyarrow.compute as pc

    number = pa.array(np.arange(len(customers))).cast(pa.string())
    ids = pc.binary_join_element_wise("c", pc.utf8_lpad(number, 7, "0"), "")
    halved = pa.array(customers.halved_day, mask=np.isinf(customers.halved_day))
    columns = {name: getattr(customers, name) for name in Customers.__dataclass_fields__}
    return pa.table({"customer_id": ids, **columns, "halved_day": halved})
