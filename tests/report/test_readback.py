"""A read-back for people: its table, its figure, and a verdict that says no more than was measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.csv as csv
import pytest
from small_followed import log_of, members, noted, read

from setia.act import Reading
from setia.output import locked
from setia.progress import Progress
from setia.report.readback import figure, show, table, write

COLUMNS = (
    *("campaign", "segment", "contacted", "control"),
    *(f"{of}_{part}" for of in ("retention", "profit", "total") for part in ("estimate", "lo", "hi", "p")),
)


def reading(folder: Path, more: float) -> Reading:
    of = members(900)
    noted(folder, of)
    return read(folder, log_of(of, more))


@pytest.fixture(scope="module")
def paying(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return reading(tmp_path_factory.mktemp("paying"), 40.0)


@pytest.fixture(scope="module")
def harmful(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return reading(tmp_path_factory.mktemp("harmful"), -20.0)


@pytest.fixture(scope="module")
def unproven(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    """A campaign that brings what it costs."""
    return reading(tmp_path_factory.mktemp("unproven"), 4.7)


@pytest.fixture(scope="module")
def unknown(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    """A campaign of five members, of which nothing can be told."""
    folder, of = tmp_path_factory.mktemp("unknown"), members(5)
    noted(folder, replace(of, control=np.arange(5) == 0))
    return read(folder, log_of(of))


def test_the_table_has_a_row_for_all_and_for_each_segment(paying: Reading) -> None:
    found = table(paying)
    assert tuple(found.column_names) == COLUMNS
    first, *rows = found.to_pylist()
    assert [row["segment"] for row in (first, *rows)] == ["all", "keep", "save"]
    assert sum(row["contacted"] for row in rows) == first["contacted"] == 600
    assert sum(row["control"] for row in rows) == first["control"] == 300
    for row, effect in zip((first, *rows), (paying.found.overall, *paying.found.segments), strict=True):
        assert effect.profit is not None
        assert (row["profit_estimate"], row["profit_lo"]) == (effect.profit.estimate, effect.profit.lo)
        assert row["profit_lo"] < row["profit_estimate"] < row["profit_hi"]
        assert row["total_estimate"] == pytest.approx(row["profit_estimate"] * row["contacted"])
        assert row["total_hi"] == pytest.approx(row["profit_hi"] * row["contacted"])
        assert effect.retention is not None
        assert row["retention_estimate"] == effect.retention.estimate
        assert 0 <= row["profit_p"] <= 1


def test_what_cannot_be_told_is_empty(unknown: Reading) -> None:
    found = table(unknown)
    assert tuple(found.column_names) == COLUMNS
    assert found["profit_estimate"].to_pylist()[1:] == [None] * (found.num_rows - 1)


def test_table_and_figure_are_written(paying: Reading, unknown: Reading, tmp_path: Path) -> None:
    for one in (paying, unknown):
        path = write(one, str(tmp_path / one.log.fingerprint / str(len(one.members))))
        names = {other.name for other in path.parent.iterdir() if not other.name.startswith(".")}
        assert names == {"spring-readback.csv", "spring-readback.png"}
        found = csv.read_csv(path)
        assert tuple(found.column_names) == COLUMNS
        assert found["contacted"].to_pylist() == table(one)["contacted"].to_pylist()
        assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_while_another_run_writes_none_is_written(paying: Reading, tmp_path: Path) -> None:
    from setia.errors import LockedError

    with locked(tmp_path / "spring-readback.csv"), pytest.raises(LockedError):
        write(paying, str(tmp_path))
    assert not list(tmp_path.glob("*.csv"))


def title(one: Reading) -> str:
    drawn = figure(one)
    axes = drawn.axes[0]
    texts = [text.get_text() for text in drawn.texts]
    return " | ".join([*texts, *(axes.get_title(loc=loc) for loc in ("left", "center", "right"))])


def test_the_figure_says_what_was_found(paying: Reading, harmful: Reading, unproven: Reading, unknown: Reading) -> None:
    assert "It pays" in title(paying)
    assert "It costs more than it brings" in title(harmful)
    for one in (unproven, unknown):
        assert "No evidence that it pays" in title(one)
    axes = figure(paying).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["save", "keep", "all"]
    effects = (paying.found.overall, *paying.found.segments)
    drawn = []
    for bar in axes.containers:
        ((left, _), (right, _)) = bar.lines[2][0].get_segments()[0]
        drawn.append((bar.lines[0].get_ydata()[0], bar.lines[0].get_xdata()[0], left, right))
    found = [(2.0 - k, *(getattr(e.profit, name) for name in ("estimate", "lo", "hi"))) for k, e in enumerate(effects)]
    assert np.array(sorted(drawn)) == pytest.approx(np.array(sorted(found)))
    assert axes.get_xlabel() == "profit net of costs per contacted customer, EUR"


def said(one: Reading, capsys: pytest.CaptureFixture[str]) -> str:
    show(one, Path("there.csv"), Progress(quiet=True))
    return " ".join(capsys.readouterr().out.split())


def test_the_summary_begins_with_the_verdict(
    paying: Reading, harmful: Reading, unproven: Reading, unknown: Reading, capsys: pytest.CaptureFixture[str]
) -> None:
    for one, verdict in (
        (paying, "There is evidence that the campaign pays"),
        (harmful, "There is evidence of harm"),
        (unproven, "There is no evidence that the campaign pays, nor that it harms"),
        (unknown, "Whether the campaign pays cannot be told"),
    ):
        assert said(one, capsys).startswith(f"Campaign spring, 2016-10-26 to 2016-11-25. {verdict}")


def test_the_summary_says_what_was_expected_and_where_the_figures_are(
    paying: Reading, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(paying, capsys)
    assert f"Expected when it was made: EUR +{paying.expected:,.0f} in all" in text
    assert "the follow-up of 30 days alone" in text
    assert "by 600 contacted beside 300 left alone" in text
    assert "EUR" in text
    assert "effects there.csv figure there.png Next" in text
