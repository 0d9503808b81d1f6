"""A forest as tables: the answers to a few trees' questions make one number, which looks up what those trees say.

NumPy asks each question of thousands of rows at a time, where LightGBM walks row by row and tree by tree. The
questions are LightGBM's own, so that a row falls into the same leaves; the sums differ by rounding alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from setia.learn.trees import Question, Split, Tree, questions_of

Array = NDArray[np.float64]
#: Answers that make one number: two trees of seven leaves, and a table (32 kB) that fits a processor's first cache.
BITS = 12
#: Rows at a time: few enough for the second cache, many enough that the calls themselves cost little.
BLOCK = 65_536
_BYTE = 8


@dataclass(frozen=True)
class Table:
    """What some trees say together, by the answers to their questions: `values` has shape (2 ** questions,)."""

    questions: tuple[Question, ...]
    values: Array


class Answers:
    """Room for the answers of some rows, used again for each table."""

    def __init__(self, columns: NDArray[np.float32]) -> None:
        """`columns` are the features of the rows, shape (features, rows), each of them contiguous."""
        rows = columns.shape[1]
        self.columns = columns
        self._place = np.empty(rows, dtype=np.intp)
        self._high, self._low, self._answer = (np.empty(rows, dtype=np.uint8) for _ in range(3))
        self._both = np.empty(rows, dtype=np.uint16)
        self._found = np.empty(rows)

    def ask(self, questions: Sequence[Question]) -> NDArray[np.intp]:
        """Return the place in a table of each row, shape (rows,), valid until the next call."""
        self._ask_byte(questions[:_BYTE], self._high)
        if len(questions) > _BYTE:
            self._ask_byte(questions[_BYTE:], self._low)
            np.copyto(self._both, self._high)
            np.left_shift(self._both, len(questions) - _BYTE, out=self._both)
            np.bitwise_or(self._both, self._low, out=self._both)
            np.copyto(self._place, self._both)
        else:
            np.copyto(self._place, self._high)
        return self._place

    def add(self, values: Array, place: NDArray[np.intp], sums: Array) -> None:
        """Add to `sums` what a table holds at each row's place."""
        np.take(values, place, out=self._found, mode="clip")
        np.add(sums, self._found, out=sums)

    def _ask_byte(self, questions: Sequence[Question], into: NDArray[np.uint8]) -> None:
        if not questions:
            into[:] = 0
        for number, question in enumerate(questions):
            answer = self._answer if number else into
            # A comparison with a missing value is false: the one is asked by which it goes where it should.
            compare = np.less_equal if question.missing_above else np.greater
            compare(self.columns[question.feature], question.limit, out=answer.view(np.bool_))
            if number:
                np.add(into, into, out=into)
                np.bitwise_or(into, answer, out=into)


def tables_of(trees: Sequence[Tree]) -> tuple[Table, ...] | None:
    """Return the tables of a forest, trees in their order; None where a tree asks more than `BITS` questions."""
    tables: list[Table] = []
    asked: tuple[Question, ...] = ()
    together: list[Tree] = []
    for tree in trees:
        own = questions_of(tree)
        if len(own) > BITS:
            return None
        both = tuple(dict.fromkeys((*asked, *own)))
        if len(both) > BITS:
            tables.append(_table(asked, together))
            both, together = own, []
        asked = both
        together.append(tree)
    return (*tables, _table(asked, together)) if together else ()


def link_of(booster: Any) -> Callable[[Array], Array] | None:
    """Return what makes a forecast of a raw score, by LightGBM's name of the objective; None for a rarer one."""
    name, *settings = _objective(booster).split()
    match name, settings:
        case "binary", [setting] if setting.startswith("sigmoid:"):
            slope = float(setting.removeprefix("sigmoid:"))
            return lambda raw: np.asarray(1.0 / (1.0 + np.exp(-slope * raw)))
        case (("tweedie" | "poisson" | "gamma"), _):
            return lambda raw: np.asarray(np.exp(raw))
        case (("regression" | "regression_l1" | "huber" | "fair" | "quantile" | "mape"), []):
            return lambda raw: raw
    return None


def _objective(booster: Any) -> str:
    """Return the line of the model's text that names the objective and its settings."""
    text: str = booster.model_to_string(num_iteration=1)
    found = (line.removeprefix("objective=") for line in text.splitlines() if line.startswith("objective="))
    return next(found, "none")


def above(questions: Sequence[Question]) -> dict[Question, NDArray[np.bool_]]:
    """Return for each question which places of a table mean yes, shape (2 ** questions,)."""
    places = np.arange(1 << len(questions))
    last = len(questions) - 1
    return {
        question: (places >> (last - number) & 1).astype(np.bool_) ^ question.missing_above
        for number, question in enumerate(questions)
    }


def summed(tables: Sequence[Table], columns: NDArray[np.float32]) -> Array:
    """Return the raw scores of rows, shape (rows,); `columns` are their features, shape (features, rows)."""
    answers = Answers(columns)
    sums = np.zeros(columns.shape[1])
    for table in tables:
        answers.add(table.values, answers.ask(table.questions), sums)
    return sums


def _table(questions: tuple[Question, ...], trees: Sequence[Tree]) -> Table:
    yes = above(questions)
    values = np.zeros(1 << len(questions))
    for tree in trees:
        values += _values(tree, yes)
    return Table(questions, values)


def _values(tree: Tree, yes: dict[Question, NDArray[np.bool_]]) -> Array | float:
    if isinstance(tree, Split):
        return np.where(yes[tree.question], _values(tree.above, yes), _values(tree.below, yes))
    return tree.value
