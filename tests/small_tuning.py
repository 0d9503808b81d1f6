"""A small search over made-up panels: real forests, a second or two; for tests of what comes of it."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import makers
from lightgbm import LGBMClassifier, LGBMRegressor

from setia.learn.combine import CombineSettings
from setia.learn.dropout import DropoutSettings, with_dropout
from setia.learn.members import ClassifierSettings, RegressorSettings
from setia.training import TrainSettings
from setia.tuning import Range, Recipe, TuneSettings, Tuning
from setia.tuning.cases import Case
from setia.tuning.search import search

LEAVES = ("classifier.estimator.num_leaves", "regressor.estimator.num_leaves")
#: Forests that grow too deep or not, and a blend that leans on them or not.
SPACE = {
    "leaves": Range(LEAVES, "int", 2, 15, log=True),
    "share": Range(("combine.forest_share",), "float", 0.0, 1.0),
}
NUMBERS = {**dict.fromkeys(LEAVES, 4), "combine.forest_share": 0.5}


def make(values: Mapping[str, float]) -> TrainSettings:
    """Return settings that train on a made-up panel in a tenth of a second."""
    found = NUMBERS | dict(values)
    size = makers.FOREST | {"n_estimators": 6}
    classifier, regressor = (size | {"num_leaves": int(found[name])} for name in LEAVES)
    return makers.quick(
        classifier=ClassifierSettings(partial(LGBMClassifier, **classifier)),
        regressor=RegressorSettings(partial(LGBMRegressor, objective="tweedie", **regressor)),
        combine=CombineSettings(forest_share=found["combine.forest_share"]),
    )


RECIPE = Recipe(NUMBERS, make, "small")


@functools.cache
def cases() -> tuple[Case, ...]:
    """Three cases of one made-up log, a horizon apart."""
    made = makers.made_up_panel(120, tuple(range(100, 251, 15)))
    panel, _ = with_dropout(DropoutSettings("mbg_nbd"), made, makers.HORIZON, "revenue")
    return tuple(
        Case("small", "0" * 16, 80, day, makers.HORIZON, "revenue", panel, panel.at(day)) for day in (250, 220, 190)
    )


def settings(folder: Path, trials: int = 3) -> TuneSettings:
    """Return a search of `SPACE` that keeps its files in a folder."""
    return TuneSettings(trials=trials, storage=str(folder / "tune.db"), output=str(folder / "best.yaml"), space=SPACE)


def searched(folder: Path, trials: int = 3, over: Sequence[Case] | None = None) -> Tuning:
    """Search over the made-up cases."""
    return search(settings(folder, trials), RECIPE, cases() if over is None else over)


def another(case: Case) -> Case:
    """Return a case as if it were of another log."""
    return replace(case, log="other", fingerprint="1" * 16)
