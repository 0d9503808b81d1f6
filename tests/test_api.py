"""What `import setia` offers: it names what a user gets wrong, and answers like the pipelines."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from makers import rows_of, usual_training, write_csv

import setia


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> setia.api.Log:
    return setia.read(write_csv(tmp_path_factory.mktemp("api") / "log.csv", rows_of()), currency="EUR")


@pytest.fixture(scope="module")
def model() -> setia.Model:
    training = usual_training()
    return setia.Model(training.bundle, "untracked", training)


def test_all_that_is_offered_exists() -> None:
    assert all(hasattr(setia, name) for name in setia.__all__)


def test_a_customer_is_what_the_table_and_the_log_say(log: setia.api.Log) -> None:
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


def test_a_log_read_up_to_a_day_is_not_mixed_up_with_the_whole(log: setia.api.Log, tmp_path: Path) -> None:
    """The customer-days of one log are kept for the next figure: never for another log."""
    whole = setia.purchases(log)
    middle = whole["date"].sort_values().iloc[len(whole) // 2]
    path = write_csv(tmp_path / "log.csv", rows_of())
    early = setia.purchases(setia.read(path, as_of=f"{middle:%Y-%m-%d}"))
    pd.testing.assert_frame_equal(early, whole[whole["date"] <= middle].reset_index(drop=True))
    pd.testing.assert_frame_equal(setia.purchases(log), whole)


def test_wrong_names_are_told_with_the_right_ones(log: setia.api.Log, model: setia.Model) -> None:
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


def test_a_saved_model_scores_alike(log: setia.api.Log, model: setia.Model, tmp_path: Path) -> None:
    model.save(tmp_path / "bundle")
    loaded = setia.load(tmp_path / "bundle", tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
    ours, theirs = model.score(log), loaded.score(log)
    assert len(ours) > 100
    same = [name for name in ours.columns if name not in ("scored_at", "model_version")]
    pd.testing.assert_frame_equal(ours[same], theirs[same])
