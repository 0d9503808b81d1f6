"""A made-up world in which some customers are contacted: who would have left and is kept goes on buying."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from setia.simulate.baskets import fill_baskets
from setia.simulate.customers import Customers, truth_table
from setia.simulate.orders import draw_orders
from setia.simulate.simulation import Simulation
from setia.simulate.truth import alive


def after_contact(
    simulation: Simulation, day: int, horizon: int, contacted: npt.NDArray[np.bool_], seed: int = 0
) -> Simulation:
    """Return the world as it goes on when some customers are contacted on a day: `contacted`, shape (customers,).

    Who would leave within (day, day + horizon] is kept with their own `contact_uplift`; who has left by the day is
    woken with `wake_share` of it. Either buys on the day of leaving, or on the day after the contact, and lives on with
    the same rates, by a lifetime drawn anew. Nothing else of the world changes.
    """
    import pyarrow as pa

    world, truth = simulation.world, simulation.truth
    random = np.random.default_rng([world.seed, seed])
    latents: dict[str, npt.NDArray[Any]] = {name: _column(truth, name) for name in Customers.__dataclass_fields__}
    here = alive(truth, day)
    born = latents["first_day"] <= day
    leaves = here & (latents["death_day"] < day + horizon + 1)
    gone = born & ~here
    chance = np.where(leaves, 1.0, np.where(gone, world.wake_share, 0.0)) * latents["contact_uplift"]
    answers = contacted & (random.random(len(chance)) < chance)
    again = np.where(gone, day + 1.0, latents["death_day"])
    answers &= again <= world.last_day
    # as at a first purchase, which is at noon
    longer = np.floor(again) + 0.5 + random.exponential(1.0, len(chance)) / latents["dropout_per_day"]
    latents["death_day"] = np.where(answers, np.minimum(longer, 1e9), latents["death_day"])
    after = Customers(**latents)
    some = np.flatnonzero(answers)
    if not len(some):
        return simulation
    lives = Customers(**{name: column[some] for name, column in latents.items()})
    lives = replace(lives, first_day=np.floor(again[some]).astype(np.int32))
    orders = draw_orders(world, lives, random)
    more = fill_baskets(world, lives, orders, truth["customer_id"].take(pa.array(some)), random)
    names = pa.array([f"again-{name}" for name in more["order_id"].to_pylist()])
    more = more.set_column(more.schema.get_field_index("order_id"), "order_id", names)
    return Simulation(
        world, pa.concat_tables([simulation.lines, more.cast(simulation.lines.schema)]), truth_table(after)
    )


def _column(truth: Any, name: str) -> npt.NDArray[Any]:
    return np.asarray(
        truth[name].combine_chunks().fill_null(np.inf).to_numpy() if name == "halved_day" else truth[name]
    )
