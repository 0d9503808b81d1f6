"""The Proof: what the rehearsal's models did on the holdout, small enough to travel with the models."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One number: a metric of a method in a group of customers, with its 95 % bootstrap interval."""

    metric: str
    method: str
    group: str
    value: float
    lo: float
    hi: float
    customers: int


@dataclass(frozen=True)
class Tenth:
    """A tenth of the customers, by forecast: the means of what was said and of what came, with its 95 % interval."""

    rows: int
    predicted: float
    actual: float
    lo: float
    hi: float


@dataclass(frozen=True)
class Gain:
    """What the customers of highest forecast hold: the share taken, 0 to 1, and the share of all that came.

    Both have shape (101,): at every hundredth of the customers, by straight lines between the points of the exact
    curve. `held` is NaN where nothing came.
    """

    method: str
    depth: tuple[float, ...]
    held: tuple[float, ...]


@dataclass(frozen=True)
class Level:
    """The means of one cutoff: of what was said and of what came, per customer.

    `defected` and `p_defect` are shares of those whose defection is known; `bias` is sum predicted over sum
    actual - 1, NaN where nothing came in.
    """

    cutoff: int
    role: str
    customers: int
    defected: float
    p_defect: float
    value: float
    expected_value: float
    bias: float


@dataclass(frozen=True)
class Proof:
    """How far a model may be trusted: what its rehearsal said of the holdout, and what came.

    `cutoff` is in days since 1970-01-01. `defected_share` is of those whose defection is known; `value_total` and
    `expected_total` are sums over all `customers` within the horizon, `still_buying` the share of the defected who
    bought all the same. `defection` and `value` are our own tenths, highest forecast first; gains tell of every
    method that has something to say, ours first. `levels` are as in `setia.training.Training`.
    """

    cutoff: int
    horizon_days: int
    customers: int
    defected_share: float
    value_total: float
    expected_total: float
    still_buying: float
    figures: tuple[Figure, ...]
    defection: tuple[Tenth, ...]
    value: tuple[Tenth, ...]
    gains_defection: tuple[Gain, ...]
    gains_value: tuple[Gain, ...]
    levels: tuple[Level, ...]

    def figure(self, metric: str, method: str, group: str = "all") -> Figure | None:
        """Return one figure, None where the method has nothing to say."""
        return find(self.figures, metric, method, group)

    def to_json(self) -> str:
        """Return the proof as one line of strict JSON, null for NaN; every other number is kept exactly."""
        return json.dumps(_strict(asdict(self)), allow_nan=False, separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> Proof:
        """Read back what `to_json` wrote.

        Raises:
            ValueError, LookupError, TypeError: the text is something else.
        """
        content: dict[str, Any] = json.loads(text)
        parts = {name: tuple(_restored(kind, each) for each in content[name]) for name, kind in _PARTS.items()}
        proof: Proof = _restored(Proof, {**content, **parts})
        return proof


_PARTS: dict[str, type] = {
    "figures": Figure,
    "defection": Tenth,
    "value": Tenth,
    "gains_defection": Gain,
    "gains_value": Gain,
    "levels": Level,
}


def find(figures: Iterable[Figure], metric: str, method: str, group: str) -> Figure | None:
    """Return the figure of a metric, method and group, None where there is none."""
    wanted = (metric, method, group)
    return next((f for f in figures if (f.metric, f.method, f.group) == wanted), None)


def _strict(node: Any) -> Any:
    """Return content that strict JSON can hold."""
    if isinstance(node, dict):
        return {key: _strict(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_strict(value) for value in node]
    return None if isinstance(node, float) and math.isnan(node) else node


def _restored(kind: type, content: dict[str, Any]) -> Any:
    """Return an object of a dataclass from its JSON; a field that it does not have is one of a later version."""
    return kind(**{field.name: _number(content[field.name]) for field in fields(kind)})


def _number(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_number(each) for each in value)
    return math.nan if value is None else value
