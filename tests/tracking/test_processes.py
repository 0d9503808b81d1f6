"""What only separate processes show: first runs that start together, a run that is killed, a server, serving."""

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from small_training import small_training

from setia.errors import InputError
from setia.tracking import TrackingSettings, find_champion, load_model, log_training, reach
from setia.tracking.store import opened

pytestmark = pytest.mark.slow

LOG = """
import pickle, sys
from pathlib import Path
from setia.tracking import TrackingSettings, log_training
training = pickle.loads(Path(sys.argv[2]).read_bytes())
done = log_training(training, TrackingSettings(sys.argv[1]), name="small", config_yaml="", git_commit=None)
print(done.version, done.champion)
"""
KILLED = """
import os, signal
import setia.tracking.run
setia.tracking.run.add_version = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
"""
SERVE = """
import sys, pandas, mlflow.pyfunc
from pathlib import Path
model = mlflow.pyfunc.load_model(sys.argv[1])
import setia
assert Path(setia.__file__).is_relative_to(sys.argv[1]), setia.__file__
print(model.predict(pandas.read_json(sys.argv[2], orient="split").astype(float))["p_defect"].tolist())
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished training for other processes; the pickle is this test's, a bundle has none."""
    path = tmp_path_factory.mktemp("kept") / "training.pickle"
    path.write_bytes(pickle.dumps(small_training()))
    return path


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_first_runs_at_once_make_one_store_two_versions_and_one_champion(tmp_path: Path, kept: Path) -> None:
    settings = TrackingSettings(f"sqlite:///{tmp_path}/models/mlflow.db")
    runs = [start(LOG, settings.uri, kept) for _ in range(2)]
    said = [run.communicate(timeout=240) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert sorted(out for out, _ in said) == ["1 True\n", "2 False\n"]
    assert [error for _, error in said] == ["", ""], "MLflow said something to the user"
    assert find_champion(settings, "small")[1] == "small/1"
    with opened(settings, create=False) as store:
        experiment = store.client.get_experiment_by_name("setia").experiment_id
        assert {run.info.status for run in store.client.search_runs([experiment])} == {"FINISHED"}
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == [
        ".mlflow.db.lock",
        "artifacts",
        "mlflow.db",
    ]


def test_a_killed_run_registers_nothing_and_stands_in_nobodys_way(settings: TrackingSettings, kept: Path) -> None:
    killed = start(KILLED + LOG, settings.uri, kept)
    killed.communicate(timeout=240)
    assert killed.returncode == -signal.SIGKILL
    with opened(settings, create=False) as store:
        assert not store.client.search_registered_models()
    after = log_training(small_training(), settings, name="small", config_yaml="", git_commit=None)
    assert (after.version, after.champion) == ("1", True)


def test_a_database_that_was_killed_while_it_was_made_leaves_no_trace(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    leftovers = [folder / ".mlflow.db.0011aabb.part", folder / ".mlflow.db.0011aabb.part-journal"]
    for leftover in leftovers:
        leftover.write_bytes(b"half")
    reach(TrackingSettings(f"sqlite:///{folder}/mlflow.db"))
    assert not any(leftover.exists() for leftover in leftovers)


def test_the_model_serves_with_the_code_it_brings(settings: TrackingSettings, tmp_path: Path) -> None:
    log_training(small_training(), settings, name="small", config_yaml="", git_commit=None)
    [folder] = {path.parent for path in Path(str(settings.artifact_location)).rglob("MLmodel")}
    bundle = small_training().bundle
    X = small_training().holdout.X[:5, : len(bundle.feature_names)]
    import pandas as pd

    pd.DataFrame(X.astype(np.float64), columns=list(bundle.feature_names)).to_json(
        tmp_path / "rows.json", orient="split", double_precision=15
    )
    run = start(SERVE, folder, tmp_path / "rows.json")
    out, error = run.communicate(timeout=240)
    assert run.returncode == 0, error
    np.testing.assert_allclose(np.array(out.strip(" []\n").split(","), dtype=float), bundle.forecast(X).p_defect)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{tmp_path}/server.db"]
    command += ["--artifacts-destination", str(tmp_path / "kept by the server")]
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    with (tmp_path / "server.log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=tmp_path, env=environment, start_new_session=True
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            assert process.poll() is None, (tmp_path / "server.log").read_text()
            try:
                urllib.request.urlopen(f"{address}/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.5)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def test_a_server_by_one_setting(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    settings = TrackingSettings(server)
    reach(settings, "small")
    runs = [log_training(small_training(), settings, name="small", config_yaml="a: 1", git_commit=None) for _ in "12"]
    assert [(run.version, run.champion) for run in runs] == [("1", True), ("2", False)]
    bundle, version = find_champion(settings, "small")
    assert version == "small/1"
    assert bundle.facts == small_training().bundle.facts
    assert load_model(settings, f"runs:/{runs[1].run_id}")[0].facts == bundle.facts
    assert capfd.readouterr() == ("", "")
    assert list(work.iterdir()) == []
    assert len(list((tmp_path / "kept by the server").rglob("*.png"))) == 16


def test_a_server_that_is_not_there_is_told_soon() -> None:
    began = time.monotonic()
    with pytest.raises(InputError, match="does not answer"):
        reach(TrackingSettings("http://127.0.0.1:9"))
    assert time.monotonic() - began < 45
