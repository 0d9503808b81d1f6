"""The documents: what they tell a reader to run exists, where they link to exists, and their numbers are not stale."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest
from documents.pages import Block, blocks, name_of, run_pages
from documents.pages import commands as shell_commands
from documents.running import REMOTE, SLOW, TESTED_ELSEWHERE, Reader

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
#: Why a block may be left to the reader.
REASONS = (
    "needs a remote host",
    "needs a container engine",
    "needs systemd",
    "a crontab",
    "a server, which runs until it is stopped",
    "installs packages",
    "takes hours",
)
#: Of each group of conf/ the option that counts unless another is named.
DEFAULTS = dict(re.findall(r"(?m)^  - (\w+): (\w+)$", (ROOT / "conf" / "config.yaml").read_text(encoding="utf-8")))


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def commands(page: Path) -> str:
    """Return the blocks of shell commands, run or not, and the code in running text."""
    text = read(page)
    fenced = [block.text for block in blocks(page) if block.language == "sh"]
    inline = [f"`{code}`" for code in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", re.sub(r"(?ms)^```.*?^```", "", text))]
    indented = re.findall(r"(?m)^ {4}(\S.*)$", text)
    return "\n".join([*fenced, *inline, *indented])


def settings(text: str) -> list[str]:
    """Split NAME=VALUE words as a shell would, with an ellipsis (a value left to the reader) dropped."""
    words = re.findall(r"""[a-z_.]+=(?:'[^']*'|[^\s"']+)""", text)
    return [word.replace("'", "") for word in words if "..." not in word]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_target_that_is_named_exists(page: Path) -> None:
    phony = re.search(r"(?m)^\.PHONY: ((?:.*\\\n)*.*)$", read(ROOT / "Makefile"))
    assert phony is not None
    named = {target for target, _ in MAKE.findall(commands(page))}
    assert named <= set(phony.group(1).split())


def test_the_readme_names_the_targets_of_a_first_day() -> None:
    named = {target for target, _ in MAKE.findall(commands(ROOT / "README.md"))}
    assert {"train", "score", "alert", "act", "report", "customer"} <= named


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_pipeline_that_is_named_exists(page: Path) -> None:
    for name, _ in PIPELINE.findall(commands(page)):
        assert (ROOT / "pipelines" / f"{name}.py").is_file()


def adds_options(page: Path) -> bool:
    """Whether a page adds options to conf/ (and a test of its own uses them)."""
    return any(block.note.startswith("into conf/") for block in blocks(page))


@pytest.mark.parametrize("page", [page for page in run_pages() if not adds_options(page)], ids=name_of)
def test_every_setting_that_is_named_is_one(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the commands that the quick tests do not run, and those in running text."""
    for variable in re.findall(r"\$\{oc\.env:(\w+)\}", read(page)):
        monkeypatch.setenv(variable, "sqlite:///shop.db")
    left = [command for block in blocks(page) if block.language == "sh" for command in left_out(block)]
    text = "\n".join(left)
    if "=dask" in read(page):
        pytest.importorskip("distributed", reason="needs Dask: make cluster")
    for given in {given for _, given in MAKE.findall(text) + PIPELINE.findall(text)}:
        words = settings(given)
        if not any(word.startswith("experiment=") for word in words):  # those that a page tells to write
            assert compose(words), given
    for pack in packed(re.findall(r"`([a-z_.]+=[^`\s]+)`", commands(page))):
        assert compose(pack), pack


def left_out(block: Block) -> list[str]:
    found = (
        [command for _, command in shell_commands(block.text)]
        if "make" in block.text or "pipelines" in block.text
        else []
    )
    return [each for each in found if not block.is_run or REMOTE.search(each) or SLOW.search(each)]


def packed(words: list[str]) -> list[list[str]]:
    """Put settings together that do not contradict each other, each with the option of conf/ that has it."""
    packs: list[dict[str, str]] = []
    for word in dict.fromkeys(words):
        name = word.partition("=")[0]
        if name in ("experiment", "ARGS") or REMOTE.search(word):
            continue
        wanted = dict(each.split("=", 1) for each in (*options_of(name), *settings(word)))
        for pack in packs:
            if all(pack.get(key, value) == value for key, value in wanted.items()):
                pack.update(wanted)
                break
        else:
            packs.append(wanted)
    return [[f"{key}={value}" for key, value in pack.items()] for pack in packs]


def options_of(name: str) -> list[str]:
    """Return the option of conf/ that a setting belongs to, where the default's has no such setting."""
    group, dot, _ = name.partition(".")
    has = re.compile(rf"(?m)^\s*{name.split('.')[-1]}:")
    if not dot or group not in DEFAULTS:
        return []
    usual = "files" if group == "source" else DEFAULTS[group]
    others = sorted(path.stem for path in (ROOT / "conf" / group).glob("*.yaml"))
    fit = [option for option in (usual, *others) if has.search(read(ROOT / "conf" / group / f"{option}.yaml"))]
    return [f"{group}={fit[0]}"] if fit else []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", read(page)):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(tmp_path_factory.mktemp("reader"))


@pytest.mark.parametrize("page", run_pages(), ids=name_of)
def test_a_page_does_what_it_says(page: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block, from top to bottom, on small logs: what is slow waits for the test below."""
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    wrong = reader.read(page)
    assert not wrong, "\n" + "\n".join(wrong)


def test_what_is_wrong_on_a_page_is_found(reader: Reader, tmp_path: Path) -> None:
    """The runner's own test: of each kind of block one that is right and one that is not."""
    page = tmp_path / "wrong.md"
    page.write_text(
        """
```sh
make features ARGS="source=files source.path=sales.csv features_output=there.parquet"
make features ARGS="source=files source.path=sales.csv features_outptu=there.parquet"
make customer
curl https://example.org
```

```python
import pandas as pd

rows = len(pd.read_parquet("there.parquet"))
```

```python
assert rows == 0
```

```yaml
# @package _global_
# conf/experiment/odd.yaml
seed: many
```
""",
        encoding="utf-8",
    )
    found = [line.splitlines() for line in reader.read(page)]
    assert [lines[0].split(": ")[0] for lines in found] == [f"wrong.md:{at}" for at in ("2+2", "2+3", "2+4", 15, 19)]
    text = ["\n".join(lines) for lines in found]
    for said, words in zip(
        ("features_outptu", "which customer", "not run by tests", "line 16", "seed"), text, strict=True
    ):
        assert said in words, words


def is_slow(block: Block) -> bool:
    if not block.is_run or block.note.startswith(TESTED_ELSEWHERE):
        return False
    return block.note.startswith("slow") or (block.language == "sh" and bool(SLOW.search(block.text)))


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in run_pages() if any(map(is_slow, blocks(page)))], ids=name_of)
def test_a_page_does_what_it_says_slowly(page: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with searches, backtests, further definitions, Spark and Dask."""
    if any("engine=spark" in block.text for block in blocks(page) if block.language == "sh"):
        pytest.importorskip("pyspark", reason="needs Spark: make cluster")
        if not shutil.which("java"):
            pytest.skip("needs Java 17")
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    wrong = reader.read(page, slowly=True)
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("page", [*run_pages(), ROOT / "CONTRIBUTING.md"], ids=name_of)
def test_what_is_not_run_says_why(page: Path) -> None:
    for block in blocks(page):
        if block.is_run:
            assert block.language in ("sh", "python", "text", "yaml", "sql", "math"), block.place
            continue
        assert block.language == "sh", f"{block.place}: only shell commands may be left to the reader"
        reason = block.note.removeprefix("not run: ")
        assert reason.startswith(REASONS), f"{block.place}: {block.note!r} above it is no known reason"


@pytest.mark.parametrize("page", run_pages(), ids=name_of)
def test_what_another_test_runs_is_named_there(page: Path) -> None:
    for block in blocks(page):
        if block.note.startswith("run by tests/"):
            test = re.match(r"run by (tests/\w+\.py)", block.note)
            assert test is not None, block.place
            assert page.name in read(ROOT / test[1]), f"{block.place}: {test[1]} knows nothing of it"


def test_most_of_the_commands_are_run() -> None:
    """What is left out, for want of a host or with a reason, must stay the exception."""
    of = [block for page in run_pages() for block in blocks(page) if block.language in ("sh", "python")]
    out = [block for block in of if not block.is_run or (block.language == "sh" and REMOTE.search(block.text))]
    assert len(of) > 40
    assert len(out) <= 0.2 * len(of), [block.place for block in out]
    assert all(not block.note.startswith(TESTED_ELSEWHERE) for block in out)


def test_the_python_of_the_pages_is_the_public_interface() -> None:
    import setia

    text = "\n".join(block.text for page in run_pages() for block in blocks(page) if block.language == "python")
    used = set(re.findall(r"\bsetia\.([a-z_]+)\(", text))
    assert {"read", "train", "define", "customer"} <= used
    assert used <= set(setia.__all__)


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
