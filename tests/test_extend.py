"""docs/extend.md: its examples are written into a copy of the checkout, which trains, scores and acts with them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from documents.pages import ROOT, blocks, commands
from documents.shop import log_of
from makers import QUICK
from pyarrow import parquet

from setia.simulate import World

PAGE = ROOT / "docs" / "extend.md"
#: Where a block belongs: a file of its own, the end of a file, or beside a line of it (told by how it begins).
INTO = re.compile(r"into (?P<path>[\w./]+)(?:, (?P<where>at the end|(?:after|before|instead of): (?P<line>.+)))?")
#: Some customers must be new on the last day, for the policy.
SHOP = World(customers=400, days=400, acquisition_days=390, purchases_per_year=30, dropout_per_year=0.8, seed=8)
SMALL = ("engine.threads=1", "score.max_age_days=null", "quiet=true")
#: Forests that need no more than a log as small as this, and the family of the page's feature.
TRAINED = (*(word for word in QUICK if "families" not in word), "features.families=[rfm,rhythm,calendar]")
#: Runs stages one after the other in one process, so that what is slow to load is loaded once.
DRIVER = """
import json, runpy, sys
for stage, *words in json.loads(sys.argv[1]):
    sys.argv = [stage, *words]
    try:
        runpy.run_path(stage, run_name="__main__")
    except SystemExit as left:
        assert not left.code, (stage, words, left.code)
"""


@dataclass(frozen=True)
class Copy:
    """A copy of the checkout with the page's examples, and a folder to work in."""

    home: Path
    work: Path

    def run(self, *command: str, where: Path | None = None) -> str:
        environment = {**os.environ, "PYTHONPATH": str(self.home / "src"), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, *command],
            cwd=where or self.work,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def stages(self, *asked: list[str]) -> None:
        listed = [[str(self.home / "pipelines" / f"{name}.py"), *words, *SMALL] for name, *words in asked]
        self.run("-c", DRIVER, json.dumps(listed))

    def table(self, name: str) -> Any:
        return parquet.read_table(self.work / name).to_pandas()


def write(home: Path) -> list[str]:
    """Write the page's blocks where they belong; return the files."""
    written = []
    for block in blocks(PAGE):
        if not block.note.startswith("into "):
            continue
        found = INTO.fullmatch(block.note)
        assert found is not None, block.place
        path = home / found["path"]
        written.append(found["path"])
        if found["where"] is None:
            assert not path.exists(), block.place
            path.write_text(block.text, encoding="utf-8")
            continue
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(placed(lines, block.text, found["where"], found["line"])), encoding="utf-8")
    return written


def placed(lines: list[str], text: str, where: str, beside: str | None) -> list[str]:
    if beside is None:
        return [*lines, "\n\n", text]
    [at] = [number for number, line in enumerate(lines) if line.strip().startswith(beside)]
    before, after = (at + 1, at + 1) if where.startswith("after") else (at, at + where.startswith("instead"))
    return [*lines[:before], text, *lines[after:]]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    home, work = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("work")
    ignored = shutil.ignore_patterns("__pycache__", ".hypothesis", ".pytest_cache")
    for folder in ("src", "conf", "pipelines", "tests", "docs"):
        shutil.copytree(ROOT / folder, home / folder, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", home)
    assert len(set(write(home))) == 12
    log_of(SHOP).to_csv(work / "sales.csv", index=False)
    return Copy(home, work)


def told(text: str) -> list[list[str]]:
    """Return the stages of the block of the page that holds a text, each with its settings."""
    [block] = [block for block in blocks(PAGE) if block.language == "sh" and text in block.text]
    words = [shlex.split(command) for _, command in commands(block.text)]
    made = [each for each in words if each[0] == "make"]
    return [[target, *shlex.split(given.removeprefix("ARGS="))] for _, target, given in made]


@pytest.fixture(scope="module")
def made(copy: Copy) -> Copy:
    """The copy after every quick stage of the page, each example with a store of its own."""
    stages: list[list[str]] = []
    for text in ("make features", "classifier=woods", "defection.visits=3", "policy=welcome"):
        name = re.sub(r"\W", "_", text)
        for stage, *words in told(text):
            if stage in ("define", "backtest"):
                continue
            small = list(TRAINED) if stage == "train" else [f"output={name}.parquet"]
            if "classifier=woods" in words:
                small = ["features.families=[rfm,rhythm,calendar]", "cutoffs.count=2"]
                small += [f"{each}.estimator.n_estimators=20" for each in ("classifier", "regressor")]
            stages.append([stage, *words, *small, f"tracking.uri=sqlite:///{name}/mlflow.db"])
    copy.stages(*stages)
    return copy


def test_the_feature_is_what_its_docstring_says(made: Copy) -> None:
    found = made.table("features.parquet").set_index("customer_id")["month_payday_share"]
    lines = log_of(SHOP)
    days = lines[lines["amount"] > 0].groupby(["customer_id", "timestamp"])["amount"].sum().reset_index()
    payday = (days["timestamp"].dt.day >= 25) | (days["timestamp"].dt.day <= 3)
    wanted = payday.groupby(days["customer_id"]).mean()
    assert found.to_dict() == pytest.approx(wanted.to_dict())
    assert 0.1 < found.mean() < 0.6
    [bundle] = list((made.work / "policy_welcome").rglob("MLmodel"))
    assert '"month_payday_share"' in bundle.read_text(encoding="utf-8")  # and a model was trained with it


def test_the_estimators_train_and_score(made: Copy) -> None:
    scores = made.table("classifier_woods.parquet")
    assert set(scores["model_version"]) == {"sales-silence-revenue-60d/1"}
    assert scores["p_defect"].between(0, 1).all()
    assert scores["p_defect"].nunique() > 50
    assert scores["reason_1"].isna().all()  # as the page says
    kept = {path.name for path in (made.work / "classifier_woods").rglob("*.skops")}
    assert kept == {"classifier.skops", "total.skops"}


def test_the_definition_trains_and_scores(made: Copy) -> None:
    scores = made.table("defection_visits_3.parquet")
    assert set(scores["definition"]) == {"seldom"}
    assert set(scores["model_version"]) == {"sales-seldom_visits_3-revenue-60d/1"}
    covered = scores["p_defect"].notna()
    lines = log_of(SHOP)
    bought = lines[(lines["amount"] > 0) & (lines["timestamp"] > lines["timestamp"].max() - pd.Timedelta(days=60))]
    regulars = bought.groupby("customer_id")["timestamp"].nunique() >= 3
    assert set(scores.loc[covered, "customer_id"]) == set(regulars[regulars].index)
    assert 0 < covered.sum() < len(scores)


def test_the_policy_makes_a_campaign(made: Copy) -> None:
    [path] = [path for path in (made.work / "models" / "act").glob("welcome-*.csv") if "control" not in path.name]
    members = pd.read_csv(path)
    assert len(members) > 2
    assert set(members["status"]) == {"new"}


@pytest.mark.slow
@pytest.mark.parametrize("text", ["tests/test_oracle.py", "tests/defection", "tests/policy/test_welcome.py"])
def test_the_tests_that_the_page_shows_pass_with_it(text: str, copy: Copy) -> None:
    """Among them those of all features and definitions that the future reaches nothing."""
    [block] = [block for block in blocks(PAGE) if block.language == "sh" and text in block.text]
    asked = [shlex.split(command)[1:] for _, command in commands(block.text) if ".venv/bin/python" in command]
    assert asked
    for words in asked:
        quiet = ["-p", "no:cacheprovider", "-p", "no:xdist"] if "pytest" in words else []
        copy.run(*words[:2], *quiet, *words[2:], where=copy.home)


@pytest.mark.slow
def test_the_other_stages_of_the_page_run_too(copy: Copy) -> None:
    [define] = [asked for asked in told("defection.visits=3") if asked[0] == "define"]
    [backtest] = [asked for asked in told("make backtest") if asked[0] == "backtest"]
    copy.stages([*define, "define.output=looked"], [*backtest, "backtest.count=1", *TRAINED])
    assert "seldom, as set" in (copy.work / "looked" / "definitions.md").read_text(encoding="utf-8")
