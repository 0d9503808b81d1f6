"""Training as a whole: what it may know, what it refuses, and that it does the same thing twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from makers import FOREST, HORIZON, SPAN, START, logistic_bundle, quick, rows_of, trained_on, usual_training
from small_logs import ALL, Row

from setia.errors import InputError
from setia.features import FeatureSettings
from setia.learn.dropout import COLUMNS
from setia.panel import PanelSettings
from setia.timeline import TimelineSettings, date_of
from setia.training import OURS, Training
from setia.value import ValueSettings


def ours(training: Training) -> tuple[Any, Any]:
    method = training.evaluation.methods[0]
    assert method.name == OURS
    return method.p_defect, method.expected_value


def test_the_same_log_and_seed_give_the_same_training() -> None:
    one, other = usual_training(), trained_on(rows_of())
    assert np.array_equal(one.holdout.X, other.holdout.X, equal_nan=True)
    for first, second in zip(ours(one), ours(other), strict=True):
        assert np.array_equal(first, second)
    assert repr(one.evaluation.figures) == repr(other.evaluation.figures)
    assert one.importance == other.importance
    assert one.bundle.facts == other.bundle.facts
    assert one.bundle.blend == other.bundle.blend
    X = one.holdout.X[:, : len(one.bundle.feature_names)]
    for name, array in vars(one.bundle.forecast(X)).items():
        assert np.array_equal(array, getattr(other.bundle.forecast(X), name)), name


@pytest.mark.slow
def test_the_order_of_the_lines_is_no_matter() -> None:
    for first, second in zip(ours(usual_training()), ours(trained_on(rows_of()[::-1])), strict=True):
        assert np.allclose(first, second, rtol=1e-5)


@pytest.mark.slow
def test_another_seed_gives_another() -> None:
    from functools import partial

    from lightgbm import LGBMClassifier

    from setia.learn.members import ClassifierSettings

    some = ClassifierSettings(partial(LGBMClassifier, **FOREST, colsample_bytree=0.3))
    one, other = (trained_on(rows_of(), classifier=some, seed=seed) for seed in (1, 2))
    assert not np.array_equal(ours(one)[0], ours(other)[0])
    assert other.bundle.facts.seed == 2


def test_what_comes_after_the_holdout_cutoff_reaches_no_forecast_of_it() -> None:
    usual = usual_training()
    cutoff = usual.timeline.holdout
    end = [row for row in rows_of() if row["day"] == START + SPAN - 1 and row["customer_id"] == "edge"]
    mad = [{**row, "day": cutoff + 1 + i % HORIZON, "amount": 900.0} for i, row in enumerate(rows_of()) if i % 9 == 0]
    training = trained_on([*(row for row in rows_of() if row["day"] <= cutoff), *mad, *end])
    assert not np.array_equal(training.holdout.defected, usual.holdout.defected)
    assert training.timeline == usual.timeline
    assert np.array_equal(training.holdout.customer_id, usual.holdout.customer_id)
    for one, other in zip(training.evaluation.methods, usual.evaluation.methods, strict=True):
        for said, same in ((one.p_defect, other.p_defect), (one.expected_value, other.expected_value)):
            assert (said is None) == (same is None)
            assert said is None or np.allclose(said, same, rtol=1e-6)


def test_the_models_for_use_know_everything() -> None:
    training = usual_training()
    facts, timeline = training.bundle.facts, training.timeline
    assert facts.cutoffs == tuple(date_of(cutoff).isoformat() for cutoff in timeline.final)
    assert timeline.final[-1] + HORIZON == timeline.as_of == START + SPAN - 1
    assert facts.as_of == date_of(timeline.as_of).isoformat()


def test_what_it_was_trained_on_is_written_down() -> None:
    training = usual_training()
    facts = training.bundle.facts
    assert (facts.source, facts.currency, facts.timezone, facts.basis) == ("small", "EUR", "UTC", "revenue")
    assert (facts.horizon_days, facts.definition, facts.definition_version) == (HORIZON, "silence", 1)
    assert facts.customers == len({row["customer_id"] for row in rows_of()})
    assert "amount" in facts.columns
    assert "category" not in facts.columns  # no feature of these families is made of it
    assert facts.purchase_value_mean is not None
    assert facts.purchase_value_mean > 0
    assert facts.gap_median_days is not None
    assert facts.gap_median_days > 0
    assert facts.setia_version


def test_the_features_are_those_of_the_families_and_their_importance_is_told() -> None:
    training = usual_training()
    names = tuple(feature.name for feature in training.features)
    assert {feature.family for feature in training.features if feature.name != "value_mean"} == {"rfm", "rhythm"}
    assert training.bundle.feature_names == names
    assert [name for name, _ in training.importance] != list(names)
    assert {name for name, _ in training.importance} == {*names, *COLUMNS}
    shares = [share for _, share in training.importance]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)


def test_the_usual_value_of_a_feature_is_that_of_the_last_cutoff() -> None:
    training = usual_training()
    typical = training.bundle.typical
    place = training.bundle.feature_names.index("days_since_last")
    assert typical.shape == (len(training.features), 3)
    expected = np.quantile(training.holdout.column("days_since_last"), [0.05, 0.5, 0.95])
    assert typical[place] == pytest.approx(expected)
    ordered = typical[~np.isnan(typical).any(axis=1)]
    assert (np.diff(ordered, axis=1) >= 0).all()


def test_it_learns_something() -> None:
    evaluation = usual_training().evaluation
    for metric, least in (("auc", 0.75), ("gini", 0.4)):
        figure = evaluation.figure(metric, OURS)
        assert figure is not None
        assert figure.value > least


def test_without_amounts_value_is_counted_in_purchases() -> None:
    training = trained_on([row for row in rows_of() if row["amount"] > 0], ("customer_id", "day"))
    assert training.bundle.facts.basis == "purchases"
    assert training.bundle.facts.purchase_value_mean is None
    assert np.array_equal(training.evaluation.value, training.holdout.purchases)
    assert training.bundle.dropout.amounts is None
    assert {family for family, _, _ in training.off} == {"rfm", "rhythm"} & {family for family, _, _ in training.off}


def test_a_log_with_amounts_may_be_counted_in_purchases_too() -> None:
    chosen = FeatureSettings(("rfm", "spend"))
    training = trained_on(rows_of(), value=ValueSettings("purchases"), features=chosen)
    assert training.bundle.facts.basis == "purchases"
    assert np.array_equal(training.evaluation.value, training.holdout.purchases)
    # every member counts, the buy-till-you-die model too
    assert np.array_equal(training.holdout.column("btyd_value"), training.holdout.column("btyd_purchases"))


@pytest.mark.parametrize("family", ["rhythm", pytest.param("calendar", marks=pytest.mark.slow)])
def test_what_the_rules_and_the_second_member_need_is_there_whatever_the_families(family: str) -> None:
    training = trained_on(rows_of(), features=FeatureSettings((family,)))
    added = {feature.name for feature in training.features if feature.family != family}
    assert added == {"frequency", "recency_days", "T_days", "days_since_last", "value_mean"}
    assert training.bundle.dropout.amounts is not None


@pytest.mark.slow
def test_where_no_horizon_is_given_the_log_chooses() -> None:
    training = trained_on(rows_of(), horizon_days=None)
    assert training.curve is not None
    assert training.timeline.horizon_days == training.curve.horizon_days == training.bundle.facts.horizon_days
    assert not training.timeline.folded


@pytest.mark.parametrize(("horizon", "out_of_time"), [pytest.param(60, True, marks=pytest.mark.slow), (100, False)])
def test_a_short_log_is_trained_by_folds(horizon: int, out_of_time: bool) -> None:
    training = trained_on(rows_of(), horizon_days=horizon)
    assert (training.timeline.folded, training.timeline.out_of_time) == (True, out_of_time)
    assert training.timeline.sharing
    figure = training.evaluation.figure("auc", OURS)
    assert figure is not None
    assert figure.value > 0.6


@pytest.mark.slow
def test_a_large_base_is_thinned_and_judged_on_what_is_left() -> None:
    training = trained_on(rows_of(300), panel=PanelSettings(max_rows=1200))
    judged = set(training.holdout.customer_id)
    everybody = {row["customer_id"] for row in rows_of(300)}
    assert judged < everybody
    assert 100 < len(judged) <= 150
    assert training.bundle.facts.customers == len(everybody)


@pytest.mark.slow
def test_forests_may_grow_on_a_sample() -> None:
    training = trained_on(rows_of(), panel=PanelSettings(max_fit_rows=100))
    assert training.rows == usual_training().rows
    assert not np.array_equal(ours(training)[0], ours(usual_training())[0])


def leaking() -> list[Row]:
    """Every third day each, but some stop for good; a clerk then enters a huge quantity on their last line."""
    random, rows = np.random.default_rng(1), []
    for number in range(90):
        last = START + int(random.integers(20, 260))
        days = range(START + number % 3, min(last, START + SPAN), 3)
        for day in days:
            quantity = 1e6 if day == days[-1] and last < START + SPAN else 1.0
            rows.append({"customer_id": f"c{number}", "day": day, "amount": 9.0, "quantity": quantity})
    return [*rows, {**rows[0], "day": START + SPAN - 1}]


def test_a_column_that_was_filled_in_later_stops_the_training_with_its_name() -> None:
    columns = ("customer_id", "day", "amount", "quantity")
    chosen = FeatureSettings(("rfm", "basket"))
    with pytest.raises(InputError, match="has probably seen the future") as caught:
        trained_on(leaking(), columns, features=chosen)
    name = str(caught.value).split()[2]
    assert "quantity" in name
    assert f"leak.allow=[{name}]" in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "changes", "said"),
    [
        (rows_of(20), {}, r"Only \d+ customers bought on or before .*; at least 50 are needed"),
        (rows_of(), {"horizon_days": 150}, "The longest possible horizon is 133 days"),
        (rows_of(), {"cutoffs": TimelineSettings(min_history_days=180)}, "The longest possible horizon is 20 days"),
        (rows_of(), {"value": ValueSettings("margin")}, "value=margin is unknown"),
        (rows_of(), {"features": FeatureSettings(("rfm", "magic"))}, "The feature family magic is unknown"),
    ],
    ids=["few", "short", "history", "value", "family"],
)
def test_what_cannot_be_trained_on_is_a_sentence(rows: list[Row], changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        trained_on(rows, **changes)
    assert caught.value.exit_code == 2


def daily(stop: int | None) -> list[Row]:
    """Everybody buys every other day, up to a day."""
    days = range(0, SPAN if stop is None else stop, 2)
    rows = [{"customer_id": f"c{n}", "day": START + day, "amount": 5.0 + n} for n in range(60) for day in days]
    return [*rows, {"customer_id": "c0", "day": START + SPAN - 1, "amount": 5.0}]


@pytest.mark.parametrize(
    ("rows", "said"),
    [(daily(None), "nobody defected, so there is nothing to tell apart"), (daily(90), "everybody defected")],
    ids=["none", "all"],
)
def test_where_all_fare_alike_there_is_nothing_to_learn(rows: Sequence[Row], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        trained_on(rows, ("customer_id", "day", "amount"))
    assert "choose another horizon_days (now 30)" in str(caught.value)


def test_settings_stand_as_they_were_given() -> None:
    settings = quick(seed=5)
    assert settings.clv_horizon_days == 1095
    assert asdict(settings.cutoffs) == {"count": 2, "step_days": None, "min_history_days": None}
    assert logistic_bundle().facts.horizon_days == HORIZON
    assert set(ALL) >= set(usual_training().bundle.facts.columns)
