"""What stands to be lost with each customer: the ground that every policy decides on."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Stakes:
    """Customers as a policy sees them; arrays of shape (customers,), money as profit.

    `p_none`: chance of no purchase within the horizon. `p_alive`: of not having left yet. `clv`: discounted future
    value; `leaving`, `gone`: what would come of those who leave within the horizon, and of those who have left already,
    had they stayed, each with the chance of it (`setia.learn.clv.Lifetime`). `status`, `segment`, `frequency` and
    `value_at_risk` as in the score table. `p_defect` is NaN for those whom the definition does not cover.
    """

    customer_id: NDArray[np.object_]
    status: NDArray[np.object_]
    segment: NDArray[np.object_]
    p_defect: Array
    p_none: Array
    p_alive: Array
    expected_value: Array
    clv: Array
    clv_hi: Array
    leaving: Array
    gone: Array
    frequency: Array
    value_at_risk: Array

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.customer_id)

    def rows(self, chosen: NDArray[Any]) -> Stakes:
        """Return some customers, by a mask or by their places."""
        return Stakes(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def times(self, margin: float) -> Stakes:
        """Return the same with all money multiplied: revenue becomes profit."""
        money = ("expected_value", "clv", "clv_hi", "leaving", "gone", "value_at_risk")
        return replace(self, **{name: getattr(self, name) * margin for name in money})
