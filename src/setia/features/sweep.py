"""All features of a chunk of customers at many cutoffs: days are read once, totals are brought forward."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np

from setia.features.feature import Feature, Formula, Kind, ordered
from setia.features.totals import Array, Decayed, Extreme, Rings, Rows, Since, Sorted, Spread, Sum, Total, added, means
from setia.features.window import BaseColumns, Window
from setia.history import Base, Chunk, Known

LAST = {"last": 1, "recent": 3}
#: Rows that are derived together: what an expression costs to set up weighs nothing beside so many.
DERIVED_ROWS = 2**18


def sweep(chunk: Chunk, features: Sequence[Feature], bases: Mapping[int, Base]) -> Iterator[dict[str, Array]]:
    """Yield the features of every customer with a purchase, at one or several cutoffs at a time, earliest first.

    Args:
        chunk: customer-days.
        features: in the order of the columns.
        bases: what the whole base teaches at each cutoff.

    Returns:
        By name, in the order of `features`; at each cutoff one row per True of `Known.buyers`, in the order of
        `chunk.ids`; NaN where undefined.
    """
    plan = ordered(tuple(features))
    made = [feature for feature in plan if feature.kind is not None]
    days = _Days(chunk, [feature for feature in made if feature.table == "days"], bases)
    owned = [feature for feature in made if feature.table == "categories" and chunk.has_categories]
    entries = chunk.entries() if owned else None
    for together in _together(chunk.walk(tuple(bases))):
        counts = [known.customers for known in together]
        found = {feature.name: np.empty(sum(counts)) for feature in made}
        end = 0
        for known, count in zip(together, counts, strict=True):
            columns = days.at(known, bases[known.cutoff])
            if entries is not None:
                columns |= _categories(known, owned, entries, bases[known.cutoff], len(chunk.ids))
            start, end = end, end + count
            rows = np.flatnonzero(known.buyers)
            for name, into in found.items():
                if name in columns:
                    np.take(columns[name], rows, out=into[start:end], mode="clip")  # "raise" would buffer
                else:
                    into[start:end] = np.nan
        found |= _derived(found, plan, [bases[known.cutoff] for known in together], counts)
        yield {feature.name: found[feature.name] for feature in features}


def _together(walk: Sequence[Known]) -> Iterator[list[Known]]:
    """Yield the cutoffs whose rows are derived together: at least one, up to DERIVED_ROWS rows."""
    together: list[Known] = []
    for known in walk:
        if together and sum(one.customers for one in together) + known.customers > DERIVED_ROWS:
            yield together
            together = []
        together.append(known)
    if together:
        yield together


def _derived(
    found: Mapping[str, Array], plan: Sequence[Feature], bases: Sequence[Base], counts: Sequence[int]
) -> dict[str, Array]:
    """Compute the derived features, layer by layer, from aggregates and from the base of so many rows each."""
    import polars as pl

    used = {name for feature in plan if feature.kind is None for name in feature.inputs}
    series = [pl.Series(name, column, nan_to_null=True) for name, column in found.items() if name in used]
    of_row = np.repeat(np.arange(len(bases)), counts)
    for name in BaseColumns.NAMES:
        scalars = pl.Series(BaseColumns.PREFIX + name, [getattr(base, name) for base in bases], dtype=pl.Float64)
        series.append(scalars.gather(of_row))
    table = nw.from_native(pl.DataFrame(series), eager_only=True)
    made: list[str] = []
    for level in _levels(plan):
        formulas = {feature.name: _formula(feature) for feature in level}
        table = table.with_columns(**formulas)
        made += formulas
    done = table.select(*map(_nan_for_null, map(nw.col, made)))
    return {name: done[name].to_numpy() for name in made}


def _nan_for_null(column: nw.Expr) -> nw.Expr:
    """Polars hands a column without nulls to NumPy as it lies, and walks through one with nulls."""
    return column.fill_null(float("nan"))


def _formula(feature: Feature) -> nw.Expr:
    arguments = (BaseColumns() if name == "base" else nw.col(name) for name in feature.inputs)
    return feature.formula(*arguments).cast(nw.Float64)


class _Days:
    """The aggregates over customer-days, each formula evaluated once for all cutoffs."""

    def __init__(self, chunk: Chunk, made: Sequence[Feature], bases: Mapping[int, Base]) -> None:
        self._chunk = chunk
        self._values = _evaluated(chunk, made)
        windowed = [feature for feature in made if feature.window is not None]
        self._windowed: dict[Formula, list[Feature]] = {}
        for feature in windowed:
            self._windowed.setdefault(feature.formula, []).append(feature)
        self._few = [feature for feature in made if feature.of != "all"]
        self._ranked = [feature for feature in made if feature.kind in ("median", "quantile")]
        distinct = {id(self._values[f.formula]): self._values[f.formula] for f in self._ranked}
        self._sorted = {key: Sorted(chunk, values) for key, values in distinct.items()}
        others = (windowed, self._few, self._ranked)
        plain = [feature for feature in made if not any(feature in group for group in others)]
        self._decayed = [feature for feature in plain if feature.half_life is not None]
        self._decays = {
            (f.formula, days): Decayed(chunk, self._values[f.formula], days)
            for f in self._decayed
            for days in {_half_life(f.half_life, base) for base in bases.values()}
        }
        self._totals = {f.name: _total(f.kind, chunk, self._values[f.formula]) for f in plain if f.half_life is None}

    def at(self, known: Known, base: Base) -> dict[str, Array]:
        """Return every aggregate at a cutoff, one number per customer of the chunk, NaN where undefined."""
        for total in (*self._totals.values(), *self._decays.values()):
            total.add(known)
        found = {name: total.at(known) for name, total in self._totals.items()}
        for feature in self._decayed:
            found[feature.name] = self._decays[feature.formula, _half_life(feature.half_life, base)].at(known)
        return found | self._in_windows(known, base) | self._of_few(known) | self._quantiles(known)

    def _in_windows(self, known: Known, base: Base) -> dict[str, Array]:
        alike: dict[tuple[tuple[int, int], ...], list[Formula]] = {}
        for formula, features in self._windowed.items():
            alike.setdefault(tuple(_ages(feature.window, base) for feature in features), []).append(formula)
        found: dict[str, Array] = {}
        for windows, formulas in alike.items():
            rows, age = known.within(max(oldest for _, oldest in windows))
            rings = Rings(self._chunk.customer[rows], age, windows, len(self._chunk.ids))
            for formula in formulas:
                sums = rings.sums(self._values[formula][rows])
                found |= {feature.name: total for feature, total in zip(self._windowed[formula], sums, strict=True)}
        return found

    def _of_few(self, known: Known) -> dict[str, Array]:
        found = {}
        for of in {feature.of for feature in self._few}:
            rows = known.same_weekday if of == "weekday" else known.latest(LAST[of])
            for feature in self._few:
                if feature.of == of:
                    found[feature.name] = self._once(feature.kind, rows, self._values[feature.formula][rows])
        return found

    def _quantiles(self, known: Known) -> dict[str, Array]:
        found: dict[str, Array] = {}
        for key, values in self._sorted.items():
            features = [feature for feature in self._ranked if id(self._values[feature.formula]) == key]
            quantiles = values.at(known, [feature.quantile for feature in features])
            found |= {feature.name: quantile for feature, quantile in zip(features, quantiles, strict=True)}
        return found

    def _once(self, kind: Kind | None, rows: Rows, values: Array) -> Array:
        """Sum up the values of some rows by customer, at this cutoff alone."""
        customer, size = self._chunk.customer[rows], len(self._chunk.ids)
        there = ~np.isnan(values)
        total = added(customer, np.where(there, values, 0.0), size)
        return total if kind == "sum" else means(total, added(customer, there.astype(np.float64), size))


def _categories(
    known: Known, owned: Sequence[Feature], every: tuple[Rows, Rows, Rows, Rows], base: Base, size: int
) -> dict[str, Array]:
    """Sum up each customer's categories so far; NaN for customers whose lines name none."""
    import polars as pl

    entries = known.entries(every)
    columns = {"owned": np.ones(len(entries.customer)), "purchase_days": entries.purchase_days.astype(np.float64)}
    values = _columns(nw.from_native(pl.DataFrame(columns), eager_only=True), owned)
    some = np.bincount(entries.customer, minlength=size) > 0
    found = {}
    for feature in owned:
        if feature.window is None:
            total = added(entries.customer, values[feature.formula], size)
        else:
            rings = Rings(entries.customer, entries.age_days, [_ages(feature.window, base)], size)
            [total] = rings.sums(values[feature.formula])
        found[feature.name] = np.where(some, total, np.nan)
    return found


def _total(kind: Kind | None, chunk: Chunk, values: Array) -> Total:
    match kind:
        case "sum" | "mean":
            return Sum(chunk, values, mean=kind == "mean")
        case "std":
            return Spread(chunk, values)
        case "min" | "max":
            return Extreme(chunk, values, largest=kind == "max")
        case _:
            return Since(chunk, values, newest=kind == "newest")


def _ages(window: Window | None, base: Base) -> tuple[int, int]:
    assert window is not None
    return window.ages(base)


def _half_life(window: Window | None, base: Base) -> int:
    return _ages(window, base)[1]


def _evaluated(chunk: Chunk, features: Sequence[Feature]) -> dict[Formula, Array]:
    """Evaluate each formula over all days; one that only hands a column on costs nothing."""
    found: dict[Formula, Array] = {}
    columns: dict[str, Array] = {}
    harder = []
    for formula, feature in {feature.formula: feature for feature in features}.items():
        arguments = [nw.col(name) for name in feature.inputs]
        made = formula(*arguments)
        same = [name for name, argument in zip(feature.inputs, arguments, strict=True) if made is argument]
        if same:
            if same[0] not in columns:
                columns[same[0]] = np.asarray(chunk.column(same[0]), dtype=np.float64)
            found[formula] = columns[same[0]]
        else:
            harder.append(feature)
    if harder:
        found |= _columns(chunk.frame(name for feature in harder for name in feature.inputs), harder)
    return found


def _columns(table: nw.DataFrame[Any], features: Sequence[Feature]) -> dict[Formula, Array]:
    """Evaluate formulas over rows, as float64 with NaN for null."""
    distinct = {feature.formula: feature for feature in features}
    made = table.select(
        *(
            _nan_for_null(feature.formula(*map(nw.col, feature.inputs)).cast(nw.Float64)).alias(str(place))
            for place, feature in enumerate(distinct.values())
        )
    )
    return {formula: made[str(place)].to_numpy() for place, formula in enumerate(distinct)}


def _levels(plan: Sequence[Feature]) -> list[list[Feature]]:
    """Return derived features in layers, each made of earlier layers only."""
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
