"""Runs and models in MLflow, and who is champion. The only place that imports mlflow."""

from setia.tracking.asked import asked_model
from setia.tracking.registry import CHAMPION, find_champion, load_model
from setia.tracking.run import Registered, git_commit, log_training, reach
from setia.tracking.settings import TrackingSettings, champion_name, default_name, name_of, name_prefix
from setia.tracking.store import load

__all__ = [
    "CHAMPION",
    "Registered",
    "TrackingSettings",
    "asked_model",
    "champion_name",
    "default_name",
    "find_champion",
    "git_commit",
    "load",
    "load_model",
    "log_training",
    "name_of",
    "name_prefix",
    "reach",
]
