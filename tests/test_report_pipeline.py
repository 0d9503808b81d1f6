"""`make report` from the command line: one file, in two languages, quietly, and sentences where it cannot be made."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from makers import QUICK, rows_of, write_csv
from test_end_to_end import LAST, LOG, STORE, pipeline

from setia.output import locked

REPORT = (*LOG, STORE, "engine.threads=1", f"as_of={LAST}", "define.cutoffs=2", "define.max_rows=500")
ORDER = ["headline", "concentration", "cohorts", "definition", "leaving", "customers", "alerts", "trust", "campaigns"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with a log and a model that was trained on it."""
    folder = tmp_path_factory.mktemp("home")
    write_csv(folder / "log.csv", rows_of(), ("amount", "order_id"))
    assert pipeline(folder, "train", *LOG, STORE, *QUICK, "quiet=true") == 0
    return folder


def plain(text: str) -> str:
    return " ".join(text.split())


def held(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and "store" not in path.parts}


def test_one_file_is_written_and_its_findings_are_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = held(home)
    assert pipeline(home, "report", *REPORT) == 0
    said = capsys.readouterr()
    path = home / "models" / "report" / "report.html"
    assert held(home) - before == {path, path.with_name(".report.html.lock")}
    html = path.read_text(encoding="utf-8")
    assert '<html lang="en">' in html
    assert re.findall(r'<section id="(\w+)"', html) == [*ORDER, "quality"]
    for title in re.findall(r'<h2 id="[\w-]+">(.*?)</h2>', html):
        assert plain(title)[:40] in plain(said.out), title
    assert "models/report/report.html" in said.out
    assert "make act ARGS=" in said.out
    assert "source.path=log.csv" in said.out
    for stage in ("reading the log", "loading the model", "writing the page"):
        assert stage in said.err
    assert "Traceback" not in said.err
    assert "Warning" not in said.err


def test_indonesian_is_indonesian_throughout(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = (
        "language=id",
        "report.output=id.html",
        "report.leave_out=[definition]",
        "report.customers=20",
        "quiet=true",
    )
    assert pipeline(home, "report", *REPORT, *asked) == 0
    assert capsys.readouterr() == ("", "")
    html = (home / "id.html").read_text(encoding="utf-8")
    assert '<html lang="id">' in html
    assert re.findall(r'<section id="(\w+)"', html) == [name for name in (*ORDER, "quality") if name != "definition"]
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)[1])
    assert data["locale"] == "id-ID"
    assert len(data["customers"]["columns"]["customer_id"]) == 20
    page = re.sub(r"<(script|style).*?</\1>", "", html, flags=re.DOTALL)
    text = plain(re.sub(r"<[^>]+>", " ", re.sub(r"<(code|table).*?</\1>", "", page, flags=re.DOTALL)))
    english = re.findall(r"\b(?:the|of|customers?|with|who|are|is|and|by)\b", text)
    assert english == [], sorted(set(english))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("tracking.uri=sqlite:///elsewhere.db",), 3, "No model has been trained yet"),
        (("name=somebody",), 3, "No champion is registered under somebody"),
        (
            ("report.leave_out=[trust,nonsense]",),
            2,
            "report.leave_out=nonsense is no section; there are concentration,",
        ),
        (("report.leave_out=[headline]",), 2, "report.leave_out=headline is no section"),
        (("report.output=report.pdf",), 2, "report.output=report.pdf must end in .html."),
        (("report.language=fr",), 2, "report.language=fr"),
        (("report.customers=0",), 2, "report.customers=0 must lie between 1 and 20000."),
        (("report.output=log.csv/report.html",), 2, "log.csv"),
        (("as_of=null",), 5, "days"),
    ],
    ids=["no store", "no champion", "no section", "headline", "suffix", "language", "no rows", "unwritable", "stale"],
)
def test_what_cannot_be_made_is_a_sentence_and_a_code(
    home: Path, arguments: tuple[str, ...], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ("report.leave_out=[cohorts,definition,alerts,campaigns]", "report.output=never.html", "quiet=true")
    assert pipeline(home, "report", *REPORT, *few, *arguments) == code
    told = capsys.readouterr()
    assert said in plain(told.err)
    assert told.out == ""
    assert "Traceback" not in told.err
    assert not (home / "never.html").exists()


def test_another_run_holds_the_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = ("report.leave_out=[cohorts,definition,alerts,campaigns]", "report.output=held.html", "quiet=true")
    with locked(home / "held.html"):
        assert pipeline(home, "report", *REPORT, *few) == 4
    assert "Another run is writing" in plain(capsys.readouterr().err)
    assert not (home / "held.html").exists()
