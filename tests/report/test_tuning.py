"""The summary of a search says what was found, whether it is worth anything, and what to paste."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_tuning import searched

from setia.progress import Progress
from setia.report.tuning import show_tuning

GIVEN = ("source=cdnow", "tune.minutes=9", "tune.trials=4", "quiet=false")


def test_the_summary_can_be_read_and_pasted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = searched(tmp_path, trials=4)
    show_tuning(found, tmp_path / "best [1].yaml", Progress(quiet=True), GIVEN)
    shown = capsys.readouterr().out
    assert f"{found.count('done')} trials done, {found.count('pruned')} pruned" in shown
    for case, figures in zip(found.cases, found.defaults.figures, strict=True):
        row = next(line for line in shown.splitlines() if case in line)
        assert f"{figures.log_loss:.4f}" in row
    assert found.verdict in shown
    assert "best [1].yaml" in shown
    assert "The last horizon of each log was left alone" in shown
    if not found.best.defaults:
        assert f'    make train ARGS="source=cdnow {found.line}"' in shown.splitlines()
    assert f'make tune ARGS="source=cdnow tune.minutes=9 tune.trials={2 * len(found.trials)}"' in shown


def test_a_search_of_the_defaults_alone_has_nothing_to_paste(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_tuning(searched(tmp_path, trials=1), tmp_path / "best.yaml", Progress(quiet=True), GIVEN)
    shown = capsys.readouterr().out
    assert "No trial did better than the defaults." in shown
    assert "make train" not in shown
