"""Stores for tests. MLflow takes seconds to make its tables, so they are made once and copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from setia.tracking import TrackingSettings
from setia.tracking.store import opened


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables and nothing of ours in it."""
    path = tmp_path_factory.mktemp("tables") / "mlflow.db"
    with opened(TrackingSettings(f"sqlite:///{path}"), create=True):
        pass
    return path


@pytest.fixture
def settings(tables: Path, tmp_path: Path) -> TrackingSettings:
    """A fresh store in a folder whose name is awkward."""
    folder = tmp_path / "my models #1 ü"
    folder.mkdir()
    shutil.copy(tables, folder / "mlflow.db")
    return TrackingSettings(f"sqlite:///{folder}/mlflow.db")
