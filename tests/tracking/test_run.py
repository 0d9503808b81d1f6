"""A run is logged whole, privately and quietly; its model comes back as it was."""

import csv
import json
import os
import shutil
import subprocess
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from small_training import small_training

from setia.bundle import Forecast
from setia.errors import InputError, NoChampionError
from setia.report.closing import without_passwords
from setia.tracking import (
    Registered,
    TrackingSettings,
    find_champion,
    git_commit,
    load_model,
    log_training,
    reach,
    run,
)
from setia.tracking.store import opened

CONFIG = "source:\n  url: postgresql://me:s3cr@t@host/db\n  columns: {}\nseed: 7\nname: null\n"


@pytest.fixture(scope="module")
def store(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> TrackingSettings:
    folder = tmp_path_factory.mktemp("my models ü")
    shutil.copy(tables, folder / "mlflow.db")
    return TrackingSettings(f"sqlite:///{folder}/mlflow.db")


@pytest.fixture(scope="module")
def logged(store: TrackingSettings) -> Registered:
    return log_training(small_training(), store, name="small", config_yaml=CONFIG, git_commit="c0ffee")


def artifacts(settings: TrackingSettings, registered: Registered) -> Path:
    return Path(str(settings.artifact_location)) / registered.run_id / "artifacts"


def test_the_first_of_its_name_is_champion(store: TrackingSettings, logged: Registered) -> None:
    assert (logged.version, logged.champion, logged.uri) == ("1", True, "models:/small/1")
    bundle, version = find_champion(store, "small")
    assert version == "small/1"
    X = small_training().holdout.X[:, : len(bundle.feature_names)]
    ours, theirs = small_training().bundle.forecast(X), bundle.forecast(X)
    np.testing.assert_array_equal(ours.p_defect, theirs.p_defect)
    np.testing.assert_array_equal(ours.expected_value, theirs.expected_value)


def test_a_run_holds_everything_that_explains_it(store: TrackingSettings, logged: Registered) -> None:
    folder = artifacts(store, logged)
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {"config.yaml", "evaluation.csv", "evaluation.json", "deciles.csv", "importance.csv", "features.md"} <= names
    assert len([name for name in names if name.startswith("figures/") and name.endswith(".png")]) == 8
    assert {f"models/{model}.lightgbm.txt" for model in ("classifier", "total")} <= names
    table = list(csv.DictReader((folder / "evaluation.csv").open(encoding="utf-8")))
    assert len(table) == len(small_training().evaluation.figures)
    kept = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert kept["trial"]["rows"] == len(small_training().holdout)
    assert "days_since_last" in (folder / "features.md").read_text(encoding="utf-8")


def test_numbers_and_tags_can_be_searched(store: TrackingSettings, logged: Registered) -> None:
    with opened(store, create=False) as open_store:
        found = open_store.client.get_run(logged.run_id)
        model = open_store.client.get_model_version("small", "1")
    assert found.info.status == "FINISHED"
    figure = small_training().evaluation.figure("auc", "setia")
    assert figure is not None
    assert found.data.metrics["auc"] == pytest.approx(figure.value)
    assert found.data.metrics["auc_lo"] == pytest.approx(figure.lo)
    assert "days since last/auc" in found.data.metrics
    assert found.data.params["seed"] == "7"
    assert found.data.params["source.columns"] == "{}"
    assert found.data.params["facts.horizon_days"] == "30"
    assert found.data.tags["mlflow.source.git.commit"] == "c0ffee"
    assert found.data.tags["fingerprint"] == small_training().bundle.facts.fingerprint
    assert model.tags["why"] == logged.why


def test_nobodys_data_and_no_password_is_kept(store: TrackingSettings, logged: Registered) -> None:
    assert store.database is not None
    assert small_training().holdout.customer_id[0].startswith("secret-")
    files = [path for path in store.database.parent.rglob("*") if path.is_file()]
    assert len(files) > 20
    for path in files:
        content = path.read_bytes()
        assert b"secret-" not in content, path
        assert b"s3cr" not in content, path
        assert path.suffix not in (".pkl", ".pickle", ".joblib"), path
    kept = next(path for path in files if path.name == "serving_input_example.json")
    [row] = json.loads(kept.read_text(encoding="utf-8"))["dataframe_split"]["data"]
    typical = small_training().bundle.typical[:, 1]
    np.testing.assert_allclose(np.array(row, dtype=float), typical)


def test_the_model_says_what_it_takes_and_gives(store: TrackingSettings, logged: Registered) -> None:
    from mlflow.models import Model

    [folder] = {path.parent for path in Path(str(store.artifact_location)).rglob("MLmodel")}
    model = Model.load(str(folder))
    assert model.signature.inputs.input_names() == list(small_training().bundle.feature_names)
    assert model.signature.outputs.input_names() == [field.name for field in fields(Forecast)]
    assert model.flavors["python_function"]["loader_module"] == "setia.bundle"
    requirements = (folder / "requirements.txt").read_text(encoding="utf-8").split()
    assert all("==" in line for line in requirements)
    assert (folder / "code" / "setia" / "bundle.py").exists()


@pytest.mark.parametrize(
    ("uri", "version"),
    [("models:/small/1", "small/1"), ("models:/small@champion", "small/1"), ("small/1", "small/1"), ("run", "run")],
)
def test_a_model_is_found_by_every_address(store: TrackingSettings, logged: Registered, uri: str, version: str) -> None:
    address = f"runs:/{logged.run_id}"
    bundle, found = load_model(store, uri.replace("run", f"{address}/bundle") if uri == "run" else uri)
    assert found == (address if version == "run" else version)
    assert bundle.facts == small_training().bundle.facts


def test_a_folder_is_a_model_too(store: TrackingSettings, tmp_path: Path) -> None:
    small_training().bundle.save(tmp_path / "mine")
    assert load_model(store, str(tmp_path / "mine"))[0].facts == small_training().bundle.facts
    with pytest.raises(InputError, match="no readable Setia bundle"):
        load_model(store, str(tmp_path))


@pytest.mark.parametrize("uri", ["models:/small/9", "models:/smal/1", "models:/small@best", "runs:/beef", "no/folder"])
def test_a_model_that_is_not_there_is_told_with_those_that_are(
    store: TrackingSettings, logged: Registered, uri: str
) -> None:
    with pytest.raises(NoChampionError, match=r"Registered models: .*small"):
        load_model(store, uri)


@pytest.mark.parametrize("uri", ["small", "s3:/bucket/x", "models:/"])
def test_an_address_that_means_nothing_is_told(store: TrackingSettings, logged: Registered, uri: str) -> None:
    with pytest.raises(InputError, match="is not understood"):
        load_model(store, uri)


def test_a_champion_is_found_by_the_beginning_of_its_name(settings: TrackingSettings) -> None:
    log_training(small_training(), settings, name="shop-silence-revenue-30d", config_yaml="", git_commit=None)
    assert find_champion(settings, "shop")[1] == "shop-silence-revenue-30d/1"
    with pytest.raises(NoChampionError, match="Champions exist for: shop-silence-revenue-30d"):
        find_champion(settings, "sho")
    log_training(small_training(), settings, name="shop-silence-revenue-60d", config_yaml="", git_commit=None)
    with pytest.raises(NoChampionError, match="Several champions"):
        find_champion(settings, "shop")


def test_without_a_store_there_is_no_champion_and_none_is_made(tmp_path: Path) -> None:
    settings = TrackingSettings(f"sqlite:///{tmp_path}/models/mlflow.db")
    with pytest.raises(NoChampionError, match="make train"):
        find_champion(settings, "small")
    assert not (tmp_path / "models").exists()


def test_a_worse_challenger_gets_a_version_but_not_the_alias(settings: TrackingSettings) -> None:
    good = small_training()
    loss = good.evaluation.figure("log_loss", "setia")
    assert loss is not None
    worse_loss = replace(loss, value=loss.value + 0.1)
    figures = tuple(worse_loss if figure is loss else figure for figure in good.evaluation.figures)
    bad = replace(good, evaluation=replace(good.evaluation, figures=figures))
    results = [log_training(each, settings, name="small", config_yaml="", git_commit=None) for each in (bad, good, bad)]
    assert [(r.version, r.champion) for r in results] == [("1", True), ("2", True), ("3", False)]
    assert find_champion(settings, "small")[1] == "small/2"
    assert "version 2 stays champion" in results[2].why


def test_register_false_tracks_only(settings: TrackingSettings) -> None:
    trial = replace(settings, register=False)
    found = log_training(small_training(), trial, name="small", config_yaml="", git_commit=None)
    assert (found.version, found.champion) == ("", False)
    assert load_model(settings, found.uri)[0].facts == small_training().bundle.facts
    with pytest.raises(NoChampionError):
        find_champion(settings, "small")


def test_a_run_that_fails_is_marked_and_registers_nothing(
    settings: TrackingSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run, "log_model", full)
    with pytest.raises(InputError, match="No space left"):
        log_training(small_training(), settings, name="small", config_yaml="", git_commit=None)
    with opened(settings, create=False) as store:
        [found] = store.client.search_runs([store.client.get_experiment_by_name("setia").experiment_id])
        assert found.info.status == "FAILED"
        assert not store.client.search_registered_models()


def test_a_store_that_moved_can_be_scored_from_but_not_written_to(settings: TrackingSettings, tmp_path: Path) -> None:
    log_training(small_training(), settings, name="small", config_yaml="", git_commit=None)
    assert settings.database is not None
    new = tmp_path / "elsewhere"
    settings.database.parent.rename(new)
    moved = TrackingSettings(f"sqlite:///{new}/mlflow.db")
    assert find_champion(moved, "small")[1] == "small/1"
    with pytest.raises(InputError, match="was the folder moved"):
        reach(moved)


def test_a_champion_whose_files_are_gone_is_told_and_replaced(settings: TrackingSettings) -> None:
    log_training(small_training(), settings, name="small", config_yaml="", git_commit=None)
    shutil.rmtree(str(settings.artifact_location))
    with pytest.raises(NoChampionError, match=r"not in .* any more"):
        find_champion(settings, "small")
    again = log_training(small_training(), settings, name="small", config_yaml="", git_commit=None)
    assert again.champion
    assert find_champion(settings, "small")[1] == "small/2"


def test_nothing_is_printed_nothing_global_is_set_nothing_is_left_elsewhere(
    settings: TrackingSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import mlflow

    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    before = mlflow.get_tracking_uri()
    log_training(small_training(), settings, name="small", config_yaml="", git_commit=None)
    find_champion(settings, "small")
    assert capfd.readouterr() == ("", "")
    assert mlflow.get_tracking_uri() == before
    assert mlflow.active_run() is None
    assert list(work.iterdir()) == []
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert os.environ["DO_NOT_TRACK"] == "true"


def test_a_database_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("this is a letter, no database; " * 40, encoding="utf-8")
    with pytest.raises(InputError, match="cannot be used"):
        reach(TrackingSettings(f"sqlite:///{tmp_path}/mlflow.db"))


def test_an_address_keeps_its_user_and_loses_its_password() -> None:
    assert without_passwords("a: mysql://me:p/w@d@host:1/db\nb: x@y") == "a: mysql://me:***@host:1/db\nb: x@y"
    assert without_passwords("http://host:80/a?b=c") == "http://host:80/a?b=c"


def test_the_commit_is_that_of_this_checkout(root: Path) -> None:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)
    assert git_commit() == (done.stdout.strip() or None)
