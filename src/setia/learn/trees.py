"""A LightGBM forest read tree by tree: splits, leaves and how many rows each was fitted to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

#: LightGBM's word for infinity: only what is missing is above it.
_INFINITE = 1e300


@dataclass(frozen=True)
class Question:
    """Whether a feature is above a limit, and where a missing value goes.

    The limit is the greatest float32 that is not above LightGBM's own (float64) one: a float32 feature is above
    both or neither.
    """

    feature: int
    limit: np.float32
    missing_above: bool


@dataclass(frozen=True)
class Leaf:
    """A value of the raw score; `rows` of the training fell into it."""

    value: float
    rows: float


@dataclass(frozen=True)
class Split:
    """A question with what follows where the answer is no, and where it is yes; `rows` came by."""

    question: Question
    below: Tree
    above: Tree
    rows: float


Tree = Split | Leaf


def trees_of(booster: Any) -> list[Tree] | None:
    """Return the trees that the booster predicts with, or None where it has more to it than numbers above limits.

    (Categories, linear leaves, zeros that mean missing, several outputs, averaged trees.)
    """
    content = booster.dump_model()
    if content["num_tree_per_iteration"] != 1 or content["average_output"]:
        return None
    try:
        return [_tree(tree["tree_structure"]) for tree in content["tree_info"]]
    except _Other:
        return None


def questions_of(tree: Tree) -> tuple[Question, ...]:
    """Return the distinct questions of a tree, from the root down."""
    return tuple(dict.fromkeys(_asked(tree)))


def _asked(tree: Tree) -> Iterator[Question]:
    if isinstance(tree, Split):
        yield tree.question
        yield from _asked(tree.below)
        yield from _asked(tree.above)


class _Other(Exception):  # noqa: N818
    """A tree of another kind."""


def _tree(node: Mapping[str, Any]) -> Tree:
    if "split_feature" not in node:
        if "leaf_const" in node:
            raise _Other
        return Leaf(float(node["leaf_value"]), float(node.get("leaf_count", 0)))
    if node["decision_type"] != "<=" or node["missing_type"] == "Zero":
        raise _Other
    # Where training saw nothing missing, LightGBM takes a missing value for 0.
    zero = node["missing_type"] == "None"
    missing_above = 0.0 > node["threshold"] if zero else not node["default_left"]
    question = Question(int(node["split_feature"]), _limit(node["threshold"]), missing_above)
    return Split(question, _tree(node["left_child"]), _tree(node["right_child"]), float(node["internal_count"]))


def _limit(threshold: float) -> np.float32:
    if threshold >= _INFINITE:
        return np.float32(np.inf)
    with np.errstate(over="ignore"):
        limit = np.float32(threshold)
    return np.nextafter(limit, np.float32(-np.inf)) if float(limit) > threshold else limit
