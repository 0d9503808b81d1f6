"""What each group of features adds to a forest's raw score, exactly, by tables of Shapley values.

The values are those of Lundberg, Erion & Lee (2018, path-dependent TreeSHAP), as LightGBM computes them row by row:
a tree says the same of all rows that answer its questions alike, so that each set of answers is explained once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import factorial

import numpy as np
from numpy.typing import NDArray

from setia.learn.tables import Answers, Array, above
from setia.learn.trees import Question, Split, Tree, questions_of

#: A tree with more questions than this is left to LightGBM: its tables would be large.
MOST_QUESTIONS = 7


@dataclass(frozen=True)
class Shares:
    """What one tree says for each group that it knows: `values` hold one table a group."""

    questions: tuple[Question, ...]
    groups: tuple[int, ...]
    values: tuple[Array, ...]


def shares_of(trees: Sequence[Tree], group_of: Sequence[int]) -> tuple[Shares, ...] | None:
    """Return the tables of a forest; `group_of` gives the group of each feature. None where a tree is too large."""
    found = []
    for tree in trees:
        questions = questions_of(tree)
        if len(questions) > MOST_QUESTIONS:
            return None
        if questions:
            found.append(_shares(tree, questions, group_of))
    return tuple(found)


def pushed(shares: Sequence[Shares], columns: NDArray[np.float32], groups: int) -> Array:
    """Return what each group adds to the raw score of each row, shape (groups, rows).

    `columns` are the features of the rows, shape (features, rows).
    """
    answers = Answers(columns)
    sums = np.zeros((groups, columns.shape[1]))
    for tree in shares:
        place = answers.ask(tree.questions)
        for group, values in zip(tree.groups, tree.values, strict=True):
            answers.add(values, place, sums[group])
    return sums


def _shares(tree: Tree, questions: tuple[Question, ...], group_of: Sequence[int]) -> Shares:
    features = tuple(dict.fromkeys(question.feature for question in questions))
    subsets = np.arange(1 << len(features))[:, None]
    known = {feature: (subsets >> place & 1).astype(np.bool_) for place, feature in enumerate(features)}
    shapley = _weights(len(features)) @ _expected(tree, known, above(questions))
    groups = tuple(dict.fromkeys(group_of[feature] for feature in features))
    values = tuple(shapley[[group_of[feature] == group for feature in features]].sum(axis=0) for group in groups)
    return Shares(questions, groups, values)


def _expected(tree: Tree, known: dict[int, NDArray[np.bool_]], yes: dict[Question, NDArray[np.bool_]]) -> Array:
    """Return what the tree says where only some features are known, shape (subsets, places).

    A question about another feature is answered as the rows of the training were, in their shares.
    """
    if not isinstance(tree, Split):
        return np.full((1, 1), tree.value)
    low, high = (_expected(part, known, yes) for part in (tree.below, tree.above))
    mean = (tree.below.rows * low + tree.above.rows * high) / (tree.below.rows + tree.above.rows)
    return np.where(known[tree.question.feature], np.where(yes[tree.question], high, low), mean)


@lru_cache(maxsize=16)
def _weights(features: int) -> Array:
    """Return the matrix that makes Shapley values of what all subsets say, shape (features, 2 ** features)."""
    weights = np.zeros((features, 1 << features))
    for subset in range(1 << features):
        size = subset.bit_count()
        for feature in range(features):
            if subset >> feature & 1:
                weights[feature, subset] = factorial(size - 1) * factorial(features - size) / factorial(features)
            else:
                weights[feature, subset] = -factorial(size) * factorial(features - size - 1) / factorial(features)
    return weights
