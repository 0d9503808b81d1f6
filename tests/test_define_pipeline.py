"""`make define` and `make retention` from end to end: what they write, and what they say where little is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from leavers import rows
from makers import START, write_csv
from pyarrow import csv, parquet
from small_logs import Row
from test_end_to_end import pipeline

from setia.output import locked

LOG = ("source=files", "source.path=log.csv", "engine.threads=1", "quiet=true")
WHOLE = ("amount", "category")
DEFINE = ["definitions.json", "definitions.md", "definitions.png"]


def run(folder: Path, name: str, log: tuple[Row, ...] | list[Row], columns: tuple[str, ...], *more: str) -> int:
    write_csv(folder / "log.csv", log, columns)
    return pipeline(folder, name, *LOG, *more)


def written(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []


def test_define_writes_a_page_a_figure_and_numbers(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = ("horizon_days=30", "define.cutoffs=4", "defection=partial", "defection.share=0.4")
    assert run(tmp_path, "define", rows(), WHOLE, *asked, "define.output=out") == 0
    assert capfd.readouterr() == ("", "")
    assert written(tmp_path / "out") == DEFINE
    content = json.loads((tmp_path / "out" / "definitions.json").read_text(encoding="utf-8"))
    assert len(content["cutoffs"]) == 4
    found = {finding["definition"]: finding for finding in content["findings"]}
    assert found["partial, as set"]["settings"]["share"] == 0.4
    assert found["category"]["name"] == "category"
    page = (tmp_path / "out" / "definitions.md").read_text(encoding="utf-8")
    assert content["recommendation"] in page
    assert page.startswith("# What defection could mean for log\n")
    assert (tmp_path / "out" / "definitions.png").read_bytes().startswith(b"\x89PNG")


def test_retention_writes_a_table_and_a_figure(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for output in ("kept.csv", "kept.parquet"):
        asked = ("horizon_days=30", f"retention.output=out/{output}")
        assert run(tmp_path, "retention", rows(), WHOLE, *asked) == 0
    assert capfd.readouterr() == ("", "")
    assert written(tmp_path / "out") == ["kept.csv", "kept.parquet", "kept.png"]
    table = parquet.read_table(tmp_path / "out" / "kept.parquet")
    assert csv.read_csv(tmp_path / "out" / "kept.csv").num_rows == table.num_rows > 20
    assert set(table["value_basis"].to_pylist()) == {"revenue"}


@pytest.mark.parametrize("name", ["define", "retention"])
def test_what_was_there_stays_whole_while_another_run_writes(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out" / ("definitions.md" if name == "define" else "kept.csv")
    setting = f"{name}.output=out{'' if name == 'define' else '/kept.csv'}"
    few = ("horizon_days=30", setting, *(("define.cutoffs=1",) if name == "define" else ()))
    assert run(tmp_path, name, rows(), (), *few) == 0
    before = output.read_bytes()
    with locked(output):
        assert run(tmp_path, name, rows(), WHOLE, *few) == 4
    assert "Another run is writing" in capsys.readouterr().err
    assert output.read_bytes() == before
    assert run(tmp_path, name, rows(), WHOLE, *few) == 0
    assert output.read_bytes() != before
    assert not list(tmp_path.rglob("*.part"))


def one_customer() -> list[Row]:
    return [row for row in rows() if row["customer_id"] == "c002"]


def once_each() -> list[Row]:
    return list({row["customer_id"]: row for row in rows()}.values())


def a_month() -> list[Row]:
    return [row for row in rows() if row["day"] < START + 25]


POOR: dict[str, tuple[Callable[[], list[Row]], tuple[str, ...], str]] = {
    "without amounts": (lambda: list(rows()), ("category",), "of all purchases"),
    "without categories": (lambda: list(rows()), ("amount",), "of all spend"),
    "one customer": (one_customer, WHOLE, "No definition is without a fault"),
    "once each": (once_each, WHOLE, "No definition is without a fault"),
    "a month": (a_month, WHOLE, "No definition is without a fault"),
}


@pytest.mark.parametrize("kind", POOR)
def test_a_log_that_tells_little_is_told_so(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, columns, said = POOR[kind]
    few = ("define.output=out", "define.cutoffs=4", "retention.output=out/kept.csv", "quiet=false")
    for name in ("define", "retention"):
        assert run(tmp_path, name, log(), columns, *few) == 0
        out = " ".join(capsys.readouterr().out.split())
        assert "nan" not in out.lower().replace("tenant", "")
        if name == "define":
            assert said in out
            assert ("category" in out) == ("category" in columns)
        assert ("their spend before" in out) == (name == "retention" and "amount" in columns)
    assert written(tmp_path / "out") == [*DEFINE, "kept.csv", "kept.png"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("define", "is too short to look back on with horizon_days=30; bring a longer log, or set a shorter"),
        ("retention", "with a horizon of 30 days before it; bring a longer log or set a shorter horizon_days."),
    ],
)
def test_a_log_that_is_too_short_ends_with_a_sentence(
    name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, name, a_month(), WHOLE, "horizon_days=30") == 2
    [sentence] = capsys.readouterr().err.strip().splitlines()
    assert sentence.startswith(f"setia {name}: ")
    assert said in sentence
    assert not (tmp_path / "models" / name).exists()


def test_a_definition_that_the_log_cannot_serve_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "retention", rows(), ("amount",), "horizon_days=30", "defection=category") == 2
    assert "set source.columns.category" in capsys.readouterr().err
