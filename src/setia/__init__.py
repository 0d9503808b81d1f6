"""Setia: who is about to leave, what they are worth, and what it pays to do about it.

What is offered is loaded when it is first used, so that `import setia` costs nothing.
"""

from typing import TYPE_CHECKING, Any

from setia.errors import InputError, SetiaError

if TYPE_CHECKING:
    from setia.api import (
        Alerts,
        Customer,
        CustomerCard,
        Definitions,
        Kept,
        Log,
        Model,
        Plan,
        Profits,
        Reading,
        Segments,
        alerts,
        customer,
        define,
        feature_table,
        figure,
        load,
        profits,
        purchases,
        read,
        read_back,
        retention,
        train,
    )

__all__ = [
    "Alerts",
    "Customer",
    "CustomerCard",
    "Definitions",
    "InputError",
    "Kept",
    "Log",
    "Model",
    "Plan",
    "Profits",
    "Reading",
    "Segments",
    "SetiaError",
    "alerts",
    "customer",
    "define",
    "feature_table",
    "figure",
    "load",
    "profits",
    "purchases",
    "read",
    "read_back",
    "retention",
    "train",
]


def __getattr__(name: str) -> Any:
    """Load what is offered; anything else is an error as in every module."""
    if name not in __all__:
        raise AttributeError(f"module 'setia' has no attribute {name!r}; it offers {', '.join(__all__)}.")
    from setia import api

    found = globals()[name] = getattr(api, name)
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
