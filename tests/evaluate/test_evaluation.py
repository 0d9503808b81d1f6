"""The verdict: every figure is the metric of its rows, with an interval that means something."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from makers import made_up_panel, usual_training

from setia import metrics
from setia.evaluate.evaluation import DEFECTION_METRICS, VALUE_METRICS, Evaluation, evaluate, groups
from setia.evaluate.rules import Method
from setia.panel import Panel

BOTH = {**DEFECTION_METRICS, **VALUE_METRICS}


def panel(customers: int = 300) -> Panel:
    return made_up_panel(customers, cutoffs=(100,))


def methods(rows: Panel, seed: int = 1) -> tuple[Method, ...]:
    random = np.random.default_rng(seed)
    good = np.clip(0.25 + 0.5 * rows.defected + random.normal(scale=0.3, size=len(rows)), 0.01, 0.99)
    guess = random.random(len(rows))
    return (
        Method("good", good, rows.value * random.gamma(4, 0.25, len(rows))),
        Method("guess", guess, guess * 100),
        Method("twin", good, None),
        Method("money only", None, rows.past_value),
    )


@lru_cache(maxsize=1)
def usual() -> tuple[Panel, Evaluation]:
    rows = panel()
    return rows, evaluate(rows, methods(rows), 100, seed=3)


def value_of(evaluation: Evaluation, metric: str, method: str, group: str = "all") -> Any:
    figure = evaluation.figure(metric, method, group)
    assert figure is not None
    return figure


@pytest.mark.parametrize("metric", BOTH)
def test_every_figure_is_the_metric_of_its_rows(metric: str) -> None:
    rows, found = usual()
    of_defection = metric in DEFECTION_METRICS
    for method in found.methods:
        forecast = method.p_defect if of_defection else method.expected_value
        for group, members in (("all", np.ones(len(rows), dtype=bool)), *groups(rows)):
            figure = found.figure(metric, method.name, group)
            if forecast is None:
                assert figure is None
                continue
            assert figure is not None
            actual = (rows.defected if of_defection else rows.value)[members]
            wanted = getattr(metrics, metric)(actual, forecast[members])
            assert figure.value == pytest.approx(getattr(wanted, "value", wanted))
            assert figure.customers == members.sum()


def test_what_a_campaign_earns_weighs_what_each_customer_brings() -> None:
    rows, found = usual()
    for method in found.methods:
        if method.p_defect is not None:
            wanted = metrics.campaign_share(rows.defected, rows.yearly_value, method.p_defect)
            assert value_of(found, "campaign_share", method.name).value == pytest.approx(wanted)
    assert metrics.campaign_share(rows.defected, rows.yearly_value, rows.defected) == 1.0


def test_every_customer_is_in_one_group_of_each_kind() -> None:
    rows, _ = usual()
    (once, repeat), thirds = groups(rows)[:2], groups(rows)[2:]
    assert np.array_equal(once[1], rows.column("frequency") == 0)
    assert (once[1] ^ repeat[1]).all()
    assert (np.sum([members for _, members in thirds], axis=0) == 1).all()
    assert [len(name.split()) > 1 for name, _ in thirds] == [True] * 3
    assert min(members.sum() for _, members in thirds) > 0.25 * len(rows)
    means = [rows.column("T_days")[members].mean() for _, members in thirds]
    assert means == sorted(means)


def test_a_group_of_nobody_has_no_figures() -> None:
    rows = panel()
    repeat = rows.rows(rows.column("frequency") > 0)
    found = evaluate(repeat, methods(repeat), 100, seed=1)
    assert found.figure("auc", "good", "one-time buyers") is None
    assert found.figure("auc", "good", "repeat buyers") is not None


def test_what_is_unknown_is_left_out_and_its_money_is_not() -> None:
    rows = panel()
    unknown = np.arange(len(rows)) % 4 == 0
    gaps = replace(rows, defected=np.where(unknown, np.nan, rows.defected))
    found = evaluate(gaps, methods(rows), 100, seed=1)
    figure = value_of(found, "auc", "good")
    p = methods(rows)[0].p_defect
    assert p is not None
    assert figure.customers == (~unknown).sum()
    assert figure.value == pytest.approx(metrics.auc(rows.defected[~unknown], p[~unknown]))
    assert value_of(found, "rmse", "good").customers == len(rows)


@pytest.mark.parametrize("metric", ["auc", "average_precision", "log_loss", "lift_top_decile", "gini", "rmse", "mae"])
def test_intervals_hold_their_figure(metric: str) -> None:
    _, found = usual()
    for method in ("good", "guess"):
        figure = value_of(found, metric, method)
        assert figure.lo < figure.value < figure.hi
    for group, _ in groups(panel()):
        assert np.isnan(value_of(found, metric, "good", group).lo)


def test_an_interval_is_as_wide_as_theory_says() -> None:
    rows, found = usual()
    said = methods(rows)[0].expected_value
    assert said is not None
    error = np.abs(rows.value - said)
    half = 1.96 * error.std() / np.sqrt(len(rows))
    figure = value_of(found, "mae", "good")
    assert (figure.hi - figure.lo) / 2 == pytest.approx(half, rel=0.25)


def test_more_customers_narrow_it() -> None:
    _, few = usual()
    rows = panel(2700)
    many = evaluate(rows, methods(rows)[:1], 100, seed=3)
    widths = [figure.hi - figure.lo for figure in (value_of(few, "auc", "good"), value_of(many, "auc", "good"))]
    assert widths[0] / widths[1] == pytest.approx(3, rel=0.4)


def test_all_methods_are_judged_on_the_same_samples() -> None:
    _, found = usual()
    for metric in DEFECTION_METRICS:
        one, other = (value_of(found, metric, name) for name in ("good", "twin"))
        assert (one.value, one.lo, one.hi) == (other.value, other.lo, other.hi)


def test_the_seed_decides_the_intervals_and_nothing_else() -> None:
    rows, found = usual()
    again, other = (evaluate(rows, methods(rows), 100, seed=seed) for seed in (3, 4))
    assert repr(again.figures) == repr(found.figures)
    assert [f.value for f in other.figures if f.group == "all"] == [f.value for f in found.figures if f.group == "all"]
    assert value_of(other, "auc", "good").lo != value_of(found, "auc", "good").lo


def test_what_was_not_judged_has_no_figure() -> None:
    _, found = usual()
    assert found.figure("auc", "nobody") is None
    assert found.figure("auc", "money only") is None
    assert found.figure("gini", "twin") is None


def test_every_metric_says_which_way_is_better() -> None:
    _, found = usual()
    for metric, (_, more) in BOTH.items():
        if metric != "bias":
            good, guess = (value_of(found, metric, name).value for name in ("good", "guess"))
            assert (good > guess) == more, metric


def test_a_training_is_judged_on_its_holdout() -> None:
    training = usual_training()
    evaluation, holdout = training.evaluation, training.holdout
    assert evaluation.cutoff == training.timeline.holdout
    assert set(holdout.cutoff) == {training.timeline.holdout}
    assert np.array_equal(evaluation.value, holdout.value)
    assert evaluation.methods[0].name == "setia"
    assert len(evaluation.methods) == 4


def test_who_defected_and_still_buys_is_counted_apart() -> None:
    rows = panel()
    assert evaluate(rows, methods(rows)[:1], 100, seed=3, replicates=2).still_buying == 0  # silence: nobody
    less = replace(rows, defected=np.where(np.arange(len(rows)) % 5 == 0, np.nan, rows.purchases <= 1))
    known = less.defected == 1
    found = evaluate(less, methods(rows)[:1], 100, seed=3, replicates=2)
    assert 0 < found.still_buying == pytest.approx((rows.purchases[known] == 1).sum() / known.sum())
    nobody = replace(rows, defected=np.zeros(len(rows)))
    assert np.isnan(evaluate(nobody, (), 100, seed=3).still_buying)
