"""Setia: who is about to leave, what they are worth, and what it pays to do about it."""

from setia.api import Model, customer, feature_table, figure, load, purchases, read, train
from setia.errors import InputError, SetiaError
from setia.report.customer import Customer

__all__ = [
    "Customer",
    "InputError",
    "Model",
    "SetiaError",
    "customer",
    "feature_table",
    "figure",
    "load",
    "purchases",
    "read",
    "train",
]
