"""What a contact truly brings in a simulated world, by one who knows every latent but not the coming chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from setia.simulate.simulation import Simulation
from setia.simulate.truth import alive, expected_future, expected_of

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Terms:
    """A campaign: within `horizon` days, value over `clv_horizon` days discounted yearly; `margin` is the share of it
    that is profit. `offer` is paid to those who take it, `contact` for everybody."""

    horizon: int
    clv_horizon: int
    discount_rate_annual: float
    margin: float
    offer: float
    contact: float


@dataclass(frozen=True)
class Truth:
    """Of each customer, shape (customers,): who is `alive`; the chance of each who is to leave within the horizon; the
    chance of a purchase within it without a contact; the profit that comes if they are there for good (as far as their
    dropout lets them); the own chances that a contact keeps, wakes, or is taken up; `profit` of contacting them."""

    alive: npt.NDArray[np.bool_]
    leaves: Array
    buys: Array
    worth: Array
    keeps: Array
    wakes: Array
    takes: Array
    profit: Array


def contact_truth(simulation: Simulation, day: int, terms: Terms) -> Truth:
    """Return the expected profit of contacting each customer on a day.

    One who would leave within the horizon is kept with an own chance, takes the offer, and goes on as before from the
    middle of the horizon on (where leavers leave on average). One who has left comes back with `wake_share` of it. Who
    buys within the horizon all the same takes the offer with an own chance.
    """
    truth, world = simulation.truth, simulation.world
    here = alive(truth, day)
    born = np.asarray(truth["first_day"].to_numpy() <= day, dtype=np.bool_)
    leaves = -np.expm1(-truth["dropout_per_day"].to_numpy() * terms.horizon)
    buys = 1.0 - expected_future(simulation, day, terms.horizon)["p_none"].to_numpy()
    half = terms.horizon // 2
    span = max(terms.clv_horizon - half, 1)
    later = expected_of(simulation, born, day + half, span, terms.discount_rate_annual)["expected_value"].to_numpy()
    worth = later * terms.margin * (1 + terms.discount_rate_annual) ** (-half / 365.25)
    keeps, takes = truth["contact_uplift"].to_numpy(), truth["offer_take_rate"].to_numpy()
    wakes = world.wake_share * keeps
    of_the_living = leaves * keeps * (worth - terms.offer) - buys * takes * terms.offer
    profit = np.where(here, of_the_living, wakes * (worth - terms.offer)) - terms.contact
    return Truth(here, leaves, buys, worth, keeps, wakes, takes, np.where(born, profit, 0.0))
