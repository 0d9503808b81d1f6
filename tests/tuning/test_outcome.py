"""Scores are ratios to the defaults, noise is not sold as gain, and the best settings can be used as they are."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_tuning import searched
from test_config import CONF

from setia.config import compose
from setia.errors import InputError
from setia.tuning import Trial, TuneSettings, Tuning
from setia.tuning.cases import Figures
from setia.tuning.outcome import gain_of, score, shares, write_best


def trial(number: int, *scores: float, state: str = "done", **values: float) -> Trial:
    running = tuple(float(np.mean(scores[: k + 1])) for k in range(len(scores)))
    figures = tuple(Figures(0.5 * math.exp(each), 20.0) for each in scores)
    return Trial(number, state, values or {"combine.forest_share": 0.7}, figures, scores, running, number == 0, 1, 2)


def tuning(*trials: Trial, cases: int = 4) -> Tuning:
    config = compose()
    space = {"share": config.tune.space["forest_share"], "leaves": config.tune.space["leaves"]}
    return Tuning(
        "study",
        TuneSettings(space=space),
        {"combine.forest_share": 0.8, "classifier.estimator.num_leaves": 15, "regressor.estimator.num_leaves": 15},
        ("a",) * cases,
        tuple(f"a {k}" for k in range(cases)),
        trials,
        (),
    )


DEFAULTS = trial(0, 0.0, 0.0, 0.0, 0.0)
VALUES = {"combine.forest_share": 0.6, "classifier.estimator.num_leaves": 7}


def test_the_score_is_the_weighted_sum_of_log_ratios() -> None:
    base, half = Figures(0.5, 20.0), Figures(0.25, 10.0)
    assert score(base, base, TuneSettings()) == 0
    assert score(half, base, TuneSettings()) == pytest.approx(2 * math.log(0.5))
    assert score(half, base, TuneSettings(log_loss_weight=3, rmse_weight=0)) == pytest.approx(3 * math.log(0.5))


def test_every_log_counts_the_same() -> None:
    assert shares(["a", "b", "a", "a"]) == pytest.approx([1 / 6, 1 / 2, 1 / 6, 1 / 6])
    assert gain_of([0.0, 1.0, 0.0, 0.0], ["a", "b", "a", "a"]).score == pytest.approx(0.5)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=12))
def test_the_interval_is_that_of_a_t_test(scores: list[float]) -> None:
    from scipy import stats

    gain = gain_of(scores, ["a"] * len(scores))
    error = float(np.std(scores, ddof=1) / math.sqrt(len(scores)))
    reach = error * float(stats.t.ppf(0.975, len(scores) - 1))
    assert gain.score == pytest.approx(float(np.mean(scores)), abs=1e-12)
    assert (gain.hi - gain.lo) / 2 == pytest.approx(reach, abs=1e-12)


@pytest.mark.parametrize(
    ("best", "said"),
    [
        (trial(1, -0.02, -0.03, -0.02, -0.025), "Better than the defaults beyond the noise"),
        (trial(1, -0.20, 0.10, 0.05, 0.00), "No better than the defaults: over 4 cases"),
        (trial(1, 0.02, 0.01, 0.02, 0.02), "No trial did better than the defaults."),
        (trial(1, -0.9, state="pruned"), "No trial did better than the defaults."),
    ],
)
def test_noise_is_not_sold_as_gain(best: Trial, said: str) -> None:
    assert tuning(DEFAULTS, best).verdict.startswith(said)


def test_one_case_proves_nothing() -> None:
    one = tuning(trial(0, 0.0), trial(1, -0.5), cases=1)
    assert "one case says nothing" in one.verdict
    assert (one.gain.lo, one.gain.hi) == (-math.inf, math.inf)


def test_the_line_to_paste_composes(tmp_path: Path) -> None:
    found = tuning(DEFAULTS, trial(1, *[-0.1] * 4, **VALUES))
    assert found.line == ("combine.forest_share=0.6 classifier.estimator.num_leaves=7 regressor.estimator.num_leaves=7")
    made = compose(found.line.split()).train
    assert made.combine.forest_share == 0.6
    assert made.regressor.estimator().get_params()["num_leaves"] == 7


@pytest.mark.parametrize("better", [True, False])
def test_the_best_settings_work_as_an_experiment(better: bool, tmp_path: Path) -> None:
    found = tuning(DEFAULTS, trial(1, *[-0.1 if better else 0.1] * 4, **VALUES))
    folder = tmp_path / "conf"
    shutil.copytree(CONF, folder)
    path = tmp_path / "tune" / "best.yaml"
    written = write_best(replace(found, settings=replace(found.settings, output=str(path))))
    shutil.copy(written, folder / "experiment" / "best.yaml")
    made = compose(["experiment=best"], folder).train
    assert made.combine.forest_share == (0.6 if better else 0.8)
    assert made.classifier.estimator().get_params()["num_leaves"] == (7 if better else 15)
    # what is said on the command line counts more, and the rest stays as it is in conf/
    assert compose(["experiment=best", "combine.forest_share=0.5"], folder).train.combine.forest_share == 0.5
    assert made.combine.value_prior_rows == compose().train.combine.value_prior_rows
    assert found.verdict in path.read_text(encoding="utf-8")


def test_best_settings_that_cannot_be_written_are_a_sentence(tmp_path: Path) -> None:
    found = tuning(DEFAULTS)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_best(replace(found, settings=replace(found.settings, output=str(tmp_path / "file" / "best.yaml"))))


def test_what_a_search_finds_is_what_its_trials_scored(tmp_path: Path) -> None:
    found = searched(tmp_path, trials=4)
    for each in found.trials:
        if each.score is not None:
            assert each.score == pytest.approx(gain_of(each.scores, found.logs).score, abs=1e-12)
    assert found.gain.score == found.best.score
