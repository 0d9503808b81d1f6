"""Setia: who is about to leave, what they are worth, and what it pays to do about it."""

from setia.api import Model, feature_table, load, purchases, read, train
from setia.errors import InputError, SetiaError

__all__ = ["InputError", "Model", "SetiaError", "feature_table", "load", "purchases", "read", "train"]
