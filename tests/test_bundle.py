"""The Bundle: what was saved forecasts the same, holds no pickle, and is never half a bundle."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from learn.test_predictor import contents, identity, is_pickle
from makers import logistic_bundle, usual_training

from setia.bundle import FORMAT, Bundle, _load_pyfunc
from setia.defection import AnyOf, Category, Definition, Partial, Rhythm, Silence, as_dict
from setia.errors import InputError
from setia.learn.dropout import COLUMNS
from setia.learn.predictor import Estimator, Forest

BUNDLES: dict[str, Callable[[], Bundle]] = {
    "lightgbm": lambda: usual_training().bundle,
    "logistic": logistic_bundle,
}


def rows() -> Any:
    return usual_training().holdout.X[:, : -len(COLUMNS)]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    saved = {kind: tmp_path_factory.mktemp(kind) / "new" / "bundle" for kind in BUNDLES}
    for kind, path in saved.items():
        BUNDLES[kind]().save(path)
    return saved


@pytest.fixture
def folder(folders: dict[str, Path], tmp_path: Path) -> Path:
    """A saved bundle to do harm to."""
    return Path(shutil.copytree(folders["lightgbm"], tmp_path / "bundle"))


@pytest.mark.parametrize("kind", BUNDLES)
def test_it_forecasts_the_same_after_a_journey(kind: str, folders: dict[str, Path]) -> None:
    bundle, back = BUNDLES[kind](), Bundle.load(folders[kind])
    assert isinstance(back.members.classifier, Forest if kind == "lightgbm" else Estimator)
    for name, said in vars(bundle.forecast(rows())).items():
        assert np.array_equal(said, getattr(back.forecast(rows()), name)), name
    assert back.facts == bundle.facts
    assert back.feature_names == bundle.feature_names
    assert back.blend == bundle.blend
    assert back.dropout == bundle.dropout
    assert back.members.rounds == bundle.members.rounds
    assert np.array_equal(back.typical, bundle.typical, equal_nan=True)
    assert bundle.proof is not None
    assert repr(back.proof) == repr(bundle.proof)


def test_a_folder_of_an_older_version_has_no_proof_and_forecasts_the_same(folder: Path) -> None:
    (folder / "proof.json").unlink()
    bundle, back = BUNDLES["lightgbm"](), Bundle.load(folder)
    assert back.proof is None
    assert np.array_equal(back.forecast(rows()).expected_value, bundle.forecast(rows()).expected_value)
    bundle.save(folder)
    assert Bundle.load(folder).proof is not None
    back.save(folder)
    assert Bundle.load(folder).proof is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"7", b"\x80\x04K\x01."])
def test_a_damaged_proof_is_a_sentence(content: bytes, folder: Path) -> None:
    (folder / "proof.json").write_bytes(content)
    with pytest.raises(InputError, match="holds no readable Setia bundle"):
        Bundle.load(folder)


@pytest.mark.parametrize("kind", BUNDLES)
def test_no_file_is_a_pickle(kind: str, folders: dict[str, Path]) -> None:
    files = [path for path in folders[kind].rglob("*") if path.is_file()]
    assert len(files) == 6
    for path in files:
        assert path.name.endswith((".json", ".npz", ".lightgbm.txt", ".skops"))
        for content in contents(path):
            assert not is_pickle(content)
            assert not content.startswith(b"\x80")
    with np.load(folders[kind] / "typical.npz", allow_pickle=False) as arrays:
        assert arrays["typical"].dtype == np.float64


@pytest.mark.parametrize("kind", BUNDLES)
def test_nothing_of_any_customer_is_in_it(kind: str, folders: dict[str, Path]) -> None:
    for path in folders[kind].iterdir():
        for content in contents(path):
            assert b"c119" not in content


@pytest.mark.parametrize("kind", BUNDLES)
def test_a_forecast_is_possible(kind: str) -> None:
    said = BUNDLES[kind]().forecast(rows())
    assert ((said.p_defect > 0) & (said.p_defect < 1)).all()
    assert ((said.p_alive >= 0) & (said.p_alive <= 1)).all()
    assert (said.expected_purchases >= 0).all()
    assert (said.expected_value >= 0).all()
    assert all(array.shape == (len(rows()),) for array in vars(said).values())


def test_a_forecast_of_some_rows_is_that_of_all() -> None:
    bundle = BUNDLES["lightgbm"]()
    whole, some = bundle.forecast(rows()), bundle.forecast(rows()[5:9])
    for name, said in vars(whole).items():
        assert np.array_equal(said[5:9], getattr(some, name))


def test_the_members_take_the_features_and_then_what_the_dropout_model_says() -> None:
    bundle, holdout = BUNDLES["lightgbm"](), usual_training().holdout
    extended = bundle.extend(rows())
    assert extended.shape == holdout.X.shape
    assert np.array_equal(extended[:, : -len(COLUMNS)], rows(), equal_nan=True)
    # the fit that goes into use is that of the last cutoff, the holdout
    assert np.array_equal(extended, holdout.X, equal_nan=True)


def test_features_and_definition_are_found_by_name() -> None:
    bundle = BUNDLES["lightgbm"]()
    assert tuple(feature.name for feature in bundle.features) == bundle.feature_names
    assert bundle.definition.name == "silence"
    with pytest.raises(InputError, match="feature magic is unknown to this version"):
        _ = replace(bundle, feature_names=("magic",)).features
    with pytest.raises(InputError, match="version 9 of defection=silence"):
        _ = replace(bundle, facts=replace(bundle.facts, definition_version=9)).definition
    with pytest.raises(InputError, match=r"with settings that this Setia does not have \(share\)"):
        _ = replace(bundle, facts=replace(bundle.facts, definition_settings={"share": 0.4})).definition


@pytest.mark.parametrize(
    "definition",
    [Partial(share=0.4, measure="spend"), Rhythm(surprise=0.01), AnyOf((Silence(), Category(min_days=4)))],
    ids=lambda definition: definition.name,
)
def test_a_definition_travels_with_its_settings(definition: Definition, tmp_path: Path) -> None:
    bundle, content = BUNDLES["lightgbm"](), as_dict(definition)
    facts = replace(
        bundle.facts,
        definition=content["name"],
        definition_version=content["version"],
        definition_settings=content["settings"],
    )
    replace(bundle, facts=facts).save(tmp_path)
    assert Bundle.load(tmp_path).definition == definition
    assert Bundle.load(tmp_path).facts == facts


@pytest.mark.parametrize("kinds", [("lightgbm", "logistic"), ("logistic", "lightgbm")])
def test_a_bundle_saved_over_another_replaces_it(kinds: tuple[str, str], tmp_path: Path) -> None:
    for kind in kinds:
        BUNDLES[kind]().save(tmp_path)
    expected, found = (each.forecast(rows()) for each in (BUNDLES[kinds[1]](), Bundle.load(tmp_path)))
    assert np.array_equal(expected.p_defect, found.p_defect)


def test_a_bundle_that_could_not_be_saved_whole_is_none(folder: Path) -> None:
    from sklearn.preprocessing import FunctionTransformer

    bundle = BUNDLES["lightgbm"]()
    strange = replace(bundle.members, total=Estimator(FunctionTransformer(identity).fit(rows())))
    with pytest.raises(InputError, match="could not be trusted"):
        replace(bundle, members=strange).save(folder)
    with pytest.raises(InputError, match="holds no readable Setia bundle"):
        Bundle.load(folder)


def test_where_nothing_is_there_is_no_bundle(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match="holds no readable Setia bundle"):
            Bundle.load(path)


def damaged(folder: Path, content: bytes) -> None:
    (folder / "bundle.json").write_bytes(content)
    with pytest.raises(InputError, match="holds no readable Setia bundle") as caught:
        Bundle.load(folder)
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"7", b'"facts"', b"\x80\x04K\x01.", b"null"])
def test_a_damaged_description_is_a_sentence(content: bytes, folder: Path) -> None:
    damaged(folder, content)


@pytest.mark.parametrize("part", ["facts", "feature_names", "blend", "dropout", "members"])
def test_a_description_that_lacks_a_part_is_a_sentence(part: str, folder: Path) -> None:
    content = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    damaged(folder, json.dumps({key: value for key, value in content.items() if key != part}).encode())
    damaged(folder, json.dumps({**content, part: 7}).encode())


def test_another_format_is_told(folder: Path) -> None:
    content = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    for other in (FORMAT - 1, FORMAT + 1):
        (folder / "bundle.json").write_text(json.dumps({**content, "format": other}))
        with pytest.raises(InputError, match=f"has format {other}; this Setia reads format {FORMAT}"):
            Bundle.load(folder)


@pytest.mark.parametrize("name", ["typical.npz", "classifier.lightgbm.txt", "total.lightgbm.txt"])
def test_a_missing_or_damaged_file_is_a_sentence(name: str, folder: Path) -> None:
    content = (folder / name).read_bytes()
    for harm in (None, b"", content[: len(content) // 3]):
        (folder / name).unlink(missing_ok=True)
        if harm is not None:
            (folder / name).write_bytes(harm)
        with pytest.raises(InputError) as caught:
            Bundle.load(folder)
        assert "train again" in str(caught.value).lower()


def test_a_pickled_array_is_not_opened(folder: Path) -> None:
    np.savez(folder / "typical.npz", typical=np.array([{"an": "object"}], dtype=object))
    with zipfile.ZipFile(folder / "typical.npz") as packed:
        assert packed.namelist() == ["typical.npy"]
    with pytest.raises(InputError, match="holds no readable Setia bundle"):
        Bundle.load(folder)


@pytest.mark.parametrize("kind", BUNDLES)
def test_it_serves_a_data_frame_in_any_order(kind: str, folders: dict[str, Path]) -> None:
    bundle = BUNDLES[kind]()
    frame = pd.DataFrame(rows(), columns=list(bundle.feature_names))
    served = _load_pyfunc(str(folders[kind]))
    found = served.predict(frame[frame.columns[::-1]].assign(more=1.0))
    assert np.array_equal(found["p_defect"].to_numpy(), bundle.forecast(rows()).p_defect)
    assert np.array_equal(found["expected_value"].to_numpy(), bundle.forecast(rows()).expected_value)
    assert len(found) == len(frame)
