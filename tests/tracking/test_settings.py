from dataclasses import replace
from pathlib import Path

import pytest
from small_training import small_training

from setia.defection import AnyOf, Partial, Silence
from setia.errors import InputError
from setia.tracking import TrackingSettings, default_name, name_of, name_prefix, reach
from setia.tracking.settings import question_of


def test_the_default_store_lies_in_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = TrackingSettings()
    assert settings.database == tmp_path / "models" / "mlflow.db"
    assert settings.artifact_location == str(tmp_path / "models" / "artifacts")
    assert settings.address == f"sqlite:///{tmp_path}/models/mlflow.db"


def test_a_server_keeps_its_own_artifacts() -> None:
    settings = TrackingSettings("http://localhost:5000")
    assert (settings.database, settings.artifact_location) == (None, None)
    with pytest.raises(InputError, match=r"tracking\.artifacts"):
        TrackingSettings("http://localhost:5000", artifacts="somewhere")


@pytest.mark.parametrize("uri", ["models/mlflow.db", "mlruns", "sqlite:///", "postgresql://h/db", ""])
def test_other_addresses_are_refused(uri: str) -> None:
    with pytest.raises(InputError, match=r"tracking\.uri"):
        TrackingSettings(uri)


def test_artifacts_may_lie_elsewhere() -> None:
    assert TrackingSettings(artifacts="s3://bucket/models").artifact_location == "s3://bucket/models"


@pytest.mark.parametrize(
    ("source", "prefix"),
    [
        ("cdnow", "cdnow"),
        ("Online Retail (2011).parquet", "online_retail_2011_parquet"),
        ("日本", "日本"),
        ("//", "log"),
    ],
)
def test_names_are_made_of_plain_characters(source: str, prefix: str) -> None:
    assert name_prefix(source) in (prefix, "log")


def test_models_of_different_questions_have_different_names() -> None:
    facts = small_training().bundle.facts
    names = {
        default_name(facts),
        default_name(replace(facts, source="other")),
        default_name(replace(facts, definition="rhythm")),
        default_name(replace(facts, definition="partial")),
        default_name(replace(facts, definition="partial", definition_settings={"share": 0.4})),
        default_name(replace(facts, basis="purchases")),
        default_name(replace(facts, horizon_days=31)),
    }
    assert len(names) == 7
    assert default_name(facts).startswith(f"{name_prefix(facts.source)}-")


def test_a_definition_is_named_with_what_is_not_usual_of_it() -> None:
    either = AnyOf((Silence(), Partial(share=0.4, measure="spend")))
    assert question_of(Partial()) == "partial"
    assert question_of(either) == "silence_or_partial_share_0.4_measure_spend"


def test_a_further_definition_has_a_name_of_its_own() -> None:
    facts = small_training().bundle.facts
    assert name_of(facts, None, chosen=True) == default_name(facts)
    assert name_of(facts, None, chosen=False) == default_name(facts)
    assert name_of(facts, "shop", chosen=True) == "shop"
    assert name_of(facts, "shop", chosen=False) == "shop-silence"


@pytest.mark.parametrize("name", ["a/b", "a:b", "a@b", " "])
def test_a_name_that_cannot_be_registered_is_told_before_training(name: str, settings: TrackingSettings) -> None:
    with pytest.raises(InputError, match="name="):
        reach(settings, name)
