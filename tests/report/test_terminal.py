"""The summaries that end a run: readable, true, and not upset by what a file may be called."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from makers import engine, rows_of, small_log, usual_training

from setia.defection import HorizonCurve, Silence
from setia.evaluate.evaluation import DEFECTION_METRICS, VALUE_METRICS
from setia.features import select, switched_off
from setia.progress import Progress
from setia.report.layout import WIDTH
from setia.report.terminal import LABELS, show_features, show_scores, show_training
from setia.scoring import ScoreSummary
from setia.source import Log
from setia.source.quarantine import Quarantine
from setia.timeline import date_of
from setia.training import Training

SAID = "small-silence-revenue-30d version 3: it is the champion"
PROGRESS = Progress(quiet=True, seconds={"reading the log": 1.25, "features": 0.5})


@pytest.fixture(scope="module")
def log() -> Log:
    return small_log(engine(), rows_of())


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No terminal, whatever the tests run in."""
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


def summary(log: Log, training: Training, capsys: pytest.CaptureFixture[str]) -> str:
    show_training(log, training, SAID, PROGRESS)
    return capsys.readouterr().out


def test_a_training_ends_with_every_figure_beside_the_rules(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    training = usual_training()
    said = summary(log, training, capsys)
    lines = said.splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert "\x1b" not in said
    for metric in (*DEFECTION_METRICS, *VALUE_METRICS):
        figure = training.evaluation.figure(metric, "setia")
        (line, *_) = (line for line in lines if line.strip().startswith(LABELS[metric]))
        assert figure is not None
        number = f"{figure.value:,.2f}" if metric in ("rmse", "mae") else f"{figure.value:.3f}"
        assert number in line
        assert line.strip().endswith(("yes", "no"))
    assert {"setia", "days since last", "spend rate", "last horizon again"} <= set(re.split(r"\s{2,}", said))
    assert SAID in said
    for day in (training.timeline.holdout, training.timeline.validation, training.timeline.final[-1]):
        assert str(date_of(day)) in said


def test_it_says_yes_only_where_it_is_best(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    training = usual_training()
    evaluation = training.evaluation
    said = summary(log, training, capsys)
    for wanted in (DEFECTION_METRICS, VALUE_METRICS):
        for metric, (_, more) in wanted.items():
            found = [evaluation.figure(metric, method.name) for method in evaluation.methods]
            ours, *rules = (
                (abs(f.value) if metric == "bias" else -f.value if more else f.value) for f in found if f is not None
            )
            (line, *_) = (line for line in said.splitlines() if line.strip().startswith(LABELS[metric]))
            assert line.strip().endswith("yes" if ours < min(rules) else "no"), metric


def test_a_draw_is_no_victory(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    training = usual_training()
    alike = tuple(replace(figure, value=0.5) for figure in training.evaluation.figures)
    said = summary(log, replace(training, evaluation=replace(training.evaluation, figures=alike)), capsys)
    assert not re.findall(r"(?m)yes\s*$", said)


def test_figures_that_do_not_exist_are_a_dash(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    training = usual_training()
    none = tuple(replace(f, value=float("nan"), lo=float("nan")) for f in training.evaluation.figures)
    said = summary(log, replace(training, evaluation=replace(training.evaluation, figures=none)), capsys)
    assert "nan" not in said
    assert re.search(r"(?m)^ AUC +- ", said)
    assert not re.findall(r"(?m)yes\s*$", said)


def test_a_chosen_horizon_is_told_with_its_curve(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    days = tuple(range(1, 40))
    curve = HorizonCurve(days, tuple(day / 40 for day in days), 36, 0.9, 39, reached=True)
    said = " ".join(summary(log, replace(usual_training(), curve=curve), capsys).split())
    assert "36 days, chosen: within them at least 90 % of returning customers were back" in said
    assert "7: 18 %" in said
    late = replace(curve, reached=False, horizon_days=39)
    said = " ".join(summary(log, replace(usual_training(), curve=late), capsys).split())
    assert "39 days, the longest this log can bear; 90 % of returning customers need longer" in said


def test_a_short_log_is_told_as_such(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    training = usual_training()
    short = replace(training.timeline, folded=True, out_of_time=False, sharing=("Less than two horizons of log.",))
    said = summary(log, replace(training, timeline=short), capsys)
    assert "Less than two horizons of log." in said
    assert "expect the future to be harder" in said
    assert "expect the future to be harder" not in summary(log, training, capsys)


def test_what_was_refused_and_noted_is_told(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    stock = Quarantine((("no amount", 12_345), ("no customer", 7)), 99_999, 7, (), "refused.parquet")
    noted = replace(log, quarantine=stock, notes=("Amounts have decimal commas.",))
    said = summary(noted, usual_training(), capsys)
    assert "12,345 no amount, 7 no customer\n            they lie in refused.parquet\n" in said
    assert "Amounts have decimal commas." in said


def test_further_definitions_follow_each_with_its_meaning(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    training = usual_training()
    assert "defection = silence" not in summary(log, training, capsys)
    defected = training.evaluation.defected.copy()
    defected[:5] = np.nan
    facts = replace(training.bundle.facts, definition="partial")
    other = replace(
        training,
        bundle=replace(training.bundle, facts=facts),
        evaluation=replace(training.evaluation, defected=defected),
    )
    show_training(log, training, SAID, PROGRESS, [(other, "small-partial version 1")])
    said = " ".join(capsys.readouterr().out.split())
    first, second = (
        said.index(f"defection = silence: {Silence().words}"),
        said.index("defection = partial: visits within"),
    )
    assert first < said.index(SAID) < second < said.index("small-partial version 1")
    assert f"% of the {len(defected) - 5} covered defected" in said
    assert said.count("Log small") == said.count("Next") == said.count("Done in") == 1
    assert "another defection=..." in said


STRANGE = "sales [draft] [/2017] [bold]"


def test_a_strange_name_is_told_as_it_is(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    stock = Quarantine((("no amount", 1),), 10, 0, (), f"{STRANGE}.parquet")
    strange = replace(log, name=STRANGE, quarantine=stock, notes=(f"The column {STRANGE} is money.",))
    show_training(strange, usual_training(), f"{STRANGE} version 1: first", PROGRESS)
    said = capsys.readouterr().out
    assert said.count(STRANGE) == 4
    show_features(strange, 3, usual_training().features, (), Path(STRANGE), PROGRESS)
    assert capsys.readouterr().out.count(STRANGE) == 4
    show_scores(strange, usual_training().bundle, scores(path=Path(STRANGE), notes=(STRANGE,)), PROGRESS)
    assert capsys.readouterr().out.count(STRANGE) == 5


def scores(**changes: object) -> ScoreSummary:
    usual = ScoreSummary(
        path=Path("scores.parquet"),
        history=None,
        rows=1234,
        as_of=dt.date(2017, 10, 31),
        horizon_days=30,
        definition="silence",
        value_basis="revenue",
        currency="EUR",
        model_version="small/3",
        statuses=(("new", 34), ("active", 1200), ("overdue", 0), ("lapsed", 0)),
        p_defect_mean=0.25,
        expected_value_total=56_789.4,
        seconds=(),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def test_a_scoring_run_ends_with_what_it_wrote(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    show_scores(log, usual_training().bundle, scores(), PROGRESS)
    said = " ".join(capsys.readouterr().out.split())
    for part in ("small/3", "1,234 customers as of 2017-10-31", "34 new, 1,200 active mean", "0.250", "56,789 EUR"):
        assert part in said
    assert "overdue" not in said
    assert "Results scores scores.parquet Next" in said


def test_without_a_customer_to_cover_there_is_no_mean(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    show_scores(log, usual_training().bundle, scores(p_defect_mean=None), PROGRESS)
    assert "mean p_defect -" in " ".join(capsys.readouterr().out.split())


def test_a_path_is_never_broken(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    far = Path("/", *(f"folder number {n}" for n in range(12)), "scores.parquet")
    show_scores(log, usual_training().bundle, scores(path=far, history=far), PROGRESS)
    assert capsys.readouterr().out.count(str(far)) == 2
    show_features(log, 3, usual_training().features, (), far, PROGRESS)
    assert str(far) in capsys.readouterr().out


def test_features_say_what_is_off_and_why(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    columns = ("amount",)
    features, off = select(columns), switched_off(columns)
    show_features(log, 150, features, off, Path("features.parquet"), PROGRESS)
    said = " ".join(capsys.readouterr().out.split())
    assert f"{len(features)} of 150 customers" in said
    assert off
    for family in {family for family, *_ in off}:
        lost = [(column, count) for of, column, count in off if of == family]
        all_of_it = f"{sum(count for _, count in lost)} features of the family {family}, since the log has no "
        assert all_of_it + ", ".join(f"{column} ({count})" for column, count in lost) in said


def test_every_target_of_make_that_is_named_exists(log: Log, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = summary(log, usual_training(), capsys)
    named = set(re.findall(r"make ([a-z-]+)", said))
    assert named
    targets = set(re.findall(r"(?m)^([a-z-]+):.*## ", (root / "Makefile").read_text(encoding="utf-8")))
    assert named <= targets
