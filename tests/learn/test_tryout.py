"""Estimators are tried before the work begins."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from makers import FOREST, quick, rows_of, trained_on
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from learn.test_predictor import identity
from setia.errors import InputError
from setia.learn.linear import logistic
from setia.learn.members import ClassifierSettings
from setia.learn.tryout import try_out


def strange(random_state: int) -> Any:
    return make_pipeline(SimpleImputer(), FunctionTransformer(identity), Ridge(random_state=random_state))


@pytest.mark.parametrize(
    "factory",
    [
        partial(LGBMClassifier, **FOREST),
        partial(LGBMRegressor, objective="tweedie", **FOREST),
        logistic,
        lambda random_state: make_pipeline(SimpleImputer(), Ridge()),
    ],
    ids=["classifier", "regressor", "logistic", "ridge"],
)
def test_what_can_be_fitted_and_kept_passes_and_leaves_nothing(
    factory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    try_out(factory, "classifier")
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        (partial(LGBMClassifier, **{**FOREST, "n_estimators": "many"}), "The classifier cannot be fitted"),
        (partial(LGBMRegressor, objective="nonsense", **FOREST), "Unknown objective type name: nonsense"),
        (partial(LGBMClassifier, **{**FOREST, "num_leaves": 1}), r"num_leaves"),
        (partial(LogisticRegression), "Input X contains NaN"),
        (partial(logistic, colour="red"), "unexpected keyword argument 'colour'"),
        (strange, "could not be trusted when it is loaded again"),
        (7, "not callable"),
    ],
    ids=["type", "objective", "value", "gaps", "unknown", "strange", "number"],
)
def test_what_refuses_its_settings_is_a_sentence(factory: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        try_out(factory, "classifier")


def test_a_training_finds_out_before_it_begins() -> None:
    wrong = ClassifierSettings(partial(LGBMClassifier, **{**FOREST, "num_leaves": -3}))
    with pytest.raises(InputError, match=r"The classifier cannot be fitted: .*classifier\.estimator"):
        trained_on(rows_of(5), classifier=wrong)
    with pytest.raises(InputError, match=r"Only \d+ customers"):
        trained_on(rows_of(5), classifier=quick().classifier)
