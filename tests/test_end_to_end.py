"""The pipelines from end to end: a log goes in, a table of scores comes out, whatever happens in between."""

from __future__ import annotations

import os
import re
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pyarrow as pa
import pytest
from makers import HORIZON, QUICK, rows_of, write_csv
from pyarrow import parquet
from small_logs import Row

from setia.output import locked
from setia.schema import SCORES
from setia.timeline import date_of

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = ("amount", "order_id")
LOG = ("source=files", "source.path=log.csv", "source.currency=EUR", f"horizon_days={HORIZON}")
STORE = "tracking.uri=sqlite:///store/mlflow.db"
LAST = date_of(max(row["day"] for row in rows_of())).isoformat()
SCORE = (*LOG, STORE, "engine.threads=1", f"as_of={LAST}")
#: What differs between two runs that are otherwise the same.
STAMPS = ("model_version", "scored_at")


def pipeline(folder: Path, name: str, *arguments: str) -> int:
    """Run a pipeline in this process, as from the command line in a folder; return its exit code."""
    before = sys.argv
    sys.argv = [f"{name}.py", *arguments]
    try:
        with chdir(folder):
            runpy.run_path(str(ROOT / "pipelines" / f"{name}.py"), run_name="__main__")
    except SystemExit as left:
        return int(left.code or 0)
    finally:
        sys.argv = before
    return 0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with a log and a model that was trained on it."""
    folder = tmp_path_factory.mktemp("home")
    write_csv(folder / "log.csv", rows_of(), COLUMNS)
    assert pipeline(folder, "train", *LOG, STORE, *QUICK, "quiet=true") == 0
    return folder


def table(path: Path) -> pa.Table:
    return parquet.read_table(path)


def test_scores_of_every_customer_come_out(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pipeline(home, "score", *SCORE, "output=out/scores.parquet") == 0
    said = capsys.readouterr()
    scores = table(home / "out" / "scores.parquet")
    assert scores.column_names == list(SCORES)
    buyers = {row["customer_id"] for row in rows_of() if row["amount"] > 0}
    assert set(scores["customer_id"].to_pylist()) == buyers
    assert scores.num_rows == len(buyers)
    assert {str(day) for day in scores["as_of"].to_pylist()} == {LAST}
    assert set(scores["model_version"].to_pylist()) == {"log-silence-revenue-30d/1"}
    assert all(0 < p < 1 for p in scores["p_defect"].to_pylist())
    assert all(value >= 0 for value in scores["expected_value"].to_pylist())
    assert all(scores["reason_1"].to_pylist())
    assert f"{len(buyers)} customers as of {LAST}" in " ".join(said.out.split())
    assert "Traceback" not in said.err
    assert "Warning" not in said.err


def test_each_run_leaves_a_dated_copy(home: Path) -> None:
    copies = home / "kept"
    for _ in range(2):
        assert pipeline(home, "score", *SCORE, "output=again.parquet", "score.history=kept", "quiet=true") == 0
    first, second = sorted(copies.rglob("*.parquet"))
    assert f"as_of={LAST}" in str(first)
    # the same log and model give the same scores
    for name in (name for name in SCORES if name not in STAMPS and not name.startswith("reason")):
        assert table(first)[name].equals(table(second)[name]), name
        assert table(second)[name].equals(table(home / "again.parquet")[name]), name


def test_quiet_says_nothing(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert pipeline(home, "score", *SCORE, "output=quiet.csv", "--quiet") == 0
    assert capfd.readouterr() == ("", "")
    assert (home / "quiet.csv").read_text(encoding="utf-8").startswith('"customer_id"')


def test_the_features_come_out_as_a_table(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pipeline(home, "features", *LOG, "engine.threads=1", "features_output=out/features.parquet") == 0
    features = table(home / "out" / "features.parquet")
    assert features.column_names[0] == "customer_id"
    assert len(features.column_names) > 60
    assert "out/features.parquet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("tracking.uri=sqlite:///elsewhere.db",), 3, "No model has been trained yet"),
        (("name=somebody",), 3, "No champion is registered under somebody"),
        (("model=models:/nobody/1",), 3, "There is no model"),
        (("model=somewhere",), 2, "is not understood"),
        (("as_of=null",), 5, "days"),
        (("as_of=2030-01-01",), 2, f"set as_of={LAST} or earlier"),
        (("output=scores.txt",), 2, "scores.txt"),
        (("source.columns.amount=", "name=log-silence-revenue-30d"), 2, "amount"),
    ],
    ids=["no store", "no champion", "no model", "no address", "stale", "future", "suffix", "no amounts"],
)
def test_what_cannot_be_scored_is_a_sentence_and_a_code(
    arguments: tuple[str, ...], code: int, said: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pipeline(home, "score", *SCORE, "output=never.parquet", "quiet=true", *arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    (sentence,) = err.strip().splitlines()
    assert sentence.startswith("setia score: ")
    assert said in sentence
    assert not (home / "never.parquet").exists()
    assert not (home / "elsewhere.db").exists()


def test_a_second_run_on_the_same_output_gives_way(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with locked(home / "held.parquet"):
        assert pipeline(home, "score", *SCORE, "output=held.parquet", "quiet=true") == 4
    assert "Another run is writing" in capsys.readouterr().err
    assert pipeline(home, "score", *SCORE, "output=held.parquet", "quiet=true") == 0


# ---- dirty logs


def text(path: Path, content: str | bytes) -> None:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def good(path: Path, rows: list[Row] | None = None) -> str:
    return write_csv(path, rows_of(60) if rows is None else rows, COLUMNS).read_text(encoding="utf-8")


def spoilt(path: Path, old: str, new: str, every: int = 3) -> None:
    """Replace something in every nth line."""
    lines = good(path).splitlines()
    text(path, "\n".join(re.sub(old, new, line) if i % every == 1 else line for i, line in enumerate(lines)))


def truncated_parquet(path: Path) -> None:
    parquet.write_table(pa.table({"customer_id": ["a"] * 5000, "timestamp": ["2020-01-01"] * 5000}), path)
    text(path, path.read_bytes()[:-50])


def short(path: Path) -> None:
    first = min(row["day"] for row in rows_of())
    good(path, [row for row in rows_of() if row["day"] < first + 40])


DIRTY = {
    "empty": (lambda path: text(path, ""), "log.csv"),
    "header only": (lambda path: text(path, "customer_id,timestamp,amount\n"), "no lines"),
    "blanks": (lambda path: text(path, "\n\n\n"), "log.csv"),
    "no dates": (lambda path: text(path, good(path).replace('"timestamp"', '"colour"')), "source.columns.timestamp"),
    "no customers": (lambda path: text(path, good(path).replace('"customer_id"', '"xyz"')), "customer_id"),
    "all anonymous": (lambda path: spoilt(path, '^"[^"]*"', '""', every=1), "customer"),
    "words for dates": (lambda path: spoilt(path, r"\d{4}-\d\d-\d\d", "yesterday"), "yesterday"),
    "dates to come": (lambda path: spoilt(path, r'"\d{4}-', '"2099-'), "2099"),
    "absurd dates": (lambda path: spoilt(path, r'"\d{4}-', '"1900-'), "1900"),
    "words for money": (lambda path: spoilt(path, r",-?[\d.]+,", ",much,"), "much"),
    "ambiguous dates": (
        lambda path: text(path, "customer_id,timestamp\n" + "".join(f"c{i},3/4/{2010 + i % 9}\n" for i in range(99))),
        "source.day_first",
    ),
    "one customer": (lambda path: good(path, [{**row, "customer_id": "me"} for row in rows_of()]), "Only 1 customer"),
    "few customers": (lambda path: good(path, rows_of(20)), "at least 50 are needed"),
    "too short": (short, "longest possible horizon is 26 days"),
    "one day": (lambda path: text(path, "customer_id,timestamp\na,2020-01-01\nb,2020-01-01\n"), "No horizon"),
    "binary": (lambda path: text(path, bytes(range(256)) * 40), "log.csv"),
    "truncated Parquet": (truncated_parquet, "cut off"),
    "not there": (lambda path: None, "log.csv"),
    "a folder of nothing": (lambda path: path.mkdir(), "log.csv"),
}


@pytest.mark.parametrize("kind", DIRTY)
def test_a_dirty_log_ends_with_a_sentence(kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    spoil, said = DIRTY[kind]
    path = tmp_path / ("log.parquet" if "Parquet" in kind else "log.csv")
    spoil(path)
    arguments = [*LOG, f"source.path={path.name}", STORE, *QUICK, "quiet=true"]
    assert pipeline(tmp_path, "train", *arguments) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "Traceback" not in err
    (sentence,) = err.strip().splitlines()
    assert sentence.startswith("setia train: ")
    assert said in sentence
    assert sentence.endswith((".", "?"))
    assert not list(tmp_path.rglob("*.part"))


# ---- whole processes, killed and side by side


def start(folder: Path, name: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "pipelines" / f"{name}.py"), *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def killed_after(process: subprocess.Popen[str], stage: str) -> None:
    """Kill -9 a run as soon as it says that a stage is done."""
    assert process.stderr is not None
    for line in process.stderr:
        if line.strip().startswith(stage):
            process.send_signal(signal.SIGKILL)
            break
    else:
        pytest.fail(f"the run ended before it had done: {stage}")
    process.communicate()
    assert process.returncode == -signal.SIGKILL


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Path]:
    write_csv(tmp_path / "log.csv", rows_of(), COLUMNS)
    yield tmp_path
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["reading the log", "features and outcomes", "final fit"])
def test_a_killed_training_stands_in_nobodys_way(stage: str, fresh: Path) -> None:
    train = (*LOG, STORE, *QUICK)
    killed_after(start(fresh, "train", *train), stage)
    code, _, err = finished(start(fresh, "score", *SCORE))
    assert (code, "Traceback" in err) == (3, False)
    assert not (fresh / "scores.parquet").exists()
    code, out, err = finished(start(fresh, "train", *train))
    assert code == 0, err
    assert "it is the champion" in out
    assert finished(start(fresh, "score", *SCORE))[0] == 0
    assert table(fresh / "scores.parquet").num_rows > 100


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["loading the model", "customer days"])
def test_a_killed_scoring_leaves_the_scores_of_yesterday(stage: str, home: Path) -> None:
    score = (*SCORE, "output=night.parquet", "score.history=nights", "score.batch_rows=1")
    assert finished(start(home, "score", *score))[0] == 0
    yesterday = (home / "night.parquet").read_bytes()
    killed_after(start(home, "score", *score), stage)
    assert (home / "night.parquet").read_bytes() == yesterday
    for copy in (home / "nights").rglob("*.parquet"):
        assert table(copy).num_rows == table(home / "night.parquet").num_rows
    assert finished(start(home, "score", *score))[0] == 0
    assert (home / "night.parquet").read_bytes() != yesterday
    assert not list(home.rglob("*.part"))


@pytest.mark.slow
def test_two_trainings_side_by_side_get_two_versions(fresh: Path) -> None:
    runs = [start(fresh, "train", *LOG, STORE, *QUICK, f"seed={seed}") for seed in (1, 2)]
    ends = [finished(run) for run in runs]
    assert [code for code, _, _ in ends] == [0, 0], [err for _, _, err in ends]
    versions = {match[1] for _, out, _ in ends if (match := re.search(r"revenue-30d version (\d)", out))}
    assert versions == {"1", "2"}
    assert sum("it is the champion, the first of its name" in " ".join(out.split()) for _, out, _ in ends) == 1
    assert finished(start(fresh, "score", *SCORE))[0] == 0


WORLD = (
    "source=simulated",
    "source.world.customers=1500",
    "source.world.days=400",
    "source.world.acquisition_days=300",
    f"horizon_days={HORIZON}",
    "as_of=2023-01-31",
    STORE,
)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_scores(tmp_path: Path) -> None:
    """In processes of their own, with two threads, another hash seed, and every family of features."""
    some = [setting for setting in QUICK if not setting.startswith(("features.", "engine."))]
    found = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, more in (("train", some), ("score", [])):
            code, _, err = finished(
                start(folder, name, *WORLD, *more, "engine.threads=2", "quiet=true", PYTHONHASHSEED=str(number))
            )
            assert code == 0, err
        found.append(table(folder / "scores.parquet"))
    one, other = found
    assert one.num_rows > 1000
    for name in SCORES:
        if name not in STAMPS:
            assert one[name].equals(other[name]), name
