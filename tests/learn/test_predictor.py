"""A fitted estimator on disk and back: the same numbers, no pickle, nothing that is not trusted."""

from __future__ import annotations

import pickletools
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from makers import FOREST

from setia.errors import InputError
from setia.learn.linear import logistic
from setia.learn.predictor import Estimator, Forest, Predictor, load, wrap

KINDS = ("forest", "tweedie", "logistic", "boosted", "trees", "calibrated", "poisson", "ridge")


@pytest.fixture(scope="module")
def data() -> tuple[Any, Any, Any]:
    random = np.random.default_rng(5)
    X = random.normal(size=(300, 4)).astype(np.float32)
    X[random.random(X.shape) < 0.1] = np.nan
    drive = np.nan_to_num(X[:, 0])
    return X, (random.random(300) < 1 / (1 + np.exp(-2 * drive))).astype(float), np.exp(drive)


def fitted(kind: str, data: tuple[Any, Any, Any]) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import PoissonRegressor, Ridge
    from sklearn.pipeline import make_pipeline

    X, y, value = data
    match kind:
        case "forest":
            return LGBMClassifier(**FOREST).fit(X, y)
        case "tweedie":
            return LGBMRegressor(objective="tweedie", **FOREST).fit(X, value)
        case "logistic":
            return logistic().fit(X, y)
        case "boosted":
            return HistGradientBoostingClassifier(max_iter=5).fit(X, y)
        case "trees":
            return RandomForestRegressor(5, max_depth=3, random_state=1).fit(X, value)
        case "calibrated":
            return CalibratedClassifierCV(HistGradientBoostingClassifier(max_iter=3), cv=2).fit(X, y)
        case "poisson":
            return make_pipeline(SimpleImputer(), PoissonRegressor()).fit(X, value)
        case _:
            return make_pipeline(SimpleImputer(), Ridge()).fit(X, value)


@pytest.fixture(scope="module", params=KINDS)
def pair(request: pytest.FixtureRequest, data: tuple[Any, Any, Any]) -> tuple[Any, Predictor]:
    model = fitted(request.param, data)
    return model, wrap(model)


def test_it_says_what_the_estimator_says(pair: tuple[Any, Predictor], data: tuple[Any, Any, Any]) -> None:
    model, predictor = pair
    X = data[0]
    expected = model.predict_proba(X)[:, 1] if hasattr(model, "predict_proba") else model.predict(X)
    found = predictor.predict(X)
    assert found.dtype == np.float64
    assert found.shape == (len(X),)
    assert np.allclose(found, expected, rtol=1e-12)


def test_it_is_the_same_after_a_journey(
    pair: tuple[Any, Predictor], data: tuple[Any, Any, Any], tmp_path: Path
) -> None:
    pair[1].save(tmp_path / "model")
    back = load(tmp_path / "model")
    assert type(back) is type(pair[1])
    assert np.array_equal(back.predict(data[0]), pair[1].predict(data[0]))
    assert np.array_equal(back.importance(), pair[1].importance())


def test_no_file_is_a_pickle(pair: tuple[Any, Predictor], tmp_path: Path) -> None:
    pair[1].save(tmp_path / "model")
    (path,) = tmp_path.iterdir()
    for content in contents(path):
        assert not is_pickle(content)


def contents(path: Path) -> list[bytes]:
    """Return a file, or what is packed in it."""
    if not zipfile.is_zipfile(path):
        return [path.read_bytes()]
    with zipfile.ZipFile(path) as packed:
        return [packed.read(name) for name in packed.namelist()]


def is_pickle(content: bytes) -> bool:
    try:
        for _ in pickletools.genops(content):
            pass
    except Exception:
        return False
    return True


def test_a_pickle_would_be_found() -> None:
    import pickle

    assert is_pickle(pickle.dumps({"a": np.arange(3)}))
    assert is_pickle(pickle.dumps([1], protocol=0))


def test_importance_tells_the_feature_that_matters(pair: tuple[Any, Predictor]) -> None:
    found = pair[1].importance()
    assert found.shape == (4,)
    assert (found >= 0).all()
    knows_none = not found.any()
    assert knows_none or int(np.argmax(found)) == 0


def test_contributions_add_up_to_the_forecast(data: tuple[Any, Any, Any]) -> None:
    forest = wrap(fitted("forest", data))
    assert isinstance(forest, Forest)
    parts = forest.contributions(data[0])
    assert parts.shape == (300, 5)
    assert np.allclose(1 / (1 + np.exp(-parts.sum(axis=1))), forest.predict(data[0]))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no model classifier: it is incomplete; train again"):
        load(tmp_path / "classifier")


def identity(X: Any) -> Any:
    return X


@pytest.fixture
def strange(data: tuple[Any, Any, Any]) -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    return make_pipeline(SimpleImputer(), FunctionTransformer(identity), Ridge()).fit(data[0], data[2])


def test_a_type_of_anybodys_own_is_not_loaded(strange: Any, tmp_path: Path) -> None:
    import skops.io

    skops.io.dump(strange, tmp_path / "model.skops")
    with pytest.raises(InputError, match=r"holds types that Setia does not trust: .*identity"):
        load(tmp_path / "model")


def test_what_could_not_be_loaded_is_not_saved(strange: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"The classifier holds .*identity, which could not be trusted"):
        Estimator(strange).save(tmp_path / "classifier")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".lightgbm.txt", ".skops"])
@pytest.mark.parametrize("content", [b"", b"this is no model", b"\x80\x04K\x01."])
def test_a_damaged_file_is_a_sentence(
    suffix: str, content: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / f"model{suffix}").write_bytes(content)
    with pytest.raises(InputError, match=rf"model{suffix} is damaged and cannot be read .*; train again"):
        load(tmp_path / "model")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", ["forest", "logistic"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_file_that_was_cut_off_is_a_sentence(
    kind: str, share: float, data: tuple[Any, Any, Any], tmp_path: Path
) -> None:
    wrap(fitted(kind, data)).save(tmp_path / "model")
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    end = content.rindex(b"end of trees") if kind == "forest" else len(content)
    path.write_bytes(content[: int(share * end)])
    with pytest.raises(InputError, match="is damaged and cannot be read"):
        load(tmp_path / "model")


@pytest.mark.parametrize("kinds", [("forest", "logistic"), ("logistic", "forest")])
def test_the_last_one_saved_is_the_one_loaded(
    kinds: tuple[str, str], data: tuple[Any, Any, Any], tmp_path: Path
) -> None:
    first, second = (wrap(fitted(kind, data)) for kind in kinds)
    first.save(tmp_path / "model")
    second.save(tmp_path / "model")
    assert np.array_equal(load(tmp_path / "model").predict(data[0]), second.predict(data[0]))
