"""Setia: who is about to leave, what they are worth, and what it pays to do about it."""

from setia.api import (
    Definitions,
    Kept,
    Model,
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
    "Customer",
    "Definitions",
    "InputError",
    "Kept",
    "Model",
    "SetiaError",
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
