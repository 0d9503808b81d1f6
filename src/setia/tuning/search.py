"""The search: trial after trial over all cases, each beside the defaults, until enough are done."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from typing import Final

from setia.engine import Engine
from setia.errors import InputError
from setia.progress import SILENT, Progress
from setia.source import Log
from setia.training import TrainSettings, try_estimators
from setia.tuning.cases import Case, Figures, cases_of
from setia.tuning.outcome import Trial, Tuning, gain_of, score
from setia.tuning.settings import TuneSettings
from setia.tuning.space import Recipe, check_space, overrides, spelled
from setia.tuning.study import Asked, Kept, Study, opened

#: Counts up when scores of an older Setia could no longer be compared.
OBJECTIVE: Final = 1


def tune(
    settings: TuneSettings, recipe: Recipe, logs: Iterable[Log], engine: Engine, progress: Progress = SILENT
) -> Tuning:
    """Search for settings that forecast better than those that stand, over the cases of one or several logs.

    The first trial is the settings as they stand. A log that comes twice counts once. A study of the same
    cases, settings and ranges goes on where it was cut off.

    Raises:
        InputError: the space means nothing, a log is too short or too small, or the study's file cannot be used.
        LockedError: another run searches in the same file.
    """
    check_space(settings.ranges, recipe.numbers)
    try_estimators(recipe.make({}))
    counts = [int(spread.high) for spread in settings.ranges if "cutoffs.count" in spread.names]
    cases: dict[str, list[Case]] = {}
    for log in logs:
        if log.fingerprint not in cases:
            with progress.stage(f"features of {log.name}"):
                cases[log.fingerprint] = cases_of(
                    log, engine, recipe, max(counts, default=1), settings.cutoffs, progress
                )
    return search(settings, recipe, in_turn(list(cases.values())), progress)


def in_turn(logs: Sequence[Sequence[Case]]) -> list[Case]:
    """Return the first case of every log, then the second, and so on, so that each has its say early."""
    return [case for cases in zip_longest(*logs) for case in cases if case is not None]


def search(settings: TuneSettings, recipe: Recipe, cases: Sequence[Case], progress: Progress = SILENT) -> Tuning:
    """Search over cases that are built already; see `tune`."""
    name, ranges = study_name(settings, recipe, cases), settings.ranges
    check_space(ranges, recipe.numbers)
    logs, began = len({case.fingerprint for case in cases}), time.monotonic()
    seed = recipe.make({}).seed
    with opened(Path(settings.storage), name, ranges, seed, watched_from=max(logs, 2)) as study:
        study.clear_up({spread.name: recipe.numbers[spread.name] for spread in ranges})
        while _finished(study) < settings.trials:
            late = settings.minutes is not None and time.monotonic() - began > 60 * settings.minutes
            if late and _baseline(study.trials()) is not None:
                break
            _try(settings, recipe, study, cases, progress)
        return _tuning(settings, recipe, study, name, cases)


def study_name(settings: TuneSettings, recipe: Recipe, cases: Sequence[Case]) -> str:
    """Return the name under which comparable trials are kept: same cases, settings, ranges and weights."""
    held = {
        "objective": OBJECTIVE,
        "cases": [(case.fingerprint, case.day, case.horizon_days) for case in cases],
        "ranges": [asdict(spread) for spread in settings.ranges],
        "weights": (settings.log_loss_weight, settings.rmse_weight),
        "recipe": recipe.text,
    }
    digest = hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()[:12]
    logs = dict.fromkeys(f"{case.log} {case.horizon_days}d" for case in cases)
    return f"{', '.join(logs)} {digest}".replace("'", "")  # MLflow's queries cannot hold one


def _finished(study: Study) -> int:
    return sum(trial.state in ("done", "pruned") for trial in study.trials())


def _baseline(trials: Iterable[Kept]) -> tuple[Figures, ...] | None:
    return next((trial.figures for trial in trials if trial.defaults and trial.state == "done"), None)


def _try(settings: TuneSettings, recipe: Recipe, study: Study, cases: Sequence[Case], progress: Progress) -> None:
    """Make one trial, and close it whatever happens to it short of the end of the process."""
    asked, start = study.ask(), time.perf_counter()
    values = {} if asked.defaults else spelled(settings.ranges, asked.values)
    try:
        made = recipe.make(values)
        try_estimators(made)
        state, mean, judged = _judge(settings, made, asked, cases, _baseline(study.trials()), progress)
    except InputError as error:
        asked.end("failed")
        where = f"With {' '.join(overrides(values))}: " if values else ""
        raise InputError(f"{where}{error}") from error
    except Exception:
        asked.end("failed")
        raise
    asked.end(state, mean if state == "done" else None)
    said = "the defaults" if asked.defaults else f"score {mean:+.4f}"
    cut = f", pruned after {judged} of {len(cases)} cases" if state == "pruned" else ""
    progress.say(f"  trial {asked.number:<3} {said + cut:<34} {time.perf_counter() - start:6.1f} s")


def _judge(
    settings: TuneSettings,
    made: TrainSettings,
    asked: Asked,
    cases: Sequence[Case],
    baseline: Sequence[Figures] | None,
    progress: Progress,
) -> tuple[str, float, int]:
    """Return how a trial ended, its mean score, and after how many cases."""
    figures: list[Figures] = []
    scores: list[float] = []
    mean = 0.0
    for case in progress.each(cases, f"trial {asked.number}", len(cases)):
        figures.append(case.figures(made))
        scores.append(
            0.0 if asked.defaults or baseline is None else score(figures[-1], baseline[len(scores)], settings)
        )
        mean = gain_of(scores, _logs(cases[: len(scores)])).score
        if asked.report(figures, mean) and len(figures) < len(cases):
            return "pruned", mean, len(figures)
    return "done", mean, len(figures)


def _tuning(settings: TuneSettings, recipe: Recipe, study: Study, name: str, cases: Sequence[Case]) -> Tuning:
    kept = [trial for trial in study.trials() if trial.state in ("done", "pruned", "failed")]
    baseline = _baseline(kept) or ()
    trials = tuple(
        Trial(
            number=trial.number,
            state=trial.state,
            values={spread.name: spread.tidy(trial.values[spread.name]) for spread in settings.ranges}
            if len(trial.values) == len(settings.ranges)
            else trial.values,
            figures=trial.figures,
            scores=tuple(score(f, d, settings) for f, d in zip(trial.figures, baseline, strict=False)),
            running=trial.running,
            defaults=trial.defaults,
            started=trial.started,
            ended=trial.ended,
        )
        for trial in kept
    )
    cases_named = tuple(case.name for case in cases)
    return Tuning(name, settings, recipe.numbers, _logs(cases), cases_named, trials, study.importance())


def _logs(cases: Sequence[Case]) -> tuple[str, ...]:
    return tuple(case.fingerprint for case in cases)
