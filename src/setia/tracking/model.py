"""A Bundle as an MLflow model and back: without pickle, without a row of anybody's data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from setia.bundle import Bundle, Forecast
from setia.errors import NoChampionError
from setia.tracking.store import Store
from setia.tracking.trial import Trial

#: What the bundle needs to load and forecast; Setia's own code travels with the model.
REQUIREMENTS: Final = ("lightgbm", "narwhals", "numpy", "pandas", "scikit-learn", "scipy", "skops")
_FOLDER: Final = Path("data") / "bundle"
_MODEL_ID: Final = re.compile(r"m-[0-9a-f]{32}")


def log_model(store: Store, experiment_id: str, run_id: str, bundle: Bundle, trial: Trial) -> str:
    """Log a bundle as an MLflow model of a run and return the model's id.

    The requirements are named, not found out (that takes MLflow 12 s), and the code of this package goes
    along, so that a server needs no Setia of its own, and of no other version.
    """
    import mlflow.pyfunc
    from mlflow.entities import LoggedModelOutput
    from mlflow.models import Model

    client = store.client
    logged = client.create_logged_model(experiment_id, name="bundle", source_run_id=run_id, model_type="setia")
    with TemporaryDirectory() as folder:
        bundle.save(Path(folder) / "bundle")
        mlflow.pyfunc.save_model(
            path=f"{folder}/model",
            loader_module="setia.bundle",
            data_path=f"{folder}/bundle",
            code_paths=[str(Path(__file__).parents[1])],
            signature=_signature(bundle),
            input_example=_example(bundle),
            pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
            mlflow_model=Model(
                artifact_path=logged.artifact_location,
                model_uuid=logged.model_id,
                model_id=logged.model_id,
                run_id=run_id,
                metadata={"trial": asdict(trial)},
            ),
        )
        client.log_model_artifacts(logged.model_id, f"{folder}/model")
    client.finalize_logged_model(logged.model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
    return str(logged.model_id)


def _signature(bundle: Bundle) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    given = Schema([ColSpec("double", name) for name in bundle.feature_names])
    said = [field.name for field in fields(Forecast)]
    return ModelSignature(given, Schema([ColSpec("double", name) for name in said]))


def _example(bundle: Bundle) -> Any:
    """Return one row of medians: what is usual, of nobody in particular."""
    import pandas as pd

    return pd.DataFrame([bundle.typical[:, 1]], columns=list(bundle.feature_names))


@contextmanager
def fetched(store: Store, model_id: str) -> Iterator[Path]:
    """Give a folder with a copy of a logged model, which is gone afterwards.

    Raises:
        NoChampionError: the model is known, but its files are gone.
    """
    from mlflow.artifacts import download_artifacts

    location = _present(store, store.client.get_logged_model(model_id).artifact_location, model_id)
    with TemporaryDirectory() as folder:
        yield Path(download_artifacts(artifact_uri=location, dst_path=folder, tracking_uri=store.settings.address))


def _present(store: Store, location: str, model_id: str) -> str:
    """Return where a model lies now: MLflow keeps absolute paths, so moving the store's folder breaks them."""
    parts = urlsplit(location)
    if parts.scheme not in ("", "file") or store.settings.database is None or Path(unquote(parts.path)).is_dir():
        return location
    beside = Path(str(store.settings.artifact_location)) / "models" / model_id / "artifacts"
    if not beside.is_dir():
        raise NoChampionError(
            f"The files of the model {model_id} are not in {location} any more; train again, or put them back."
        )
    return str(beside)


def bundle_in(folder: Path) -> Bundle:
    """Read the bundle of a fetched model, or of a folder that `Bundle.save` wrote.

    Raises:
        InputError: there is none, or one of another format.
    """
    return Bundle.load(folder / _FOLDER if (folder / _FOLDER).is_dir() else folder)


def trial_in(folder: Path) -> Trial | None:
    """Read how a fetched model was judged; None for a model that something else has logged."""
    from mlflow.models import Model

    kept = (Model.load(str(folder)).metadata or {}).get("trial")
    return Trial(**kept) if kept else None


def model_id_of(source: str) -> str | None:
    """Return the id of a logged model in a registered version's source (models:/m-...), None without one."""
    found = _MODEL_ID.search(source)
    return found.group() if found else None
