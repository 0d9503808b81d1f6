"""A search starts from the defaults, goes on where it was cut off, prunes, and repeats itself to the digit."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from small_tuning import RECIPE, SPACE, another, cases, searched, settings

from setia.errors import InputError, LockedError
from setia.tuning import Range, Tuning
from setia.tuning.search import in_turn, search, study_name
from setia.tuning.study import opened

RANGES = tuple(SPACE.values())


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Tuning:
    return searched(tmp_path_factory.mktemp("a folder #1 ü?"), trials=10)


def test_the_first_trial_is_the_defaults_and_scores_nothing(found: Tuning) -> None:
    first = found.trials[0]
    assert first.defaults
    assert first.state == "done"
    assert first.scores == (0.0, 0.0, 0.0)
    assert dict(first.values) == {spread.name: RECIPE.numbers[spread.name] for spread in RANGES}
    assert found.defaults is first
    assert [trial.number for trial in found.trials if trial.defaults] == [0]


def test_later_trials_differ_and_are_judged_beside_it(found: Tuning) -> None:
    later = found.trials[1:]
    assert len({tuple(trial.values.values()) for trial in later}) > 5
    assert all(trial.score != 0 for trial in later if trial.state == "done")
    assert found.best.score == min(trial.score for trial in found.trials if trial.score is not None)


def test_hopeless_trials_are_pruned(found: Tuning) -> None:
    pruned = [trial for trial in found.trials if trial.state == "pruned"]
    assert pruned
    assert all(trial.score is None and len(trial.scores) == 2 for trial in pruned)
    assert found.count("pruned") + found.count("done") == 10


def test_a_search_that_is_done_does_nothing_more_and_one_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    short = searched(tmp_path, trials=3)
    assert searched(tmp_path, trials=3).trials == short.trials
    longer = searched(tmp_path, trials=5)
    assert longer.trials[:3] == short.trials
    assert len(longer.trials) == 5


def test_cut_off_or_not_the_trials_are_the_same(found: Tuning, tmp_path: Path) -> None:
    searched(tmp_path, trials=2)
    again = searched(tmp_path, trials=4)
    assert [(trial.values, trial.scores) for trial in again.trials] == [
        (trial.values, trial.scores) for trial in found.trials[:4]
    ]


def test_what_a_dead_run_left_behind_is_tried_again_once(tmp_path: Path) -> None:
    chosen = settings(tmp_path, trials=3)
    name = study_name(chosen, RECIPE, cases())
    searched(tmp_path, trials=2)
    left = []
    for _ in range(2):  # it dies at the same trial twice
        with opened(tmp_path / "tune.db", name, RANGES, 7, 2) as study:
            study.clear_up({spread.name: RECIPE.numbers[spread.name] for spread in RANGES})
            left.append(study.ask().values)
    assert left[0] == pytest.approx(left[1], rel=1e-3)
    after = searched(tmp_path, trials=3)
    assert [trial.state for trial in after.trials] == ["done", "done", "failed", "failed", "done"]
    assert after.trials[4].values != after.trials[3].values
    assert sum(trial.defaults for trial in after.trials) == 1


def test_a_run_that_dies_with_the_defaults_begins_with_them_anew(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    name = study_name(chosen, RECIPE, cases())
    with opened(tmp_path / "tune.db", name, RANGES, 7, 2) as study:
        study.clear_up({spread.name: RECIPE.numbers[spread.name] for spread in RANGES})
        assert study.ask().defaults
    after = searched(tmp_path, trials=2)
    assert [(trial.state, trial.defaults) for trial in after.trials] == [
        ("failed", True),
        ("done", True),
        ("done", False),
    ]
    assert after.defaults.number == 1


def test_other_cases_ranges_or_settings_are_another_study(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    names = {
        study_name(chosen, RECIPE, cases()),
        study_name(chosen, RECIPE, cases()[:2]),
        study_name(chosen, RECIPE, [another(case) for case in cases()]),
        study_name(replace(chosen, rmse_weight=0.0), RECIPE, cases()),
        study_name(replace(chosen, space={"share": SPACE["share"]}), RECIPE, cases()),
        study_name(chosen, replace(RECIPE, text="other"), cases()),
    }
    assert len(names) == 6
    assert study_name(replace(chosen, trials=99, minutes=3.0), RECIPE, cases()) in names


def test_time_stops_a_search_but_never_before_the_defaults(tmp_path: Path) -> None:
    chosen = replace(settings(tmp_path, trials=50), minutes=1e-6)
    assert len(search(chosen, RECIPE, cases()[:1]).trials) == 1


def test_every_log_has_its_say_before_any_has_a_second() -> None:
    first, second = list(cases()), [another(case) for case in cases()[:1]]
    assert [case.log for case in in_turn([first, second])] == ["small", "other", "small", "small"]


def test_a_value_that_training_refuses_is_named(tmp_path: Path) -> None:
    wide = {"share": Range(("combine.forest_share",), "float", 0.0, 1e4)}
    with pytest.raises(InputError, match=r"With combine\.forest_share=\S+: combine\.forest_share must lie between"):
        search(replace(settings(tmp_path), space=wide), RECIPE, cases()[:1])


def test_one_search_at_a_time(tmp_path: Path) -> None:
    with opened(tmp_path / "tune.db", "x", RANGES, 7, 2), pytest.raises(LockedError):
        searched(tmp_path)


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be taken for one" * 9, b""])
def test_a_file_that_is_no_study_is_a_sentence_or_becomes_one(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "tune.db"
    path.write_bytes(content)
    if content:
        with pytest.raises(InputError, match=r"cannot be used \(file is not a database\); set another tune.storage"):
            searched(tmp_path)
    else:
        assert len(searched(tmp_path, trials=1).trials) == 1


def test_optuna_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str], recwarn: Iterator[object]) -> None:
    searched(tmp_path, trials=2)
    assert capfd.readouterr() == ("", "")


SCRIPT = """
import sys
from pathlib import Path
from small_tuning import searched
import small_tuning
from setia.tuning.search import search
from setia.progress import Progress
search(small_tuning.settings(Path(sys.argv[1]), 40), small_tuning.RECIPE, small_tuning.cases(), Progress())
"""


@pytest.mark.slow
def test_a_killed_search_goes_on(tmp_path: Path, root: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], cwd=root / "tests", stderr=subprocess.PIPE, text=True
    )
    assert run.stderr is not None
    for line in run.stderr:
        if "trial 3" in line:
            break
    time.sleep(0.2)  # within the next trial
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stderr.close()
    after = searched(tmp_path, trials=7)
    assert after.count("done") + after.count("pruned") == 7
    assert after.count("failed") <= 1
