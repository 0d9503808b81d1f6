"""The backtest: cutoffs in the right places, the pipeline as it is, and nothing known before its time."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from makers import HORIZON, QUICK, SPAN, START, engine, quick, rows_of, small_log, trained_on, write_csv
from small_backtest import DAYS, LAST, ROWS, backtest_on, usual_backtest
from small_logs import ALL

from setia.backtest import BacktestSettings, _possible, backtest
from setia.defection import Silence
from setia.errors import InputError
from setia.evaluate.comparison import average
from setia.history import prepare
from setia.panel import PanelSettings, make_panel
from setia.progress import Progress
from setia.timeline import date_of


def possible(settings: BacktestSettings, horizon: int = HORIZON) -> tuple[list[int], list[str]]:
    where = engine()
    return _possible(settings, small_log(where, ROWS), horizon)


def test_the_default_cutoffs_are_the_last_that_have_a_full_horizon() -> None:
    assert possible(BacktestSettings())[0] == [LAST - 2 * HORIZON, LAST - HORIZON, LAST]
    assert possible(BacktestSettings(count=2, step_days=7))[0] == [LAST - 7, LAST]


def test_cutoffs_that_are_named_are_taken_in_order_and_once() -> None:
    dates = tuple(date_of(day).isoformat() for day in (LAST, LAST - 50, LAST))
    assert possible(BacktestSettings(cutoffs=dates)) == ([LAST - 50, LAST], [])


def test_a_cutoff_outside_the_log_is_left_out_in_a_sentence() -> None:
    dates = tuple(date_of(day).isoformat() for day in (START - 1, LAST, LAST + 1))
    found, said = possible(BacktestSettings(cutoffs=dates))
    assert found == [LAST]
    assert said == [
        f"{date_of(START - 1)} was left out: the log starts later, on {date_of(START)}; name a later day.",
        f"{date_of(LAST + 1)} was left out: the log ends on {date_of(START + SPAN - 1)}, less than 30 days after it; "
        "name an earlier day.",
    ]


def test_what_cannot_be_trained_is_left_out_in_a_sentence_and_the_rest_goes_on() -> None:
    found = usual_backtest()
    assert [result.cutoff for result in found.results] == list(DAYS)
    assert len(found.left_out) == 1
    assert found.left_out[0].startswith(f"{date_of(START + 5)} was left out. The log covers 6 days")


def test_if_nothing_can_be_tested_that_is_a_sentence() -> None:
    with pytest.raises(
        InputError, match=r"^No cutoff of small can be tested\. .* was left out\. The log covers 6 days"
    ):
        backtest_on(ROWS, (START + 5,))
    with pytest.raises(InputError, match=r"^No cutoff of small can be tested\. .* the log ends on"):
        backtest_on(ROWS, (LAST + 1,))


def test_ours_is_the_pipeline_trained_on_the_log_that_ends_at_the_cutoff() -> None:
    result = usual_backtest().results[0]
    rows = [row for row in ROWS if row["day"] <= result.cutoff]
    # the log goes on to its cutoff, whether or not somebody bought on that day
    assert max(row["day"] for row in rows) == result.cutoff
    bundle = trained_on(rows).bundle
    where = engine()
    prepared = prepare(small_log(where, rows).lines, where)
    panel = make_panel(prepared, [result.cutoff], HORIZON, bundle.features, Silence(), "revenue")
    said, ours = bundle.forecast(panel.X), result.methods[0]
    assert list(panel.customer_id) == list(result.truth.customer_id)
    assert ours.p_defect == pytest.approx(said.p_defect)
    assert ours.expected_value == pytest.approx(said.expected_value)


def test_the_truth_is_what_the_lines_of_the_horizon_say() -> None:
    for result in usual_backtest().results:
        known = {row["customer_id"] for row in ROWS if row["day"] <= result.cutoff and row["amount"] > 0}
        ahead = [row for row in ROWS if result.cutoff < row["day"] <= result.cutoff + HORIZON]
        assert list(result.truth.customer_id) == sorted(known)
        buyers = {row["customer_id"] for row in ahead if row["amount"] > 0}
        assert list(result.truth.defected) == [float(customer not in buyers) for customer in sorted(known)]
        sums = dict.fromkeys(sorted(known), 0.0)
        for row in ahead:
            if row["customer_id"] in sums:
                sums[row["customer_id"]] += row["amount"]
        assert result.truth.value == pytest.approx(np.array(list(sums.values())), abs=1e-5)


def test_no_line_after_a_cutoff_reaches_any_forecast_of_it() -> None:
    """With another future, every method of every kind says the same; only the verdict changes."""
    cutoff = DAYS[0]
    end = [row for row in ROWS if row["day"] == START + SPAN - 1 and row["customer_id"] == "edge"]
    mad = [{**row, "day": cutoff + 1 + i % 60, "amount": 900.0} for i, row in enumerate(ROWS) if i % 9 == 0]
    past = [row for row in ROWS if row["day"] <= cutoff]
    other = backtest_on([*past, *mad, *end], (cutoff,)).results[0]
    usual = usual_backtest().results[0]
    assert not np.array_equal(other.truth.defected, usual.truth.defected)
    assert len(other.methods) == 10
    for one, same in zip(usual.methods, other.methods, strict=True):
        for name in ("p_defect", "p_calibrated", "expected_value", "value_lo", "value_hi"):
            said, also = getattr(one, name), getattr(same, name)
            assert (said is None) == (also is None)
            assert said is None or np.allclose(said, also, rtol=1e-6), (one.name, name)


def test_the_average_is_over_its_cutoffs() -> None:
    found = usual_backtest()
    assert repr(found.average) == repr(average([result.comparison for result in found.results]))
    verdict = next(v for v in found.average if v.metric == "auc")
    singles = [result.comparison.verdict("auc") for result in found.results]
    assert verdict.ours == pytest.approx(np.mean([single.ours for single in singles if single is not None]))


@pytest.mark.slow
def test_a_horizon_that_is_not_given_is_chosen_once_for_all_cutoffs() -> None:
    where = engine()
    recipe = replace(quick(), horizon_days=None)
    found = backtest(BacktestSettings(count=1), recipe, small_log(where, ROWS), where)
    assert found.horizon_days >= 1
    assert found.results[0].cutoff == START + SPAN - 1 - found.horizon_days


@pytest.mark.slow
def test_a_large_log_is_tested_on_some_of_its_customers() -> None:
    where = engine()
    log = small_log(where, rows_of(900), ALL)
    recipe = replace(quick(), panel=PanelSettings(max_rows=800))
    found = backtest(BacktestSettings(count=1), recipe, log, where)
    assert 300 <= found.results[0].customers <= 450


@pytest.mark.slow
def test_it_tells_where_it_is() -> None:
    said = io.StringIO()
    backtest_on(ROWS, (LAST,), Progress(stream=said))
    for words in ("what really came", f"{date_of(LAST)}, cutoff 1 of 1", "final fit", "peers", "verdict"):
        assert words in said.getvalue()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_backtest() -> None:
    one, other = usual_backtest(), backtest_on(ROWS, DAYS)
    assert repr(one.average) == repr(other.average)
    assert repr([each.comparison for each in one.results]) == repr([each.comparison for each in other.results])


@pytest.mark.slow
def test_the_pipeline_writes_its_page_and_stays_within_a_hundred_columns(root: Path, tmp_path: Path) -> None:
    write_csv(tmp_path / "log.csv", ROWS)
    command = [
        *(sys.executable, "pipelines/backtest.py", "source=files", f"source.path={tmp_path / 'log.csv'}", *QUICK),
        *("horizon_days=30", "backtest.count=2", f"backtest.output={tmp_path / 'out' / 'page.md'}"),
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert "On average over 2 cutoffs" in (tmp_path / "out" / "page.md").read_text(encoding="utf-8")
    assert (tmp_path / "out" / "page.json").is_file()
    assert "cutoff 2 of 2" in done.stderr
    tables, _, _ = done.stdout.partition("\nResults\n")  # after it come paths and commands, never broken
    assert max(map(len, tables.splitlines())) <= 100
    assert "On average over 2 cutoffs" in done.stdout
