"""The fitted effect of a contact: numbers in, numbers out, and text on disk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from setia.errors import InputError
from setia.learn.predictor import Array, Forest, Matrix, load
from setia.learn.uplift.learners import Raw
from setia.learn.uplift.pair import Pair
from setia.learn.uplift.ridge import Ridge

#: The file that names the parts.
PLAN: Final = "uplift.json"


@dataclass(frozen=True)
class Uplift:
    """The effect of a contact on the outcome, in its unit: `mean` + `slope` x (`raw` - `centre`).

    `mean` is the mean effect in the campaign, `centre` the mean of the raw effects there.
    """

    raw: Raw
    mean: float
    slope: float
    centre: float
    features: int

    def predict(self, X: Matrix) -> Array:
        """Return the expected effect per row, shape (rows,), for features in the order they were fitted in.

        Raises:
            InputError: there are more or fewer features than were learnt from.
        """
        if X.ndim != 2 or X.shape[1] != self.features:
            raise InputError(f"The uplift model was fitted to {self.features} features, but got shape {X.shape}.")
        return self.mean + self.slope * (self.raw.predict(np.asarray(X, dtype=np.float32)) - self.centre)

    def save(self, folder: Path) -> None:
        """Write the model into a folder, as LightGBM's text and JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        for at, pair in enumerate(self.raw.pairs):
            pair.forest.save(folder / f"effect_{at}")
        plan = {
            "mean": self.mean,
            "slope": self.slope,
            "centre": self.centre,
            "features": self.features,
            "shares": list(self.raw.shares),
            "lines": [pair.ridge.record() for pair in self.raw.pairs],
        }
        (folder / PLAN).write_text(json.dumps(plan) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Uplift:
        """Read back what `save` wrote.

        Raises:
            InputError: the folder holds no whole model.
        """
        try:
            plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
            lines = [Ridge.of(record) for record in plan["lines"]]
            numbers = {name: float(plan[name]) for name in ("mean", "slope", "centre")}
            shares, features = tuple(float(share) for share in plan["shares"]), int(plan["features"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"The folder {folder} holds no whole uplift model ({error}); fit it again.") from error
        pairs = []
        for at, line in enumerate(lines):
            forest = load(folder / f"effect_{at}")
            if not isinstance(forest, Forest):
                raise InputError(f"The folder {folder} holds no whole uplift model (no forest); fit it again.")
            pairs.append(Pair(forest, line))
        return cls(Raw(shares, tuple(pairs)), features=features, **numbers)
