"""What `import setia` offers: it names what a user gets wrong, and answers like the pipelines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from makers import QUICK, rows_of, usual_training, write_csv

import setia
from setia.source import Log
from setia.timeline import date_of

#: The quick settings that a logistic classifier takes.
QUICK_REGRESSOR = tuple(setting for setting in QUICK if not setting.removeprefix("+").startswith("classifier"))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return setia.read(write_csv(tmp_path_factory.mktemp("api") / "log.csv", rows_of()), currency="EUR")


@pytest.fixture(scope="module")
def model() -> setia.Model:
    training = usual_training()
    return setia.Model(training.bundle, "untracked", training)


def test_all_that_is_offered_exists() -> None:
    assert all(hasattr(setia, name) for name in setia.__all__)


def test_a_customer_is_what_the_table_and_the_log_say(log: Log) -> None:
    table = setia.feature_table(log).set_index("customer_id")
    days = setia.purchases(log)
    for customer_id in table.index[:5]:
        one = setia.customer(log, customer_id)
        pd.testing.assert_series_equal(
            one.features["value"].sort_index(),
            table.loc[customer_id].astype(float).dropna().sort_index(),
            check_names=False,
        )
        own = days[days["customer_id"] == customer_id].reset_index(drop=True)
        pd.testing.assert_frame_equal(one.purchases, own)
        silence = (one.last_day - own.loc[own["is_purchase"], "date"].max()).days
        assert silence == one.features.loc["days_since_last", "value"]


def test_a_log_read_up_to_a_day_is_not_mixed_up_with_the_whole(log: Log, tmp_path: Path) -> None:
    """The customer-days of one log are kept for the next figure: never for another log."""
    whole = setia.purchases(log)
    middle = whole["date"].sort_values().iloc[len(whole) // 2]
    path = write_csv(tmp_path / "log.csv", rows_of())
    early = setia.purchases(setia.read(path, as_of=f"{middle:%Y-%m-%d}"))
    pd.testing.assert_frame_equal(early, whole[whole["date"] <= middle].reset_index(drop=True))
    pd.testing.assert_frame_equal(setia.purchases(log), whole)


def test_wrong_names_are_told_with_the_right_ones(log: Log, model: setia.Model) -> None:
    with pytest.raises(setia.InputError, match="over_time"):
        setia.figure(log, "overtime")
    with pytest.raises(setia.InputError, match="one who has is"):
        setia.customer(log, "nobody")
    with pytest.raises(setia.InputError, match="gain_defection"):
        model.figure("gain")
    with pytest.raises(setia.InputError, match="one-time buyers"):
        model.comparison("everybody")
    loaded = setia.Model(model.bundle, "1")
    with pytest.raises(setia.InputError, match="MLflow"):
        loaded.figure("calibration")


def test_the_comparison_is_that_of_the_evaluation(model: setia.Model) -> None:
    found = model.comparison()
    assert found.columns[0] == "setia"
    for figure in model.evaluation.figures:
        if figure.group == "all":
            assert found.loc[figure.metric, figure.method] == figure.value


def test_a_saved_model_scores_alike(log: Log, model: setia.Model, tmp_path: Path) -> None:
    model.save(tmp_path / "bundle")
    loaded = setia.load(tmp_path / "bundle", tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
    ours, theirs = model.score(log), loaded.score(log)
    assert len(ours) > 100
    same = [name for name in ours.columns if name not in ("scored_at", "model_version")]
    pd.testing.assert_frame_equal(ours[same], theirs[same])


def test_what_the_command_line_may_say_may_be_said_here(log: Log) -> None:
    said = ("horizon_days=20", "seed=11", "classifier=logistic", *QUICK_REGRESSOR)
    facts = setia.train(log, overrides=said).bundle.facts
    assert (facts.horizon_days, facts.seed) == (20, 11)
    facts = setia.train(log, horizon_days=25, seed=0, overrides=said).bundle.facts
    assert (facts.horizon_days, facts.seed) == (25, 0)


def test_frames_are_read_like_files(log: Log) -> None:
    import polars as pl

    rows = [row for row in rows_of() if row["amount"] is not None]
    columns = {name: [row[name] for row in rows] for name in ("customer_id", "amount")}
    frame = pl.DataFrame({"who": columns["customer_id"], "when": [date_of(r["day"]) for r in rows]}).with_columns(
        amount=pl.Series(columns["amount"])
    )
    for given in (frame, frame.lazy(), frame.to_pandas()):
        read = setia.read(given, customer_id="who", timestamp="when", currency="EUR")
        assert (read.n_lines, read.first_day, read.last_day) == (log.n_lines, log.first_day, log.last_day)
        assert read.fingerprint == log.fingerprint
    with pytest.raises(setia.InputError, match="not list"):
        setia.read([1, 2])


def test_a_setting_that_does_not_exist_is_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "log.csv", rows_of(5))
    with pytest.raises(setia.InputError, match=r"read\(\) has no setting curency. The nearest is currency"):
        setia.read(path, curency="EUR")
    with pytest.raises(setia.InputError, match="There is no setting horizon_day"):
        setia.train(setia.read(path), overrides=("horizon_day=3",))


def test_the_columns_may_be_given_as_one(tmp_path: Path) -> None:
    from setia.source import ColumnMap

    path = write_csv(tmp_path / "log.csv", rows_of(5))
    read = setia.read(path, columns=ColumnMap(customer_id="customer_id", amount=""))
    assert "amount" not in read.columns


def test_without_amounts_no_value_is_told(tmp_path: Path) -> None:
    read = setia.read(write_csv(tmp_path / "log.csv", rows_of(10), ()))
    days = setia.purchases(read)
    assert list(days.columns) == ["customer_id", "date", "is_purchase"]
    assert len(setia.purchases(read, "c03")) == (days["customer_id"] == "c03").sum() > 0


def test_importance_is_told_with_meanings(model: setia.Model) -> None:
    found = model.importance()
    assert list(found.columns) == ["feature", "share", "meaning"]
    assert found["share"].is_monotonic_decreasing
    assert found["share"].sum() == pytest.approx(1)
    assert found["meaning"].str.len().min() > 10
    assert dict(zip(found["feature"], found["share"], strict=True)) == pytest.approx(dict(model.training.importance))


def test_figures_of_a_model_are_a_table(model: setia.Model) -> None:
    found = model.figures()
    assert list(found.columns) == ["metric", "method", "group", "value", "lo", "hi", "customers"]
    assert len(found) == len(model.evaluation.figures)
    with pytest.raises(setia.InputError, match="MLflow"):
        _ = setia.Model(model.bundle, "1").evaluation


def test_scores_are_those_of_the_pipeline_table(log: Log, model: setia.Model) -> None:
    from setia.schema import SCORES

    scores = model.score(log)
    assert list(scores.columns) == list(SCORES)
    assert set(scores["model_version"]) == {"untracked"}


def test_importing_costs_next_to_nothing_and_loads_what_is_used() -> None:
    script = (
        "import sys, time\nstart = time.perf_counter()\nimport setia\nspent = time.perf_counter() - start\n"
        "assert 'numpy' not in sys.modules\n"
        "assert {'read', 'Model', 'InputError'} <= set(dir(setia))\nassert callable(setia.read)\nprint(spent)"
    )
    spent = [
        float(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout) for _ in "ab"
    ]
    assert min(spent) < 0.3
    with pytest.raises(AttributeError, match="it offers Alerts, "):
        _ = setia.trian
