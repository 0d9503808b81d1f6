"""How the effect of a contact is learnt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from setia.errors import InputError

Learner = Literal["t", "x", "dr"]


@dataclass(frozen=True)
class UpliftSettings:
    """The learner and its restraint; effects are small beside what varies without them, so there is much of it.

    `learner`: "t" takes the difference of one model per arm, "x" learns imputed effects per arm (Künzel et al. 2019),
    "dr" learns doubly robust ones (Kennedy 2023), which stay right on average where the chance of treatment followed
    the customer; which one orders customers best depends on the campaign (DECISIONS.md).
    Each of their models is the mean of a forest of `rounds` trees with `leaves` leaves, of which each holds at least
    `leaf_share` of the rows, and a ridge line over ranks whose `penalty` counts per row (1 halves the slopes of
    unrelated features). `folds` serve cross-fitting. While heterogeneity is learnt, outcomes beyond the quantile
    `cap` of those that are not 0 count as that quantile (and all of them are scaled up to the same total): a few very
    large orders say nothing about who is moved.
    """

    learner: Learner = "dr"
    rounds: int = 40
    leaves: int = 3
    learning_rate: float = 0.05
    leaf_share: float = 0.05
    penalty: float = 1.0
    folds: int = 5
    cap: float = 0.9

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            InputError: the learner is unknown, or a number lies where nothing can be learnt.
        """
        if self.learner not in get_args(Learner):
            raise InputError(f"There is no uplift learner {self.learner!r}: choose one of {get_args(Learner)}.")
        if self.folds < 2:
            raise InputError(f"Cross-fitting needs at least 2 folds, not {self.folds}.")
        if not (self.rounds > 0 and self.leaves > 1 and self.learning_rate > 0 and self.penalty >= 0):
            raise InputError(
                "An uplift model needs rounds and a learning rate above 0, 2 leaves and no negative penalty."
            )
        if not (0 < self.leaf_share < 1 and 0 < self.cap <= 1):
            raise InputError("The leaf_share and the cap of an uplift model are shares: they lie between 0 and 1.")
