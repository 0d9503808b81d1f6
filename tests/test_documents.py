"""The documents: what they tell a reader to run exists, where they link to exists, and their numbers are not stale."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from setia.config import compose
from setia.schema import SCORES
from setia.timeline import TimelineSettings, date_of, day_of, plan

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "notebooks/*.md", "models/*.md", "benchmarks/*.md")
    for path in ROOT.glob(pattern)
)
#: A bare word after `make` in prose and blocks, with its ARGS where it has some.
MAKE = re.compile(r"""(?m)(?:^|`)make +([a-z][a-z-]*)((?: +[A-Z]+=(?:"[^"]*"|\S+))*)""")
PIPELINE = re.compile(r"pipelines/([a-z]+)\.py((?: +[a-z_.]+=\S+)*)")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def commands(page: Path) -> str:
    """Return the blocks of shell commands and the code in running text."""
    text = read(page)
    blocks = re.findall(r"(?ms)^```sh\n(.*?)^```", text)
    inline = [f"`{code}`" for code in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", re.sub(r"(?ms)^```.*?^```", "", text))]
    indented = re.findall(r"(?m)^ {4}(\S.*)$", text)
    return "\n".join([*blocks, *inline, *indented])


def settings(text: str) -> list[str]:
    """Split NAME=VALUE words as a shell would, with an ellipsis (a value left to the reader) dropped."""
    words = re.findall(r"""[a-z_.]+=(?:'[^']*'|[^\s"']+)""", text)
    return [word.replace("'", "") for word in words if "..." not in word]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_target_that_is_named_exists(page: Path) -> None:
    phony = re.search(r"(?m)^\.PHONY: (.*)$", read(ROOT / "Makefile"))
    assert phony is not None
    named = {target for target, _ in MAKE.findall(commands(page))}
    assert named <= set(phony.group(1).split())


def test_the_readme_names_the_targets_of_a_first_day() -> None:
    named = {target for target, _ in MAKE.findall(commands(ROOT / "README.md"))}
    assert {"train", "score", "features", "notebooks"} <= named


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_pipeline_that_is_named_exists(page: Path) -> None:
    for name, _ in PIPELINE.findall(commands(page)):
        assert (ROOT / "pipelines" / f"{name}.py").is_file()


def test_every_setting_of_the_readme_is_one() -> None:
    text = commands(ROOT / "README.md")
    calls = [given for _, given in MAKE.findall(text) + PIPELINE.findall(text) if settings(given)]
    assert len(calls) >= 4
    if "=dask" in text:
        pytest.importorskip("distributed", reason="needs Dask: make cluster")
    for given in calls:
        assert compose(settings(given))
    for word in re.findall(r"`([a-z_.]+=[^`\s]+)`", text):
        if word.partition("=")[0] not in ("experiment", "ARGS"):
            assert compose(["source=files", *settings(word)]), word


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", read(page)):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_python_of_the_readme_is_the_public_interface() -> None:
    import setia

    block = re.search(r"(?ms)^```python\n(.*?)^```", read(ROOT / "README.md"))
    assert block is not None
    compile(block.group(1), "README.md", "exec")
    used = set(re.findall(r"\bsetia\.([a-z_]+)", block.group(1)))
    assert used
    assert used <= set(setia.__all__)
    for method in re.findall(r"\bmodel\.([a-z_]+)", block.group(1)):
        assert hasattr(setia.Model, method)


def test_the_score_table_is_described_column_by_column() -> None:
    rows = re.findall(r"(?m)^\| (`[^|]+`) \|", read(ROOT / "docs" / "scores.md"))
    assert [name for row in rows for name in re.findall(r"`([a-z_0-9]+)`", row)] == list(SCORES)


def benchmark_table() -> ModuleType:
    spec = importlib.util.spec_from_file_location("table", ROOT / "benchmarks" / "table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_results_of_the_readme_are_those_of_the_benchmark() -> None:
    page = read(ROOT / "README.md")
    results = json.loads(read(ROOT / "benchmarks" / "accuracy.json"))
    assert sum(len(log["cutoffs"]) for log in results["logs"]) == 8
    assert benchmark_table().filled(page, results) == page, "run: python benchmarks/table.py"


def test_the_picture_of_the_timeline_is_the_default_logs() -> None:
    """Each `|` stands for five days: the picture must show the cutoffs that `plan` lays out."""
    first, last, horizon = day_of("2017-01-01"), day_of("2018-01-01"), 35
    timeline = plan(TimelineSettings(), first, last, horizon)
    drawn = {
        "fit": timeline.fit,
        "validation": (timeline.validation,),
        "holdout": (timeline.holdout,),
        "final fit": timeline.final,
        "scoring": (last,),
    }
    picture = re.search(r"(?ms)^```text\n( +2017.*?)^```", read(ROOT / "README.md"))
    assert picture is not None
    lines = {line[:12].strip(): line[12:] for line in picture.group(1).splitlines()}
    for name, cutoffs in drawn.items():
        places = [place for place, mark in enumerate(lines[name]) if mark == "|"]
        assert len(places) == len(cutoffs), name
        assert all(abs(p - (day - first) / 5) <= 1 for p, day in zip(places, cutoffs, strict=True)), name
    assert date_of(timeline.holdout).isoformat() in read(ROOT / "README.md")


def test_the_changelog_has_a_place_for_what_comes() -> None:
    assert re.search(r"(?m)^## Unreleased$", read(ROOT / "CHANGELOG.md"))
