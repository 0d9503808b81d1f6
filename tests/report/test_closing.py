"""The end of a run: its results on lines of their own, and commands that do what they say when they are pasted."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from setia.config import compose
from setia.progress import Progress
from setia.report.closing import Step, close, make, setting, step

NASTY = [
    *(
        "17850",
        "00123",
        "null",
        "True",
        "1e5",
        "-x",
        "a b",
        "O'Neil",
        "x,y",
        "k=v",
        '"',
        "a;b&c|d",
        "#x",
        "~",
        "*",
        "!",
    ),
    *(
        "$HOME",
        "$$",
        "x$",
        "$(ID)",
        "$(shell exit 9)",
        "`id`",
        "${",
        "${oc.env:HOME}",
        "\\${x}",
        "back\\slash",
        "end\\",
    ),
    *("a\\'b", "a\\\\'b", "{x}", "[1]", "(", ")", "%", "日本", ":="),
]


def said(width: int = 80, **changes: object) -> list[str]:
    out = Console(file=io.StringIO(), width=width)
    usual: dict[str, object] = {
        "results": [("scores", Path("/", *["a folder"] * 20, "[x].csv")), ("dated copy", "there.csv")],
        "steps": [step("whom to contact", "act", ["source=cdnow"]), Step("do not wait")],
    }
    close(out, Progress(quiet=True, seconds={"a": 1.0, "b": 2.5, "c": 0.0}), **{**usual, **changes})  # type: ignore[arg-type]
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue().splitlines()


DONE = "Done in 0.0 s, of which b 2.5, a 1.0"  # the stages are made up


def test_results_and_next_look_the_same_everywhere() -> None:
    assert said() == [
        "",
        DONE,
        "Results",
        f"  scores      /{'a folder/' * 20}[x].csv",
        "  dated copy  there.csv",
        "Next",
        "  whom to contact:",
        '    make act ARGS="source=cdnow"',
        "  do not wait",
    ]
    assert said(results=(), steps=()) == ["", DONE]


def test_what_lies_below_is_told_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "  x  out/y.csv" in said(results=[("x", tmp_path / "out" / "y.csv")])


def test_no_password_is_told() -> None:
    given = ["tracking.uri=postgresql://me:hush@db.example.com/x", "source.url='postgresql://me:h/u:s,h@db/x'"]
    lines = said(width=200, results=[("runs", "postgresql://me:hush@db/x")], steps=[step("go on", "score", given)])
    text = "\n".join(lines)
    assert "hush" not in text
    assert "h/u:s,h" not in text
    assert text.count("me:PASSWORD@") == 3


def test_only_what_matters_next_is_repeated() -> None:
    given = [
        *("source=files", "source.path=a.csv", "source.path=b.csv", "as_of=2020-01-01", "classifier.patience=3"),
        *(
            "output=x.csv",
            "tracking.register=true",
            "value=profit",
            "+tracking.artifacts=x",
            "quiet=false",
            "name=mine",
        ),
    ]
    assert step("", "score", given).command == (
        'make score ARGS="source=files source.path=b.csv as_of=2020-01-01 value=profit +tracking.artifacts=x name=mine"'
    )
    other = step("", "readback", given, "value=revenue", "readback.campaign=x", without=("as_of", "source", "tracking"))
    assert other.command == 'make readback ARGS="value=revenue name=mine readback.campaign=x"'
    assert step("", "score", ["classifier.patience=3"]).command == "make score"


def asked_of_python(folder: Path, command: str) -> list[str]:
    """Run a command as it would be pasted, by a Makefile that passes ARGS on as ours does; return what Python gets."""
    (folder / "told.py").write_text("import json, sys\nprint(json.dumps(sys.argv[1:]))\n")
    (folder / "Makefile").write_text(f"ARGS ?=\ntold:\n\t@'{sys.executable}' told.py $(ARGS)\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=True, env=environment
    )
    return list(json.loads(done.stdout))


def test_what_is_pasted_reaches_the_pipeline_unharmed(tmp_path: Path) -> None:
    settings = [setting("customer.id", value) for value in NASTY] + ["source.columns.customer_id='the \"customer\"'"]
    assert asked_of_python(tmp_path, make("told", settings)) == settings
    plain = make("told", ["source=files", "source.path=my log.csv"])
    assert plain == "make told ARGS=\"source=files 'source.path=my log.csv'\""
    assert asked_of_python(tmp_path, plain) == ["source=files", "source.path=my log.csv"]


@pytest.mark.parametrize("value", NASTY)
def test_a_text_is_a_setting_whatever_stands_in_it(value: str) -> None:
    assert str(compose([setting("customer.id", value)]).customer.id) == value


def test_whom_a_target_asks_for_comes_first() -> None:
    assert make("customer", ["source=cdnow"], "a b") == "make customer 'ID=a b' ARGS=\"source=cdnow\""
