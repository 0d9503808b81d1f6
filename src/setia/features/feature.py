"""What a feature is, how one is declared, and how a table of them is built.

A feature is a function whose name is the column, whose docstring is its meaning in the dictionary and
whose parameters are the columns that it is made of:

- `@aggregate` (and `@measure`, an intermediate that is no feature itself): the function gives one number
  per customer-day, from DAY_COLUMNS; the decorator says how those are summed up, and over which windows of
  age, of which purchases, or with which half-life. What a day says stays apart from what is made of it
  at a cutoff, so that the former is computed once for all cutoffs and the sums are shared between them.
- `@derived`: the function gives one number per customer, from other features and measures. Its parameter
  named `base` receives the `Base` of the cutoff.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, Final, Literal

import narwhals as nw

from setia.features.window import Window
from setia.history import CATEGORY_COLUMNS, DAY_COLUMNS

Formula = Callable[..., nw.Expr]
#: `newest` and `oldest` are ages: days from the newest or oldest day of which the formula is true to the cutoff.
Kind = Literal["sum", "min", "max", "mean", "std", "median", "quantile", "newest", "oldest"]
Table = Literal["days", "categories"]
#: The rows that count: all, those of the customer's last purchase, of the last three, of the cutoff's weekday.
Of = Literal["all", "last", "recent", "weekday"]

#: In the order of the dictionary; a later one may use the columns of an earlier one.
FAMILIES: Final = ("rfm", "rhythm", "spend", "trend", "basket", "calendar", "profit")


@dataclass(frozen=True)
class Feature:
    """A declared column. `kind` is null for a derived one; `needs` are the columns of the log.

    `unit` is null for a measure, which features are made of but which is none itself.
    """

    name: str
    family: str
    doc: str
    unit: str | None
    needs: tuple[str, ...]
    formula: Formula
    inputs: tuple[str, ...]
    kind: Kind | None = None
    window: Window | None = None
    quantile: float = 0.5
    table: Table = "days"
    of: Of = "all"
    half_life: Window | None = None


_declared: dict[str, Feature] = {}


def _declare(formula: Formula, unit: str | None, needs: tuple[str, ...], **rest: Any) -> None:
    window: Window | None = rest.get("window")
    half_life: Window | None = rest.get("half_life")
    name = "_".join([formula.__name__, *(each.label for each in (window, half_life) if each)])
    doc = " ".join((formula.__doc__ or "").split())
    if window:
        doc = doc.replace("{window}", window.words)
    if half_life:
        doc = doc.replace("{half_life}", half_life.length)
    if name in _declared and _declared[name].formula.__module__ != formula.__module__:
        raise ValueError(f"The feature {name} is declared twice.")
    inputs = tuple(inspect.signature(formula).parameters)
    family = formula.__module__.rsplit(".", 1)[-1]
    _declared[name] = Feature(name, family, doc, unit, needs, formula, inputs, **rest)


def aggregate(
    kind: Kind,
    unit: str | None,
    windows: tuple[Window, ...] = (),
    quantile: float = 0.5,
    table: Table = "days",
    needs: tuple[str, ...] = (),
    of: Of = "all",
    half_lives: tuple[Window, ...] = (),
) -> Callable[[Formula], Formula]:
    """Declare a feature that sums up a customer's rows, one column per window or half-life (all rows without one).

    `needs` adds columns of the log that the formula does not name. Half-life: each row counts half as much for
    so much more age. Windows and half-lives are for sums; categories are only ever summed.
    """
    if (windows or half_lives or table == "categories") and (kind != "sum" or of != "all" or (windows and half_lives)):
        raise ValueError("Windows, half-lives and categories are for sums over all rows, one at a time.")
    if kind not in ("sum", "mean") and of != "all":
        raise ValueError(f"A {kind} is of all rows.")

    def declare(formula: Formula) -> Formula:
        rest = {"kind": kind, "quantile": quantile, "table": table, "of": of}
        for window in windows or (None,):
            for half_life in half_lives or (None,):
                _declare(formula, unit, needs, window=window, half_life=half_life, **rest)
        return formula

    return declare


def measure(
    kind: Kind,
    windows: tuple[Window, ...] = (),
    table: Table = "days",
    needs: tuple[str, ...] = (),
    of: Of = "all",
) -> Callable[[Formula], Formula]:
    """Declare an aggregate that features are made of but which is none itself."""
    return aggregate(kind, None, windows, table=table, needs=needs, of=of)


def derived(unit: str, needs: tuple[str, ...] = ()) -> Callable[[Formula], Formula]:
    """Declare a feature that follows, customer by customer, from other features and measures."""

    def declare(formula: Formula) -> Formula:
        _declare(formula, unit, needs)
        return formula

    return declare


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Feature]:
    """Return every declaration by name, each after its inputs, with the columns of the log it needs."""
    for family in FAMILIES:
        import_module(f"setia.features.{family}")
    done: dict[str, Feature] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in done:
            return
        if name in path or name not in _declared:
            raise ValueError(f"The feature {path[-1]} is made of {name}, which is unknown or made of it.")
        feature = _declared[name]
        needs = set(feature.needs)
        for column in feature.inputs:
            if feature.kind is None:
                if column != "base":
                    visit(column, (*path, name))
                    needs |= set(done[column].needs)
            elif feature.table == "categories":
                if column not in CATEGORY_COLUMNS:
                    raise ValueError(f"The feature {name} names {column}, which a category has not.")
                needs.add("category")
            else:
                needs |= set(DAY_COLUMNS[column])
        done[name] = Feature(**{**vars(feature), "needs": tuple(sorted(needs))})

    order = sorted(_declared.values(), key=lambda feature: FAMILIES.index(feature.family))
    for feature in order:
        visit(feature.name, ())
    return done


def ordered(features: tuple[Feature, ...]) -> tuple[Feature, ...]:
    """Return the features with all that they are made of, inputs first."""
    every, wanted = catalogue(), set[str]()
    stack = [feature.name for feature in features]
    while stack:
        name = stack.pop()
        if name not in wanted:
            wanted.add(name)
            feature = every[name]
            stack += [column for column in feature.inputs if feature.kind is None and column != "base"]
    return tuple(feature for name, feature in every.items() if name in wanted)
