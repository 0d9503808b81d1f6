"""The search for settings that forecast better, judged out of time over several cutoffs and logs."""

from setia.tuning.outcome import Gain, Trial, Tuning
from setia.tuning.search import tune
from setia.tuning.settings import Range, TuneSettings
from setia.tuning.space import VARIED, Recipe

__all__ = ["VARIED", "Gain", "Range", "Recipe", "Trial", "TuneSettings", "Tuning", "tune"]
