"""What a policy decides on, and what it says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from setia.engine import Engine
from setia.history import Prepared
from setia.policy.doubt import Doubt
from setia.policy.offer import Offer
from setia.policy.profit import Expected
from setia.policy.stakes import Array, Stakes
from setia.source import Log

#: The statuses of the score table that policies tell apart.
LAPSED: Final = "lapsed"


@dataclass(frozen=True)
class Ground:
    """The customers of a log as of its last day, and the log itself.

    `margin` turns the money of the log into profit: what `stakes` have been multiplied with already. `keep_chance`:
    what an uplift model that has proved better says of each customer, shape (customers,); null: the offer's.
    `prepare`: the customer-days, made at the first call; a policy that needs none leaves them.
    """

    stakes: Stakes
    log: Log
    prepare: Callable[[], Prepared]
    engine: Engine
    horizon_days: int
    margin: float
    keep_chance: Array | None = None


@dataclass(frozen=True)
class Appraisal:
    """What a policy says of the customers it is for.

    `places`: of them in the stakes; `expected`: of each; `said`: a sentence of each, or none at all. `notes`: what
    whoever reads the list should know.
    """

    places: NDArray[np.int64]
    expected: Expected
    said: NDArray[np.object_] | None = None
    notes: tuple[str, ...] = field(default=())


class Policy(Protocol):
    """A way to choose whom to contact."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def offer(self) -> Offer:
        """What a contact costs, and is taken to achieve."""

    @property
    def doubt(self) -> Doubt:
        """How sure that is."""

    def appraise(self, ground: Ground) -> Appraisal:
        """Say what contacting each customer would bring."""
