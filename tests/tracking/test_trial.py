"""The rule of champions, on real bundles and real holdouts; only facts about time are made up."""

from dataclasses import replace

import numpy as np
import pytest
from small_training import DAYS, HORIZON, START, small_training

from setia.bundle import Bundle
from setia.errors import InputError
from setia.timeline import date_of
from setia.tracking.trial import GINI_TOLERANCE, Trial, Verdict, compare, trial_of
from setia.training import Training

HOLDOUT = START + DAYS - 1 - HORIZON


@pytest.fixture
def training() -> Training:
    return small_training()


@pytest.fixture
def trial(training: Training) -> Trial:
    return trial_of(training)


def on(training: Training, trial: Trial, champion: Trial, bundle: Bundle | None = None) -> Verdict:
    return compare(training, trial, champion, lambda: bundle or training.bundle, "3")


def earlier(trial: Trial, days: int) -> Trial:
    """The trial of a champion trained that many days before."""
    move = lambda date: date_of((np.datetime64(date) - np.timedelta64(days, "D")).astype(int)).isoformat()  # noqa: E731
    return replace(trial, cutoff=move(trial.cutoff), seen=move(trial.seen), outcomes="others")


def shifted(bundle: Bundle, by: float) -> Bundle:
    """A bundle whose probabilities are wrong by a constant on the logit scale: the order stays, the loss grows."""
    combination = replace(bundle.blend.combination, level=bundle.blend.combination.level + by)
    return replace(bundle, blend=replace(bundle.blend, combination=combination))


def test_a_trial_tells_when_and_how_it_was_held(training: Training, trial: Trial) -> None:
    assert trial.cutoff == date_of(HOLDOUT).isoformat()
    assert trial.seen == date_of(START + DAYS - 1).isoformat()
    assert trial.rows == len(training.holdout)
    assert trial.log_loss == training.evaluation.figure("log_loss", "setia").value  # type: ignore[union-attr]


def test_the_same_holdout_is_decided_by_the_recipes_figures(training: Training, trial: Trial) -> None:
    assert not on(training, trial, trial).better, "a tie changes nothing"
    worse = replace(trial, log_loss=trial.log_loss + 0.01)
    assert on(training, trial, worse).better
    assert not on(training, worse, trial).better
    assert "same holdout" in on(training, trial, worse).why


def test_a_better_log_loss_must_not_cost_the_order_of_value(training: Training, trial: Trial) -> None:
    champion = replace(trial, log_loss=trial.log_loss + 0.01, gini=trial.gini + 0.9 * GINI_TOLERANCE)
    assert on(training, trial, champion).better
    assert not on(training, trial, replace(champion, gini=trial.gini + 1.1 * GINI_TOLERANCE)).better
    assert on(training, replace(trial, gini=np.nan), replace(champion, gini=np.nan)).better, "no value at all"


def test_later_outcomes_are_judged_with_the_champions_own_bundle(training: Training, trial: Trial) -> None:
    before = earlier(trial, HORIZON)
    assert before.seen == trial.cutoff, "the champion's last outcome lies on the challenger's cutoff: not later, clean"
    # The refitted bundle has seen this holdout, which flatters it: a strong champion, above all in the order of value.
    off = shifted(training.bundle, 3.0)
    good = on(training, replace(trial, gini=0.99), before, off)
    assert good.better
    assert "later than both fits" in good.why
    assert not on(training, trial, before, off).better, "a better log loss, but a worse Gini"
    strong = on(training, trial, replace(before, log_loss=99.0), training.bundle)
    assert not strong.better, "the champion's old figures do not count where it can be judged anew"


def test_a_champion_that_has_seen_part_of_the_holdout_is_not_judged_on_it(training: Training, trial: Trial) -> None:
    verdict = on(training, trial, earlier(trial, HORIZON - 1), shifted(training.bundle, 3.0))
    assert not verdict.better
    assert "fair comparison" in verdict.why


def test_a_holdout_across_customers_is_not_later_than_the_challengers_fit(training: Training, trial: Trial) -> None:
    folded = replace(trial, out_of_time=False)
    assert not on(training, folded, earlier(folded, 3 * HORIZON), shifted(training.bundle, 3.0)).better


def test_features_that_the_challenger_lacks_prevent_the_comparison_on_its_panel(
    training: Training, trial: Trial
) -> None:
    other = replace(training.bundle, feature_names=(*training.bundle.feature_names[:-1], "products_total"))
    verdict = on(training, trial, earlier(trial, HORIZON), other)
    assert not verdict.better
    assert "products_total" in verdict.why
    same_rows = replace(trial, log_loss=trial.log_loss + 1)
    assert on(training, trial, same_rows, other).better, "stored figures need no features"


def test_another_question_is_never_compared(training: Training, trial: Trial) -> None:
    other = replace(trial, question="silence 1, revenue, 60 days", log_loss=9.0)
    verdict = on(training, trial, other)
    assert not verdict.better
    assert "60 days" in verdict.why


def test_a_champion_that_this_version_cannot_read_gives_way(training: Training, trial: Trial) -> None:
    def unreadable() -> Bundle:
        raise InputError("The bundle has format 0.")

    verdict = compare(training, trial, trial, unreadable, "3")
    assert verdict.better
    assert "format 0" in verdict.why
