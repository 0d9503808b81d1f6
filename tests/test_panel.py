"""The panel against plain loops, and what can and cannot reach it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import makers
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_logs import Row, frame, random_log

from setia.defection import Rhythm, Silence
from setia.engine import Frame
from setia.errors import InputError
from setia.features import named
from setia.history import Future, History, prepare
from setia.panel import Panel, PanelSettings, make_panel, stack, thin

START, HORIZON = 17_000, 20
CUTOFFS = (START + 50, START + 65, START + 80)
FEATURES = named(("days_since_last", "frequency", "T_days", "spend_total"))
COLUMNS = ("customer_id", "day", "amount")
LATELY = ("past_value", "last_value", "last_purchases", "recent_purchases", "former_purchases")
BEFORE = ("customer_id", "cutoff", "X", *LATELY)
AFTER = ("defected", "value", "purchases")


def panel_of(
    rows: list[Row],
    cutoffs: Sequence[int] = CUTOFFS,
    basis: str = "revenue",
    engine: str = "polars",
    definition: Any = None,
) -> Panel:
    where = makers.engine()
    prepared = prepare(frame(where, engine, rows, COLUMNS), where if engine == "duckdb" else None)
    return make_panel(prepared, cutoffs, HORIZON, FEATURES, definition or Silence(), basis)


def same(left: Panel, right: Panel, names: Sequence[str] = (*BEFORE, *AFTER)) -> bool:
    """Whether columns are equal, but for the order in which money was summed."""
    for name in names:
        a, b = getattr(left, name), getattr(right, name)
        if len(a) != len(b):
            return False
        if not (np.array_equal(a, b) if a.dtype == object else np.allclose(a, b, 1e-6, 1e-9, equal_nan=True)):
            return False
    return True


def plain(rows: list[Row], cutoff: int, basis: str) -> dict[str, dict[str, float]]:
    """Sum what each window holds, line by line."""
    days: dict[tuple[str, int], list[float]] = {}
    for row in rows:
        days.setdefault((row["customer_id"], row["day"]), []).append(row["amount"])
    bought = {key: float(any(amount > 0 for amount in amounts)) for key, amounts in days.items()}
    worth = bought if basis == "purchases" else {key: sum(amounts) for key, amounts in days.items()}

    def total(of: dict[tuple[str, int], float], customer: str, first: int, last: int) -> float:
        return sum(v for (who, day), v in of.items() if who == customer and first <= day <= last)

    found = {}
    for customer in sorted({who for who, _ in days}):
        if total(bought, customer, 0, cutoff) == 0:
            continue
        purchases = total(bought, customer, cutoff + 1, cutoff + HORIZON)
        found[customer] = {
            "defected": float(purchases == 0),
            "value": total(worth, customer, cutoff + 1, cutoff + HORIZON),
            "purchases": purchases,
            "past_value": total(worth, customer, 0, cutoff),
            "last_value": total(worth, customer, cutoff - HORIZON + 1, cutoff),
            "last_purchases": total(bought, customer, cutoff - HORIZON + 1, cutoff),
            "recent_purchases": total(bought, customer, cutoff - 29, cutoff),
            "former_purchases": total(bought, customer, cutoff - 119, cutoff - 30),
        }
    return found


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
@pytest.mark.parametrize("basis", ["revenue", "purchases"])
def test_every_outcome_is_what_plain_loops_say(engine: str, basis: str) -> None:
    rows = random_log(13, 40, 120, START)
    panel = panel_of(rows, basis=basis, engine=engine)
    assert sorted(set(panel.cutoff)) == list(CUTOFFS)
    for cutoff in CUTOFFS:
        at, expected = panel.at(cutoff), plain(rows, cutoff, basis)
        assert list(at.customer_id) == sorted(expected)
        for name in ("defected", "value", "purchases", *LATELY):
            wanted = [row[name] for row in expected.values()]
            assert getattr(at, name) == pytest.approx(wanted, abs=1e-9), name
        assert at.column("spend_total") == pytest.approx(np.float32(plain_spend(rows, cutoff, expected)))


def plain_spend(rows: list[Row], cutoff: int, customers: Any) -> list[float]:
    return [
        sum(row["amount"] for row in rows if row["customer_id"] == customer and row["day"] <= cutoff)
        for customer in customers
    ]


later = st.lists(
    st.tuples(
        st.sampled_from(["c00", "c03", "c07", "new"]), st.integers(1, 60), st.floats(-100, 1000, allow_nan=False)
    ),
    max_size=10,
)


def added(found: list[tuple[str, int, float]], after: int) -> list[Row]:
    return [{"customer_id": who, "day": after + days, "amount": amount} for who, days, amount in found]


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(more=later, keep=st.booleans())
def test_what_comes_after_the_horizon_changes_nothing(more: list[tuple[str, int, float]], keep: bool) -> None:
    rows, cutoff = random_log(21, 10, 120, START), CUTOFFS[1]
    end = cutoff + HORIZON
    changed = [row for row in rows if keep or row["day"] <= end] + added(more, end)
    changed += added([("nobody", 0, -1.0)], end)  # the log reaches to the horizon's end: its outcomes are known
    assert same(panel_of(changed, [cutoff]), panel_of(rows, [cutoff]))


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(more=later, keep=st.booleans())
def test_what_comes_after_the_cutoff_changes_only_outcomes(more: list[tuple[str, int, float]], keep: bool) -> None:
    rows, cutoff = random_log(22, 10, 120, START), CUTOFFS[1]
    changed = [row for row in rows if keep or row["day"] <= cutoff] + added(more, cutoff)
    assert same(panel_of(changed, [cutoff]), panel_of(rows, [cutoff]), BEFORE)


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_the_order_of_the_lines_changes_not_a_bit(engine: str) -> None:
    rows = random_log(24, 60, 120, START)
    shuffled = random.Random(1).sample(rows, len(rows))
    one, other = panel_of(rows, engine=engine), panel_of(shuffled, engine=engine)
    for name in (*BEFORE, *AFTER):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def test_a_panel_of_several_cutoffs_is_that_of_each() -> None:
    rows = random_log(23, 15, 120, START)
    whole = panel_of(rows)
    assert same(whole, stack([panel_of(rows, [cutoff]) for cutoff in CUTOFFS]))
    order = list(zip(whole.cutoff, whole.customer_id, strict=True))
    assert order == sorted(order)


def test_shapes_and_types() -> None:
    panel = panel_of(random_log(23, 15, 120, START))
    assert panel.X.dtype == np.float32
    assert panel.X.shape == (len(panel), len(FEATURES))
    assert panel.names == tuple(feature.name for feature in FEATURES)
    for field in fields(panel):
        if field.name not in ("names", "also", "profit", "past_profit", "last_profit"):
            assert len(getattr(panel, field.name)) == len(panel), field.name
    for name in (*AFTER, *LATELY):
        assert getattr(panel, name).dtype == np.float64


def test_further_labels_lie_beside_the_first_and_go_with_their_rows() -> None:
    rows = random_log(23, 15, 120, START)
    prepared = prepare(frame(makers.engine(), "polars", rows, COLUMNS), None)
    cutoff, kind = CUTOFFS[0], Rhythm(surprise=0.2)
    both = make_panel(prepared, CUTOFFS, HORIZON, FEATURES, Silence(), "revenue", also=[kind])
    alone = make_panel(prepared, CUTOFFS, HORIZON, FEATURES, kind, "revenue")
    assert np.array_equal(both.by(0).defected, alone.defected, equal_nan=True)
    assert both.by(0).also == ()
    assert np.array_equal(both.at(cutoff).also[0], alone.at(cutoff).defected, equal_nan=True)
    again = stack([both.at(cutoff) for cutoff in CUTOFFS])
    assert np.array_equal(again.also[0], both.also[0], equal_nan=True)
    assert same(both, panel_of(rows))


def test_rows_are_chosen_by_mask_or_place() -> None:
    panel = panel_of(random_log(23, 15, 120, START))
    mask = panel.column("frequency") > 0
    assert 0 < mask.sum() < len(panel)
    assert same(panel.rows(mask), panel.rows(np.flatnonzero(mask)))
    assert (panel.rows(mask).column("frequency") > 0).all()
    assert len(panel.at([])) == 0
    assert same(panel.at(CUTOFFS), panel)
    assert same(panel.at(CUTOFFS[2]), panel.at([CUTOFFS[2]]))
    backwards = np.arange(len(panel))[::-1]
    assert same(panel.rows(backwards).rows(backwards), panel)


class Regulars:
    """A definition that covers only who came twice, and knows nothing yet of one customer."""

    name, version, words, covers_silence = "regulars", 1, "no purchase after two", True

    def eligible(self, history: History, horizon_days: int) -> Frame:
        import narwhals as nw

        bought = history.days.filter(nw.col("is_purchase"))
        return bought.filter(~nw.col("is_first")).select("customer_id").unique()

    def label(self, history: History, future: Future) -> Frame:
        import narwhals as nw

        labels = (
            Silence()
            .label(history, future)
            .join(self.eligible(history, future.horizon_days), on="customer_id", how="inner")
        )
        unknown = nw.when(nw.col("customer_id") != 0).then(nw.col("defected"))
        return labels.select("customer_id", defected=unknown)


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_where_a_definition_says_nothing_defection_is_missing_and_money_is_not(engine: str) -> None:
    rows = random_log(14, 40, 120, START)
    panel = panel_of(rows, engine=engine, definition=Regulars())
    everybody = panel_of(rows, engine=engine)
    repeat = panel.column("frequency") > 0
    unknown = np.isnan(panel.defected)
    assert np.array_equal(unknown, ~repeat | (panel.customer_id == "c00"))
    assert unknown.any()
    assert (~unknown).any()
    assert not same(everybody, everybody.rows(np.arange(len(everybody))[::-1]))
    assert np.array_equal(panel.defected[~unknown], everybody.defected[~unknown])
    assert same(panel, everybody, ("customer_id", "cutoff", "X", "value", "purchases", "past_value"))


def customers(lines: Frame) -> list[str]:
    return sorted(set(lines.select("customer_id").collect("pyarrow").to_native()["customer_id"].to_pylist()))


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
@pytest.mark.parametrize(("max_rows", "every"), [(1000, 1), (120, 1), (119, 2), (60, 2), (59, 3), (12, 10), (5, 24)])
def test_thinning_keeps_every_kth_customer_with_all_lines(engine: str, max_rows: int, every: int) -> None:
    rows = random_log(5, 40, 120, START)
    random.Random(1).shuffle(rows)
    lines = frame(makers.engine(), engine, rows, COLUMNS)
    ids = sorted({row["customer_id"] for row in rows})
    kept = thin(lines, len(ids), len(CUTOFFS), max_rows)
    assert customers(kept) == ids[every - 1 :: every]
    assert len(customers(kept)) * len(CUTOFFS) <= max_rows
    found = kept.collect("pyarrow").to_native().to_pylist()
    stay = set(ids[every - 1 :: every])
    chosen = [row for row in rows if row["customer_id"] in stay]
    assert sorted((r["customer_id"], r["day"], r["amount"]) for r in found) == sorted(
        (row["customer_id"], row["day"], row["amount"]) for row in chosen
    )


def test_thinned_customers_are_the_same_at_all_cutoffs() -> None:
    rows = random_log(6, 40, 120, START)
    where = makers.engine()
    lines = thin(frame(where, "duckdb", rows, COLUMNS), 40, len(CUTOFFS), 40)
    panel = make_panel(prepare(lines, where), CUTOFFS, HORIZON, FEATURES, Silence(), "revenue")
    whole = panel_of(rows)
    kept = set(customers(lines))
    assert 0 < len(kept) < 40
    for cutoff in CUTOFFS:
        known = set(whole.at(cutoff).customer_id)
        assert set(panel.at(cutoff).customer_id) == known & kept
    mine = whole.rows(np.isin(whole.customer_id, list(kept)))
    assert same(panel, mine)


@pytest.mark.parametrize("max_rows", [0, -1])
def test_a_panel_of_no_rows_is_refused(max_rows: int) -> None:
    with pytest.raises(InputError, match=f"panel.max_rows={max_rows} must be at least 1"):
        PanelSettings(max_rows)


def test_thinning_never_takes_everybody() -> None:
    lines = frame(makers.engine(), "polars", random_log(5, 3, 120, START), COLUMNS)
    assert len(customers(thin(lines, 3, 12, 5))) == 1
