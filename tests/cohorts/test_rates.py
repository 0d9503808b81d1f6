"""Retention against plain counting over rows; what an unripe month may still become; the table and the figure."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from leavers import COLUMNS, SPAN, bought, rows
from makers import START, engine, small_log
from small_logs import random_log

from setia.cohorts import Retention, RetentionSettings, month_ends, retention
from setia.cohorts.months import quarter
from setia.defection import AnyOf, Category, Definition, Partial, Rhythm, Silence
from setia.errors import InputError
from setia.progress import Progress
from setia.report.retention import figure, show, table, write

HORIZON, LAST = 30, START + SPAN - 1
EPOCH = dt.date(1970, 1, 1)


@cache
def measured(until: int = LAST, partial: bool = False) -> Retention:
    where = engine()
    log = small_log(where, [row for row in rows() if row["day"] <= until], COLUMNS)
    definition = Partial(min_expected_visits=2.0) if partial else Silence()
    return retention(RetentionSettings(), definition, log, where, "revenue", HORIZON)


def test_month_ends_are_those_of_the_calendar() -> None:
    first, last = (dt.date(2023, 12, 31) - EPOCH).days, (dt.date(2024, 3, 30) - EPOCH).days
    found = [EPOCH + dt.timedelta(days=day) for day in month_ends(first, last)]
    assert found == [dt.date(2023, 12, 31), dt.date(2024, 1, 31), dt.date(2024, 2, 29)]
    assert month_ends(first + 1, first + 1) == ()
    assert quarter(first) == "2023-Q4"


def test_ripe_months_are_counts() -> None:
    result = measured()
    months = [month for month in result.of("all") if month.ripe]
    assert len(months) > 4
    for month in months:
        ahead = bought(month.end + 1, month.end + HORIZON)
        assert month.retained + month.defected == month.customers
        assert month.rate == month.low == month.high == month.retained / month.customers
        active = bought(month.end - 7, month.end)  # whoever came this week has not lapsed
        assert len(active.keys() & ahead.keys()) <= month.retained <= len(bought(0, month.end).keys() & ahead.keys())
        assert month.spend == pytest.approx(month.spend_retained + month.spend_defected)


@pytest.mark.parametrize("kind", ["cohort", "segment"])
def test_groups_add_up_to_the_whole(kind: str) -> None:
    result = measured()
    for whole in result.of("all"):
        parts = [month for month in result.of(kind) if month.end == whole.end]
        for name in ("customers", "retained", "defected"):
            assert sum(getattr(month, name) for month in parts) == getattr(whole, name)
        assert sum(month.spend for month in parts) == pytest.approx(whole.spend)


def test_the_best_fifth_is_a_fifth() -> None:
    result = measured()
    for whole in result.of("all"):
        best = next(m for m in result.of("segment") if m.end == whole.end and m.group == "the best fifth")
        assert abs(best.customers - whole.customers / 5) <= 1


@pytest.mark.parametrize("partial", [False, True])
def test_what_an_unripe_month_becomes_lies_within_what_was_said(partial: bool) -> None:
    whole = {month.end: month for month in measured(partial=partial).of("all")}
    for until in (LAST - 25, LAST - 40):
        early = [month for month in measured(until, partial).of("all") if not month.ripe]
        assert early
        for month in early:
            later = whole[month.end]
            assert later.ripe
            assert later.customers == month.customers
            assert month.low <= later.rate <= month.high
            assert month.rate != month.rate
            assert month.money_rate != month.money_rate


KINDS = (
    Silence(),
    Rhythm(surprise=0.2),
    Partial(min_expected_visits=1.5, look_back_days=60),
    Partial(measure="spend", share=0.7, min_expected_visits=1.0, look_back_days=45),
    Category(min_days=2, min_expected_days=0.5, look_back_days=60),
    AnyOf((Silence(), Category(min_days=2, min_expected_days=0.5, look_back_days=60))),
)


@pytest.mark.parametrize("definition", KINDS, ids=lambda definition: definition.name)
@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 500), cut=st.integers(1, 60), horizon=st.integers(20, 50))
def test_every_unripe_month_becomes_what_it_may_become(
    definition: Definition, seed: int, cut: int, horizon: int
) -> None:
    """The log is cut, and goes on: whatever comes, the final rate lies between the bounds, in every group."""
    lines = [*random_log(seed, 30, 200, START), {**random_log(seed, 1)[0], "day": START + 199, "amount": -1.0}]
    end = max(row["day"] for row in lines) - cut
    early = [row for row in lines if row["day"] <= end]
    early.append({**early[0], "customer_id": "nobody", "day": end, "amount": -1.0})  # the log reaches to this day
    where = engine()
    before, after = (
        {
            (month.end, month.kind, month.group): month
            for month in retention(RetentionSettings(), definition, log, where, "revenue", horizon).months
        }
        for log in (small_log(where, early, COLUMNS), small_log(where, lines, COLUMNS))
    )
    for key, month in before.items():
        later = after[key]
        assert month.customers == later.customers
        assert month.ripe == (month.end + horizon <= end)
        if month.ripe:
            assert (month.retained, month.defected) == (later.retained, later.defected)
        assert month.low <= later.low <= later.high <= month.high


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_table_and_the_figure_are_written(ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = measured()
    path = write(result, str(tmp_path / f"kept.{ending}"))
    found = csv.read_csv(path) if ending == "csv" else pq.read_table(path)
    assert found.num_rows == len(result.months)
    assert found.column_names == table(result).column_names
    assert path.with_suffix(".png").stat().st_size > 10_000
    show(result, path, Progress(quiet=True))
    said = capsys.readouterr().out
    assert "not ripe" in said
    assert "the best fifth" in said
    assert figure(measured(LAST - 25)).axes


def test_a_log_without_a_month_is_refused() -> None:
    where = engine()
    log = small_log(where, [row for row in rows() if row["day"] < START + 20], COLUMNS)
    with pytest.raises(InputError, match="No month ends within small"):
        retention(RetentionSettings(), Silence(), log, where, "revenue", 19)


@pytest.mark.parametrize(("setting", "value"), [("months", 0), ("max_rows", 0), ("output", "kept.xlsx")])
def test_settings_are_checked(setting: str, value: object) -> None:
    with pytest.raises(InputError, match=f"retention.{setting}={value}"):
        RetentionSettings(**{setting: value})  # type: ignore[arg-type]
