"""A world of buyers of whom everything is known: who is alive, what each is worth, what a contact would change.

`simulate(world)` draws it; `alive`, `expected_future` and `outcomes` say what was true on any day of it,
`contact_truth` what a contact would bring,
and `after_contact` lets some be contacted.
"""

from __future__ import annotations

from setia.simulate.answer import after_contact
from setia.simulate.contact import Terms, contact_truth
from setia.simulate.simulation import Simulation, simulate
from setia.simulate.truth import alive, expected_future, outcomes
from setia.simulate.world import World

__all__ = [
    "Simulation",
    "Terms",
    "World",
    "after_contact",
    "alive",
    "contact_truth",
    "expected_future",
    "outcomes",
    "simulate",
]
