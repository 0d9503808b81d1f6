"""Setia: who is about to leave, what they are worth, and what it pays to do about it."""

from setia.api import (
    Alerts,
    Definitions,
    Kept,
    Model,
    alerts,
    customer,
    define,
    feature_table,
    figure,
    load,
    purchases,
    read,
    retention,
    train,
)
from setia.errors import InputError, SetiaError
from setia.report.customer import Customer

__all__ = [
    "Alerts",
    "Customer",
    "Definitions",
    "InputError",
    "Kept",
    "Model",
    "SetiaError",
    "alerts",
    "customer",
    "define",
    "feature_table",
    "figure",
    "load",
    "purchases",
    "read",
    "retention",
    "train",
]
