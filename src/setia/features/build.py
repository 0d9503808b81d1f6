"""Which features a log allows, and the query that computes them at a cutoff."""

from __future__ import annotations

import narwhals as nw

from setia.engine import Frame
from setia.errors import InputError
from setia.features.feature import FAMILIES, Feature, Table, catalogue, ordered
from setia.history import Base, History


def select(columns: tuple[str, ...], families: tuple[str, ...] | None = None) -> tuple[Feature, ...]:
    """Return the features that a log with these columns allows, in the order of the dictionary.

    Raises:
        InputError: a family is unknown.
    """
    for family in families or ():
        if family not in FAMILIES:
            raise InputError(f"The feature family {family} is unknown; use any of {', '.join(FAMILIES)}.")
    return tuple(
        feature
        for feature in catalogue().values()
        if feature.unit is not None and feature.family in (families or FAMILIES) and set(feature.needs) <= set(columns)
    )


def named(names: tuple[str, ...]) -> tuple[Feature, ...]:
    """Return features by name, in the order given: what a fitted model asks for.

    Raises:
        InputError: this version of Setia knows no feature of that name.
    """
    every = catalogue()
    if unknown := [name for name in names if name not in every or every[name].unit is None]:
        raise InputError(f"The feature {unknown[0]} is unknown to this version of Setia; train the model again.")
    return tuple(every[name] for name in names)


def switched_off(columns: tuple[str, ...], families: tuple[str, ...] | None = None) -> tuple[tuple[str, str, int], ...]:
    """Return (family, missing column, features lost) for what this log cannot tell."""
    lost: dict[tuple[str, str], int] = {}
    for feature in catalogue().values():
        missing = [column for column in feature.needs if column not in columns]
        if feature.unit is not None and feature.family in (families or FAMILIES) and missing:
            lost[feature.family, missing[0]] = lost.get((feature.family, missing[0]), 0) + 1
    return tuple((family, column, count) for (family, column), count in lost.items())


def build(history: History, features: tuple[Feature, ...]) -> Frame:
    """Return customer_id and one Float64 column per feature, in their order; null where undefined.

    One row per customer with a purchase on or before the cutoff. Lazy where the engine is.
    """
    plan = ordered(features)
    table = _aggregated(history.days, "days", plan, history.base)
    if history.categories is not None:
        more = _aggregated(history.categories, "categories", plan, history.base)
        if len(more.collect_schema()) > 1:
            table = table.join(more, on="customer_id", how="left")
    table = table.filter(nw.col("purchases_") > 0)
    for level in _levels(plan):
        table = table.with_columns(*(_formula(feature, history.base).alias(feature.name) for feature in level))
    return table.select("customer_id", *(nw.col(feature.name).cast(nw.Float64) for feature in features))


def _formula(feature: Feature, base: Base) -> nw.Expr:
    arguments = [base if name == "base" else nw.col(name) for name in feature.inputs]
    return feature.formula(*arguments)


def _aggregated(rows: Frame, table: Table, plan: tuple[Feature, ...], base: Base) -> Frame:
    """Compute row columns first and plain aggregates of them after: every engine is fast at that."""
    wanted = [feature for feature in plan if feature.kind is not None and feature.table == table]
    columns = [_row(feature, base).alias(feature.name) for feature in wanted]
    names = [feature.name for feature in wanted]
    aggregates = [_summed(feature) for feature in wanted]
    if table == "days":
        columns.append(nw.col("purchases").alias("purchases_"))
        names.append("purchases_")
        aggregates.append(nw.col("purchases_").sum())
    rows = rows.select("customer_id", *columns)
    return rows.group_by("customer_id").agg(*aggregates)


def _row(feature: Feature, base: Base) -> nw.Expr:
    value = _formula(feature, base)
    if feature.window is None:
        return value
    newest, oldest = feature.window.ages(base)
    age = nw.col("age_days")
    inside = age < oldest if newest == 0 else (age >= newest) & (age < oldest)
    outside = nw.lit(0.0) if feature.kind == "sum" else nw.lit(None, dtype=nw.Float64)
    return nw.when(inside).then(value).otherwise(outside)


def _summed(feature: Feature) -> nw.Expr:
    column = nw.col(feature.name)
    match feature.kind:
        case "sum":
            return column.sum()
        case "min":
            return column.min()
        case "max":
            return column.max()
        case "mean":
            return column.mean()
        case "std":
            return column.std()
        case "median":
            return column.median()
        case _:
            return column.quantile(feature.quantile, interpolation="linear")


def _levels(plan: tuple[Feature, ...]) -> list[list[Feature]]:
    """Return derived features in layers, each made of earlier layers only: one subquery a layer."""
    depth: dict[str, int] = {}
    layers: dict[int, list[Feature]] = {}
    for feature in plan:
        if feature.kind is not None:
            depth[feature.name] = 0
            continue
        level = 1 + max((depth[name] for name in feature.inputs if name != "base"), default=0)
        depth[feature.name] = level
        layers.setdefault(level, []).append(feature)
    return [layers[level] for level in sorted(layers)]
