"""Whether each value is of the kind that its setting is declared to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Any

from setia.errors import InputError

#: A plain kind as a dataclass declares it -> the types it allows, and what to call them.
_WORDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "int": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "str": (str, "text"),
    "bool": (bool, "true or false"),
    "None": (type(None), "null"),
    "tuple[str, ...]": (list, "a list of names, such as [a,b]"),
}


def check_node(node: Mapping[str, Any], where: str) -> None:
    """Check the values of a node that becomes a dataclass of ours, and of the nodes in it.

    Raises:
        InputError: a value is of another kind than its field is declared to be.
    """
    module, _, name = str(node.get("_target_")).rpartition(".")
    target = getattr(import_module(module), name, None) if module.startswith("setia") else None
    if is_dataclass(target):
        check_kinds(node, {field.name: str(field.type) for field in fields(target)}, where)
    for key, value in node.items():
        if isinstance(value, dict):
            check_node(value, f"{where}{key}.")


def check_kinds(values: Mapping[str, Any], declared: Mapping[str, str], where: str) -> None:
    """Refuse a value of another kind than is declared; declarations that are no plain kind are passed over."""
    for name, declaration in declared.items():
        kinds = [_WORDS[part] for part in declaration.split(" | ") if part in _WORDS]
        if name not in values or len(kinds) < len(declaration.split(" | ")):
            continue
        value = values[name]
        fits = any(isinstance(value, kind) for kind, _ in kinds)
        if isinstance(value, bool):  # which Python takes for a whole number
            fits = "bool" in declaration
        if isinstance(value, list):
            fits = fits and all(isinstance(each, str) for each in value)
        if not fits:
            number = isinstance(value, (int, float)) and "str" in declaration
            quoted = f" As text a number stands in two pairs of quotes: '{where}{name}=\"{value}\"'." if number else ""
            raise InputError(f"{where}{name}={value} must be {' or '.join(word for _, word in kinds)}.{quoted}")
