"""Training from a log to a Bundle and the proof of how good it is."""

from setia.training.checking import check, try_estimators
from setia.training.judging import OURS, finish, judge, judge_levels
from setia.training.run import Training, features_for, train
from setia.training.settings import TrainSettings

__all__ = [
    "OURS",
    "TrainSettings",
    "Training",
    "check",
    "features_for",
    "finish",
    "judge",
    "judge_levels",
    "train",
    "try_estimators",
]
